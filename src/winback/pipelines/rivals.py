"""The challenger against the champion, on the latest snapshots whose outcomes neither of them was taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.evaluation import Comparison, compare
from winback.features import FeatureMatrix, compute_features
from winback.files import read_json
from winback.history import DAY_US, History, to_datetime64
from winback.labels import make_labels
from winback.model import ChurnModel, OutOfSample, load_model
from winback.pipelines.models import ABOUT
from winback.pipelines.project import Project
from winback.pipelines.train import TEST, TWIN
from winback.settings import Settings
from winback.snapshots import Snapshots, snapshots_at
from winback.value import money_after, order_margins

#: What a customer brought in these days before a cutoff is its worth in the comparison.
WORTH_DAYS = 365


@dataclass(frozen=True)
class Meeting:
    """How the two compare.

    Parameters
    ----------
    comparison : Comparison or None
        None where no snapshot is new to both.
    judged : str
        ``champion``: the model that scores now; ``twin``: the one trained before its own test.
    cutoffs : tuple of str
        ISO days of the snapshots.
    notes : tuple of str
        Why there is no comparison, or what limits it.
    """

    comparison: Comparison | None
    judged: str = ""
    cutoffs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``promotion.json`` and MLflow."""
        return {
            "comparison": None if self.comparison is None else self.comparison.to_json(),
            "champion_judged_by": self.judged,
            "cutoffs": list(self.cutoffs),
            "notes": list(self.notes),
        }


def meet(project: Project, history: History) -> Meeting:
    """Compare the challenger's twin with the champion on cutoffs that came after what either was taught.

    The challenger was refitted on everything, so its out-of-time twin stands for it. The champion stands for itself at
    cutoffs that lie after all of its labels; where it is too young for that, its own twin stands for it, at cutoffs
    after that twin's labels.

    Parameters
    ----------
    project : Project
        With a challenger and a champion of the same label and populations.
    history : History
        Covers the windows of the challenger's labels.
    """
    settings = project.settings
    horizon = settings.label.horizon_days * DAY_US
    if not (project.challenger / TWIN).is_dir():
        return Meeting(None, notes=("the new model could not be tested on later cutoffs, so it was not compared",))
    about = read_json(project.challenger / ABOUT)
    own = [cutoff for cutoff in about["cutoffs"] if cutoff + horizon <= history.ends_at]
    fresh = _after(own, OutOfSample.load(project.challenger / TEST).fit_cutoffs, horizon)
    judged, cutoffs = _champion_at(project.champion, fresh, horizon)
    if not cutoffs:
        return Meeting(None, notes=("no snapshot is new to both models, so they were not compared",))
    snapshots = snapshots_at(history, cutoffs, settings.population, include_closed=False)
    place = project.champion / ("churn" if judged == "champion" else TWIN)
    try:
        before = predict(load_model(place), history, snapshots, settings)
    except NoModelError as error:
        return Meeting(None, judged, notes=(f"the champion cannot be asked any more: {error.what}",))
    found = compare(
        predict(load_model(project.challenger / TWIN), history, snapshots, settings),
        before,
        make_labels(history, snapshots, settings.label),
        snapshots,
        worth_before(history, snapshots, settings),
        samples=settings.model.bootstrap_samples,
        seed=settings.run.seed,
    )
    return Meeting(found, judged, tuple(str(day)[:10] for day in to_datetime64(np.array(cutoffs))))


def _champion_at(champion: Path, fresh: list[int], horizon: int) -> tuple[str, list[int]]:
    """Who stands for the champion, and at which of the cutoffs."""
    about = read_json(champion / ABOUT)
    if late := _after(fresh, about.get("cutoffs", ()), horizon):
        return "champion", late
    if not (champion / TWIN).is_dir():
        return "", []
    return "twin", _after(fresh, OutOfSample.load(champion / TEST).fit_cutoffs, horizon)


def _after(cutoffs: Sequence[int], taught: Sequence[int], horizon: int) -> list[int]:
    """Cutoffs at which all labels that were taught had ended; none where it is not known what was taught."""
    return [cutoff for cutoff in cutoffs if taught and cutoff >= max(taught) + horizon]


def predict(model: ChurnModel, history: History, snapshots: Snapshots, settings: Settings) -> NDArray[np.float64]:
    """Ask a model of snapshots, by the features and categories that it was trained on.

    Raises
    ------
    NoModelError
        When this data does not give these features.
    """
    return model.churn_probability(features_of(model, history, snapshots, settings))


def features_of(model: ChurnModel, history: History, snapshots: Snapshots, settings: Settings) -> FeatureMatrix:
    """Compute the features that a model was trained on, as far as this data gives them, and no others."""
    names = set(model.contract_.names)
    return compute_features(
        history,
        snapshots,
        settings.features,
        categories=model.contract_.categories,
        only=lambda spec: spec.name in names,
        threads=settings.run.threads,
    )


def worth_before(history: History, snapshots: Snapshots, settings: Settings) -> NDArray[np.float64]:
    """Margin of the year before each cutoff, not below zero: a worth that no model has estimated."""
    margins = order_margins(history, settings.value.margin_rate)
    return np.maximum(money_after(history, snapshots, margins, from_days=-WORTH_DAYS, to_days=0), 0)
