"""The uplift of single customers: what a learner is given, whether it is adopted, and what it then says of everyone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from winback.actions import Actions
from winback.features import FeatureMatrix
from winback.history import DAY_US
from winback.pipelines.judge import Judgement
from winback.pipelines.project import Project
from winback.reasons import WORDS
from winback.response import Effects, OfferOutcomes
from winback.response.individual import (
    Contest,
    OfferFeatures,
    UpliftShifts,
    choose_learner,
    load_learner,
    save_learner,
)
from winback.settings import Settings
from winback.tracking import Tracker

#: Folder of the adopted learner, in that of the outcomes; absent where none is.
LEARNER = "learner"
#: What was done to a customer and who it is may decide what wins it back. Its own behaviour is summed up in the churn
#: probability, which every learner gets besides; these columns say the rest of it. A log is too short for all of them.
LEARNED_ROLES = ("driver", "context")
LEARNED_SYMPTOMS = ("days_since_order", "silence_ratio", "order_gap_median_days", "order_count_total", "nps_last")


def learner_features(matrix: FeatureMatrix) -> OfferFeatures:
    """Return the columns that learners see, each with its definition."""
    wanted = np.array([spec.role in LEARNED_ROLES or spec.name in LEARNED_SYMPTOMS for spec in matrix.specs], np.bool_)
    chosen = matrix.select(wanted)
    definitions = tuple(" ".join([spec.digest, *spec.categories]) for spec in chosen.specs)
    categorical = tuple(place for place, spec in enumerate(chosen.specs) if spec.kind == "category")
    return OfferFeatures(chosen.values, chosen.names, definitions, categorical)


def hold_contest(outcomes: OfferOutcomes, matrix: FeatureMatrix, settings: Settings) -> Contest:
    """Let the learners compete with the pooled estimate; ``matrix`` holds what was known at every offer."""
    return choose_learner(
        Actions.from_settings(settings.actions),
        outcomes,
        learner_features(matrix),
        customer=matrix.snapshots.customer.astype(np.int64),
        offered_at=matrix.snapshots.cutoff,
        horizon=settings.label.horizon_days * DAY_US,
        reasons=WORDS,
        seed=settings.run.seed,
        threads=settings.run.threads,
    )


def save_adopted(contest: Contest, folder: Path) -> None:
    """Write the adopted learner, if there is one."""
    if contest.learner is not None:
        save_learner(contest.learner, folder / LEARNER)


def log_contest(contest: Contest, project: Project, as_of: str) -> None:
    """Log the choice and its figures in MLflow; nothing where nothing was tried."""
    if contest.divided_by:
        Tracker(project.mlruns).log_choice(
            name=f"uplift {as_of}",
            parameters={"adopted": contest.adopted or "pooled", "divided_by": contest.divided_by},
            metrics=contest.metrics(),
            tags={"winback.as_of": as_of},
            documents={"contest": contest.content()},
        )


def shifts_of(judged: Judgement, effects: Effects, project: Project) -> UpliftShifts | None:
    """Let the adopted learner speak of all judged customers; None where the pooled estimate stays.

    Raises
    ------
    NoModelError
        When the features are not those that the learner was trained on.
    """
    folder = project.outcomes / LEARNER
    if not folder.is_dir():
        return None
    return UpliftShifts.of(
        load_learner(folder),
        effects,
        learner_features(judged.matrix),
        churn=judged.churn_probability,
        population=judged.snapshots.population,
        reason=judged.reasons.words(0),
    )
