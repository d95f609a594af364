"""What the models say of customers at given instants: used by scoring, by outcomes and to explain one customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.features import FeatureMatrix, compute_features
from winback.history import DAY_US, NO_TIME, History
from winback.pipelines.models import ModelSet
from winback.pipelines.uplift import Adopted
from winback.reasons import Reasons
from winback.response.individual import UpliftShifts
from winback.settings import Settings
from winback.snapshots import Snapshots, by_parts
from winback.texts import Texts
from winback.value import ValueEstimate
from winback.watching import FeatureCounts


@dataclass(frozen=True, eq=False)
class Judgement:
    """One row per snapshot.

    Parameters
    ----------
    snapshots : Snapshots
        Who, and when.
    churn_probability : float64[n]
        Without any action.
    value : ValueEstimate
        What is at stake.
    reasons : Reasons
        Why.
    counts : FeatureCounts
        How the features are spread; empty where the training left nothing to compare them with.
    shifts : UpliftShifts or None
        What a learner of single customers' uplift says; None where none was asked.
    """

    snapshots: Snapshots
    churn_probability: NDArray[np.float64]
    value: ValueEstimate
    reasons: Reasons
    counts: FeatureCounts
    shifts: UpliftShifts | None = None


def judge(
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    settings: Settings,
    texts: Texts | None,
    adopted: Adopted | None = None,
) -> Judgement:
    """Compute features as in training and let every model speak of them.

    The features themselves, a thousand bytes per customer, are let go: what is needed of them later is worked out here.

    Parameters
    ----------
    history : History
        What is known.
    snapshots : Snapshots
        Whom to judge.
    models : ModelSet
        Who judges.
    settings : Settings
        Reads ``features``, ``reasons``, ``run.threads``.
    texts : Texts or None
        Language of the reasons' evidence; None: reasons are not put into words.
    adopted : Adopted, optional
        Speaks of the uplift of single customers.

    Raises
    ------
    NoModelError
        When the data gives other features than those that the models were trained on.
    """
    matrix = features_for(history, snapshots, models, settings)
    reasons = models.reasons.explain(history, snapshots, settings, texts)
    probability = models.churn.churn_probability(matrix)
    return Judgement(
        snapshots,
        probability,
        models.value.predict(matrix),
        reasons,
        {} if models.reference is None else models.reference.count(matrix),
        None if adopted is None else adopted.shifts(matrix, probability, reasons.words(0)),
    )


def features_for(history: History, snapshots: Snapshots, models: ModelSet, settings: Settings) -> FeatureMatrix:
    """Compute features of any rows as in training: with the categories that the model of risk knows."""
    return compute_features(
        history,
        snapshots,
        settings.features,
        categories=models.churn.contract_.categories,
        threads=settings.run.threads,
    )


def managers_of(history: History, snapshots: Snapshots) -> NDArray[np.object_]:
    """Return the manager of each row: the latest assignment known at its cutoff, else what ``customers`` says."""
    managers = np.full(len(snapshots), "", dtype=object)
    for part, rows, some in by_parts(history, snapshots):
        managers[rows] = _managers_in(part, some)
    return managers


def _managers_in(history: History, snapshots: Snapshots) -> NDArray[np.object_]:
    managers = np.full(len(snapshots), "", dtype=object)
    attributes = history.attributes()
    if attributes.has("manager_id"):
        managers = _words(attributes.columns["manager_id"][snapshots.customer], attributes.categories["manager_id"])
    if not history.has("managers"):
        return managers
    events = history.events("managers")
    words = _words(events.columns["manager_id"], events.categories["manager_id"])
    start, end = events.offsets[snapshots.customer], events.offsets[snapshots.customer + 1]
    # one pass per place in the customers' lists of assignments, which are short; later ones overwrite earlier ones
    for place in range(int((end - start).max(initial=0))):
        rows = np.flatnonzero(start + place < end)
        event = start[rows] + place
        known = (events.known_at[event] < snapshots.cutoff[rows]) & (events.at[event] < snapshots.cutoff[rows])
        managers[rows[known]] = words[event[known]]
    return managers


def silence_days(history: History, snapshots: Snapshots) -> NDArray[np.float64]:
    """Return the days since the last order known at each row's cutoff; nan for who had not ordered before it."""
    days = np.full(len(snapshots), np.nan)
    for part, rows, some in by_parts(history, snapshots):
        days[rows] = _silence_in(part, some)
    return days


def _silence_in(history: History, snapshots: Snapshots) -> NDArray[np.float64]:
    orders = history.purchases()
    start = orders.offsets[snapshots.customer]
    last = orders.places(snapshots.customer, snapshots.cutoff) - 1
    # orders that were entered late were not yet known
    while (late := (last >= start) & (orders.known_at[last] >= snapshots.cutoff)).any():
        last = last - late
    silent = (snapshots.cutoff - orders.at[np.maximum(last, 0)]) / DAY_US
    return np.where(last >= start, silent, np.nan)


def attribute_is(history: History, snapshots: Snapshots, column: str, *, otherwise: bool) -> NDArray[np.bool_]:
    """Return a yes-or-no column of ``customers`` per row, with ``otherwise`` where it is not known."""
    attributes = history.attributes()
    if not attributes.has(column):
        return np.full(len(snapshots), otherwise)
    values = attributes.columns[column][snapshots.customer]
    return np.where(np.isnan(values), otherwise, values == 1).astype(np.bool_)


def is_closed(history: History, snapshots: Snapshots) -> NDArray[np.bool_]:
    """Return whether each customer had closed before the row's cutoff."""
    attributes = history.attributes()
    if not attributes.has("closed_at"):
        return np.zeros(len(snapshots), np.bool_)
    closed_at = attributes.columns["closed_at"][snapshots.customer]
    return np.asarray((closed_at != NO_TIME) & (closed_at < snapshots.cutoff))


def _words(codes: NDArray[np.int32], words: tuple[str, ...]) -> NDArray[np.object_]:
    return np.array([*words, ""], dtype=object)[codes]
