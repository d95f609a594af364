"""Demo companies with known truth for benchmarks, kept on disk so that a second run is cheap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.features import FeatureMatrix, compute_features
from winback.files import replacing_folder, sha256_of_json
from winback.history import DAY_US, History
from winback.labels import make_labels
from winback.settings import Settings, parse_settings
from winback.simulation import simulate
from winback.snapshots import Snapshots, cutoff_schedule, snapshots_at
from winback.sources import prepare_sources

#: Reasons that the tables of the demo company show well: only they can be inferred.
INFERABLE = ("price", "product_quality", "delivery", "service", "conflict", "manager_change", "neglect")
#: "Lost" are customers who left within so many days before the end of the data and have not returned.
LOST_WITHIN_DAYS = 274


@dataclass(frozen=True)
class Scenario:
    """A kind of demo company: factors on causes of leaving, and tables that it does not have."""

    causes: Mapping[str, float]
    without: tuple[str, ...] = ()


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "default": Scenario({}),
        "price and delivery x3": Scenario({"price": 3, "delivery": 3}),
        "service and conflict x3": Scenario({"service": 3, "conflict": 3}),
        "no surveys, exits": Scenario({}, ("surveys", "exits")),
        "no contacts, managers": Scenario({}, ("contacts", "managers")),
        "no tickets": Scenario({}, ("tickets",)),
    }
)


@dataclass(frozen=True, eq=False)
class Company:
    """One demo company, ready to be explained.

    Parameters
    ----------
    scenario, seed
        What it was made from.
    settings, history
        As a project has them.
    rows : Snapshots
        All labelled snapshots.
    now : Snapshots
        Everybody at the end of the data.
    cause : object[now]
        Why each has left, of those who were lost in the last months and have not returned; ``""`` for all others.
    hazard : float64[now, inferable]
        True weekly hazards at the time of leaving, by `INFERABLE`; 0 for those still there.
    """

    scenario: str
    seed: int
    settings: Settings
    history: History
    rows: Snapshots
    now: Snapshots
    cause: NDArray[np.object_]
    hazard: NDArray[np.float64]

    @cached_property
    def matrix(self) -> FeatureMatrix:
        """Features of the labelled snapshots."""
        return compute_features(self.history, self.rows, self.settings.features, threads=1)

    @cached_property
    def labels(self) -> NDArray[np.int8]:
        """Labels of the labelled snapshots."""
        return make_labels(self.history, self.rows, self.settings.label)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Rows whose reason can be inferred."""
        return np.asarray(np.isin(self.cause, INFERABLE))


def make_company(cache: Path, scenario: str, seed: int, customers: int) -> Company:
    """Simulate and prepare a company as a user's project would be, or take it from the cache."""
    kind = SCENARIOS[scenario]
    simulated = {"customers": customers, "causes": dict(kind.causes), "without_tables": list(kind.without)}
    text = f"{{run: {{threads: 1, seed: {seed}}}, simulate: {_flow(simulated)}}}"
    folder = cache / sha256_of_json([text])[:16]
    if not folder.exists():
        with replacing_folder(folder) as fresh:
            _make(parse_settings(text, root=fresh), seed)
    settings = parse_settings(text, root=folder)
    history = History.load(settings.path("data/staging"))
    rows = snapshots_at(history, cutoff_schedule(history, settings), settings.population, include_closed=False)
    now = snapshots_at(history, [history.ends_at], settings.population)
    truth = pd.read_parquet(folder / "data/truth/customers.parquet").set_index("customer_id")
    truth = truth.reindex(history.customer_ids[now.customer])
    left_at = truth["left_at"].to_numpy("datetime64[us]").view(np.int64)
    recent = truth["cause"].notna().to_numpy() & (left_at >= history.ends_at - LOST_WITHIN_DAYS * DAY_US)
    return Company(
        scenario=scenario,
        seed=seed,
        settings=settings,
        history=history,
        rows=rows,
        now=now,
        cause=np.where(recent, truth["cause"].fillna("").to_numpy(dtype=object), ""),
        hazard=np.nan_to_num(truth[[f"{word}_hazard_at_leaving" for word in INFERABLE]].to_numpy(np.float64)),
    )


def _make(settings: Settings, seed: int) -> None:
    simulate(
        settings.simulate,
        seed=seed,
        raw_dir=settings.path("data/raw"),
        truth_dir=settings.path("data/truth"),
        horizon_days=settings.label.horizon_days,
    )
    prepare_sources(settings)


def _flow(value: object) -> str:
    """Write a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(part) for part in value) + "]"
    return str(value)
