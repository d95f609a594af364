"""`Tracker`: the only door to MLflow."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winback.errors import NoModelError
from winback.files import replacing_folder
from winback.tracking.quiet import hushed, import_mlflow
from winback.tracking.registry import CHAMPION, PREVIOUS, ChampionInfo, Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "winback"
#: Folder of a run's artifacts that holds our model, as text and JSON.
MODEL_FOLDER = "model_folder"
_LIGHTGBM_NAME = "lightgbm"
#: Where the trees of the churn model stand in that folder.
_TREES = "churn/model.txt"
_LONGEST_PARAMETER = 6000


class Tracker:
    """MLflow's runs and registry in one folder: a SQLite database and the artifacts beside it.

    Parameters
    ----------
    folder : Path
        ``mlruns`` of the project; made when something is first logged.

    Notes
    -----
    Needs no server, no network and no git. A model is logged twice: by ``mlflow.lightgbm`` in LightGBM's own text, so
    that MLflow's loader reads its trees (``models:/winback@champion``), and as our folder of text and JSON, which is
    what scores. Nothing is pickled. A model without trees is registered by its folder alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def store(self) -> str:
        """Address of the database."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def log_training(
        self,
        *,
        name: str,
        parameters: Mapping[str, Any],
        metrics: Mapping[str, float],
        figures: Mapping[str, Figure],
        model_folder: Path,
        tags: Mapping[str, str],
        documents: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> str:
        """Log one training and register its model.

        Parameters
        ----------
        name : str
            Of the run.
        parameters : mapping
            Settings; nested mappings are written as ``section.key``.
        metrics : mapping of str to float
            Figures, per population.
        figures : mapping of str to Figure
            Logged as ``figures/<name>.png``.
        model_folder : Path
            Folder with the model as text and JSON.
        tags : mapping of str to str
            Digests of the data, the code's version.
        documents : mapping of str to mapping, optional
            Logged as ``<name>.json``.

        Returns
        -------
        str
            The run's id; its model is registered as a new version, which is not yet the champion.
        """
        mlflow = self._connect()
        with hushed(), mlflow.start_run(experiment_id=self._experiment(mlflow), run_name=name) as run:
            mlflow.log_params({key: str(value)[:_LONGEST_PARAMETER] for key, value in flattened(parameters).items()})
            mlflow.log_metrics(dict(metrics))
            mlflow.set_tags({"winback.name": name, **tags})
            for title, figure in figures.items():
                mlflow.log_figure(figure, f"figures/{title}.png")
            for title, document in (documents or {}).items():
                mlflow.log_dict(dict(document), f"{title}.json")
            mlflow.log_artifacts(str(model_folder), MODEL_FOLDER)
            run_id = str(run.info.run_id)
            # where the model has trees, MLflow's own loader finds them by the version or alias
            source = _log_booster(mlflow, model_folder) or f"{run.info.artifact_uri}/{MODEL_FOLDER}"
        with hushed():
            self._registry().register(run_id, source, tags)
        return run_id

    def note_verdict(self, run_id: str, verdict: Mapping[str, Any]) -> None:
        """Keep with a run, as ``promotion.json``, what its comparison with the champion of the day gave.

        Parameters
        ----------
        run_id : str
            What `log_training` returned.
        verdict : mapping
            Whether it was promoted, what spoke against it, and the figures.
        """
        client = self._connect().MlflowClient()
        with hushed():
            client.log_dict(run_id, dict(verdict), "promotion.json")
            client.set_tag(run_id, "winback.promoted", str(bool(verdict["promoted"])).lower())

    def log_choice(
        self,
        *,
        name: str,
        parameters: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        documents: Mapping[str, Mapping[str, Any]],
    ) -> str:
        """Log a choice with the figures that it rests on; no model is registered.

        Parameters
        ----------
        name, parameters, metrics, tags, documents
            As in `log_training`.

        Returns
        -------
        str
            The run's id.
        """
        mlflow = self._connect()
        with hushed(), mlflow.start_run(experiment_id=self._experiment(mlflow), run_name=name) as run:
            mlflow.log_params({key: str(value) for key, value in flattened(parameters).items()})
            mlflow.log_metrics(dict(metrics))
            mlflow.set_tags({"winback.name": name, **tags})
            for title, document in documents.items():
                mlflow.log_dict(dict(document), f"{title}.json")
        return str(run.info.run_id)

    def promote(self, run_id: str, *, why: str = "") -> int:
        """Make a run's model the champion; the champion before it can be rolled back to.

        Parameters
        ----------
        run_id : str
            What `log_training` returned.
        why : str, optional
            Noted on the version.

        Returns
        -------
        int
            The version that is now the champion.

        Raises
        ------
        NoModelError
            If no model of that run is registered.
        """
        registry = self._registry()
        version = registry.version_of_run(run_id)
        if not version:
            raise NoModelError(f"no model of run {run_id} is registered in {self.folder}", next_step="winback train")
        before = registry.named(CHAMPION)
        with hushed():
            if before and before != version:
                registry.name(before, PREVIOUS)
            registry.name(version, CHAMPION)
            if why:
                registry.note(version, why)
        return int(version)

    def previous(self) -> ChampionInfo:
        """Return the champion before the present one.

        Raises
        ------
        NoModelError
            If there was none.
        """
        registry = self._registry()
        before = registry.named(PREVIOUS)
        if not before:
            raise NoModelError("there is no earlier champion to go back to", next_step="winback promote")
        return registry.info(before)

    def rollback(self) -> ChampionInfo:
        """Make the champion before the present one the champion again.

        Raises
        ------
        NoModelError
            If there was none.
        """
        before = self.previous()
        registry = self._registry()
        present = registry.named(CHAMPION)
        with hushed():
            registry.name(str(before.version), CHAMPION)
            if present:
                registry.name(present, PREVIOUS)
        return before

    def champion(self) -> ChampionInfo | None:
        """Return the model in use; None where none was promoted."""
        if not (self.folder / "mlflow.db").exists():
            return None
        registry = self._registry()
        version = registry.named(CHAMPION)
        return registry.info(version) if version else None

    def fetch(self, version: int, folder: Path) -> None:
        """Copy the model folder of a version to ``folder``; complete or not at all."""
        mlflow = self._connect()
        info = Registry(mlflow.MlflowClient()).info(str(version))
        with hushed(), replacing_folder(folder) as fresh:
            found = mlflow.artifacts.download_artifacts(run_id=info.run_id, artifact_path=MODEL_FOLDER)
            shutil.copytree(found, fresh, dirs_exist_ok=True)

    def _connect(self) -> Any:
        mlflow = import_mlflow()
        self.folder.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(self.store)
        mlflow.set_registry_uri(self.store)
        return mlflow

    def _experiment(self, mlflow: Any) -> str:
        found = mlflow.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        return str(mlflow.create_experiment(EXPERIMENT, artifact_location=(self.folder / "artifacts").as_uri()))

    def _registry(self) -> Registry:
        return Registry(self._connect().MlflowClient())


def flattened(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Write nested settings as ``section.key``.

    Examples
    --------
    >>> flattened({"label": {"horizon_days": 90}, "seed": 7})
    {'label.horizon_days': 90, 'seed': 7}
    """
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _log_booster(mlflow: Any, model_folder: Path) -> str:
    """Log the trees so that ``mlflow.lightgbm.load_model`` reads them; return where they are, or "" where are none."""
    path = model_folder / _TREES
    if not path.exists():
        return ""
    import lightgbm

    requirements = [f"lightgbm=={lightgbm.__version__}"]
    booster = lightgbm.Booster(model_str=path.read_text(encoding="utf-8"))
    logged = mlflow.lightgbm.log_model(booster, name=_LIGHTGBM_NAME, pip_requirements=requirements)
    return str(logged.model_uri)
