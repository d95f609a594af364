"""The registered model: its versions, the one in use, and the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Name of the registered model, and the aliases of the one in use and of the one before it.
MODEL = "winback"
CHAMPION, PREVIOUS = "champion", "previous"


@dataclass(frozen=True)
class ChampionInfo:
    """Which model is in use, and all that is known of it.

    Parameters
    ----------
    version : int
        Of the registered model.
    run_id : str
        MLflow run that made it.
    metrics, parameters, tags : mapping
        As logged with the run: figures, settings, digests of the data.
    """

    version: int
    run_id: str
    metrics: Mapping[str, float]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "version": self.version,
            "run_id": self.run_id,
            "metrics": dict(self.metrics),
            "parameters": dict(self.parameters),
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class Registry:
    """MLflow's registry of the one model that the project has.

    Parameters
    ----------
    client : MlflowClient
        Connected to the project's database.
    """

    client: Any

    def register(self, run_id: str, source: str, tags: Mapping[str, str]) -> None:
        """Make a version of a run's model; ``source`` is the address of what was logged."""
        if not self.client.search_registered_models(f"name = '{MODEL}'"):
            self.client.create_registered_model(MODEL)
        self.client.create_model_version(MODEL, source, run_id=run_id, tags=dict(tags))

    def version_of_run(self, run_id: str) -> str:
        """Version made of a run; empty where there is none."""
        found = self.client.search_model_versions(f"name = '{MODEL}' and run_id = '{run_id}'")
        return str(found[0].version) if found else ""

    def named(self, alias: str) -> str:
        """Version that an alias names; empty where it names none."""
        found = self.client.search_registered_models(f"name = '{MODEL}'")
        return str(found[0].aliases.get(alias, "")) if found else ""

    def name(self, version: str, alias: str) -> None:
        """Give an alias to a version, whoever had it before."""
        self.client.set_registered_model_alias(MODEL, alias, version)

    def note(self, version: str, why: str) -> None:
        """Keep with a version why it was promoted."""
        self.client.set_model_version_tag(MODEL, version, "winback.why", why)

    def info(self, version: str) -> ChampionInfo:
        """Return all that is known of a version."""
        run_id = str(self.client.get_model_version(MODEL, version).run_id)
        data = self.client.get_run(run_id).data
        tags = {key: value for key, value in data.tags.items() if not key.startswith("mlflow.")}
        return ChampionInfo(int(version), run_id, dict(data.metrics), dict(data.params), tags)
