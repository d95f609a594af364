"""The uplift of single customers: what a learner is given, whether it is adopted, and what it then says of everyone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions
from winback.features import FeatureMatrix
from winback.history import DAY_US
from winback.pipelines.project import Project
from winback.reasons import WORDS
from winback.response import Effects, OfferOutcomes
from winback.response.individual import (
    Contest,
    OfferFeatures,
    UpliftLearner,
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


@dataclass(frozen=True, eq=False)
class Adopted:
    """The learner that speaks of single customers, and what is said of all of them, which it corrects."""

    learner: UpliftLearner
    effects: Effects

    @classmethod
    def load(cls, project: Project, effects: Effects) -> Adopted | None:
        """Read the adopted learner; None where the pooled estimate stays."""
        folder = project.outcomes / LEARNER
        return cls(load_learner(folder), effects) if folder.is_dir() else None

    def shifts(
        self, matrix: FeatureMatrix, churn_probability: NDArray[np.float64], reason: NDArray[np.object_]
    ) -> UpliftShifts:
        """Let the learner speak of judged customers.

        Raises
        ------
        NoModelError
            When the features are not those that the learner was trained on.
        """
        return UpliftShifts.of(
            self.learner,
            self.effects,
            learner_features(matrix),
            churn=churn_probability,
            population=matrix.snapshots.population,
            reason=reason,
        )

    def no_shifts(self, customers: int) -> UpliftShifts:
        """Return room for what the learner says of so many customers."""
        shape = (len(self.learner.halves), customers, len(self.learner.actions))
        return UpliftShifts(np.zeros(shape, np.float32), self.learner.scale_error)
