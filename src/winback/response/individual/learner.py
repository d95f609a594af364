"""A meta-learner fitted on many halves of the log: its mean is the estimate, its spread the error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.files import read_json, write_json, write_text
from winback.response.effects import Effects
from winback.response.individual.features import OfferFeatures
from winback.response.individual.gains import UNSCALED, Gain
from winback.response.individual.meta import META, LearningRows, Regression, Trees
from winback.response.individual.offers import PastOffers

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Halves of the customers on which a learner is fitted.
HALVES = 6
#: Rows predicted at once, which bounds the memory.
_BLOCK = 50_000
_ABOUT = "learner.json"
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class UpliftLearner:
    """By how much the uplift of single customers differs from the pooled estimate.

    The estimate is the mean over `HALVES` fits, each on half of the customers. The deviation between estimates on
    halves is that of an estimate on all (half-sampling; Efron 1982, "The jackknife, the bootstrap and other resampling
    plans", ch. 8), so it is the standard error.

    Parameters
    ----------
    kind : str
        ``T``, ``X`` or ``DR``.
    columns : list of tuple of str
        Name and definition of the features, in order.
    actions, reasons : tuple of str
        Words by code, as in the effects that it corrects.
    halves : tuple of Trees
        Per half the trees to be added up, each with its factor.
    scale : Gain
        What a unit of the raw estimate was worth on held-out offers: cautious trees say too little, overfitted ones too
        much. Estimates are multiplied by it.
    """

    kind: str
    columns: list[tuple[str, str]]
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    halves: tuple[Trees, ...]
    scale: Gain = UNSCALED

    @property
    def scale_error(self) -> float:
        """Standard error of `scale`, as a share of it."""
        return self.scale.error / self.scale.value if self.scale.value else 0.0

    def shifts(
        self, features: OfferFeatures, churn: Floats, population: NDArray[np.int8], reason: Codes, action: Codes
    ) -> Floats:
        """Return what is to be added to the pooled uplift, by every half.

        Returns
        -------
        ndarray of float64, shape (halves, n)

        Raises
        ------
        NoModelError
            When the features are not those of the training.
        """
        features.check(self.columns)
        made = np.zeros((len(self.halves), len(features)))
        for start in range(0, len(features), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(features)))
            design = features.rows(rows).design(churn[rows], population[rows], reason[rows], action[rows])
            for place, trees in enumerate(self.halves):
                made[place, rows] = sum(factor * booster.predict(design, num_threads=1) for factor, booster in trees)
        return made * self.scale.value


def fit_learner(
    kind: str,
    rows: LearningRows,
    *,
    columns: list[tuple[str, str]],
    actions: tuple[str, ...],
    reasons: tuple[str, ...],
    seed: int,
    threads: int = 1,
) -> UpliftLearner:
    """Fit one kind of meta-learner.

    Parameters
    ----------
    kind : str
        A key of `META`.
    rows : LearningRows
        The log.
    columns, actions, reasons
        See `UpliftLearner`.
    seed : int
        The same seed and rows give the same learner.
    threads : int
        0: all cores.
    """
    rng = np.random.default_rng(seed)
    regression = Regression(rows, seed, threads)
    halves = tuple(META[kind](regression, rows.half(rng)) for _ in range(HALVES))
    return UpliftLearner(kind, columns, actions, reasons, halves)


def fit_beyond(kind: str, offers: PastOffers, effects: Effects, *, seed: int, threads: int = 1) -> UpliftLearner:
    """Fit what one kind of meta-learner finds in past offers beyond their pooled effects.

    Parameters
    ----------
    kind, seed, threads
        As in `fit_learner`.
    offers : PastOffers
        The log.
    effects : Effects
        The pooled effects, learned from the same offers.
    """
    return fit_learner(
        kind,
        offers.learning_rows(effects),
        columns=offers.features.columns(),
        actions=effects.layout.actions,
        reasons=effects.layout.reasons,
        seed=seed,
        threads=threads,
    )


def save_learner(learner: UpliftLearner, folder: Path) -> None:
    """Write a learner as LightGBM text and JSON; loading it runs no code."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "format": _FORMAT,
        "kind": learner.kind,
        "columns": [list(column) for column in learner.columns],
        "actions": list(learner.actions),
        "reasons": list(learner.reasons),
        "scale": learner.scale.content(),
        "factors": [[factor for factor, _ in trees] for trees in learner.halves],
    }
    write_json(folder / _ABOUT, about)
    for half, trees in enumerate(learner.halves):
        for part, (_, booster) in enumerate(trees):
            write_text(folder / _file(half, part), booster.model_to_string())


def load_learner(folder: Path) -> UpliftLearner:
    """Read what `save_learner` wrote.

    Raises
    ------
    NoModelError
        When the folder holds no learner of this version.
    """
    try:
        about = read_json(folder / _ABOUT)
        if about["format"] != _FORMAT:
            raise ValueError(f"format {about['format']}")
        halves = [
            [(float(factor), _booster(folder / _file(half, part))) for part, factor in enumerate(factors)]
            for half, factors in enumerate(about["factors"])
        ]
        columns = [(str(name), str(definition)) for name, definition in about["columns"]]
        words = tuple(about["actions"]), tuple(about["reasons"])
        return UpliftLearner(about["kind"], columns, *words, tuple(halves), Gain(**about["scale"]))
    except (OSError, KeyError, TypeError, ValueError, lgb.basic.LightGBMError) as error:
        raise NoModelError(
            f"The uplift learner in {folder} is incomplete or was written by another version: {error}",
            next_step="learn from the log again with 'winback outcomes'",
        ) from error


def _file(half: int, part: int) -> str:
    return f"trees_{half}_{part}.txt"


def _booster(path: Path) -> lgb.Booster:
    return lgb.Booster(model_str=path.read_text(encoding="utf-8"))
