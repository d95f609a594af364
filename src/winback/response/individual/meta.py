"""The three meta-learners, on one part of the log.

All learn what a starting estimate of the uplift misses. With ``y = kept − kept expected from the starting estimate``
(for a treated row with its uplift), features x, treatment t with probability e, and regressions µ1, µ0 of y on x
among the treated and the held out:

T (Künzel et al. 2019)
    τ = µ1 − µ0.
X (Künzel et al. 2019)
    τ1: regression of y − µ0(x) among the treated, τ0: of µ1(x) − y among the held out; τ = e τ0 + (1 − e) τ1.
DR (Kennedy 2023)
    τ: regression on x of ``µ1 − µ0 + t (y − µ1) / e − (1 − t) (y − µ0) / (1 − e)``, with µ1, µ0 from other customers.

Sources: Künzel, Sekhon, Bickel & Yu 2019, "Metalearners for estimating heterogeneous treatment effects using machine
learning", PNAS 116(10); Kennedy 2023, "Towards optimal doubly robust estimation of heterogeneous causal effects",
Electronic Journal of Statistics 17(2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Trees that are added up, each with a factor.
Trees = list[tuple[float, lgb.Booster]]

#: Small, slow trees: the log is short, and an effect is small beside the noise of who is kept.
_SETTINGS: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 6,
    "max_depth": 4,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "min_data_per_group": 50,
    "cat_smooth": 20.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    # leaves are sized by the part that is fitted, not by the rows that the bins are made from
    "feature_pre_filter": False,
}
ROUNDS = 40
#: Features that every tree may choose from: a share of all, and a number.
TREE_SHARE, TREE_FEATURES = 0.3, 8
#: Fewest rows of a leaf: a share of those fitted, and a number.
LEAF_SHARE, LEAF_ROWS = 0.04, 30


@dataclass(frozen=True, eq=False)
class LearningRows:
    """Rows to learn from.

    Parameters
    ----------
    design : ndarray of float32, shape (n, k)
        From `OfferFeatures.design`.
    categorical : tuple of int
        Places of the category columns.
    target : ndarray of float64, shape (n,)
        Kept beyond what the starting estimate expects.
    treated : ndarray of bool
        Arm.
    share : ndarray of float64
        Probability of the treated arm, given that the row was drawn.
    customer : ndarray of int64
        Whose row it is: a customer is never on both sides of a division.
    """

    design: NDArray[np.float32]
    categorical: tuple[int, ...]
    target: Floats
    treated: Bools
    share: Floats
    customer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    def half(self, rng: np.random.Generator) -> Bools:
        """Draw half of the customers."""
        customers, code = np.unique(self.customer, return_inverse=True)
        chosen = rng.permutation(len(customers)) < (len(customers) + 1) // 2
        return np.asarray(chosen[code])


class Regression:
    """Boosted trees for the expectation of a target, on any part of the same rows.

    Parameters
    ----------
    rows : LearningRows
        Their features are put into bins once.
    seed : int
        Of the choice of features.
    threads : int
        0: all cores.
    """

    def __init__(self, rows: LearningRows, seed: int, threads: int = 1) -> None:
        self.rows, self.threads = rows, threads
        share = min(max(TREE_SHARE, TREE_FEATURES / rows.design.shape[1]), 1.0)
        self._settings = {**_SETTINGS, "feature_fraction": share, "seed": seed, "num_threads": threads}
        self._bins = lgb.Dataset(
            rows.design,
            np.zeros(len(rows)),
            categorical_feature=list(rows.categorical),
            params=self._settings,
            free_raw_data=False,
        ).construct()

    def fit(self, part: Bools, target: Floats) -> lgb.Booster:
        """Learn a target of all rows from those of a part."""
        places = np.flatnonzero(part)
        settings = self._settings | {"min_data_in_leaf": max(LEAF_ROWS, round(LEAF_SHARE * len(places)))}
        data = self._bins.subset(places, params=settings).construct()
        data.set_label(target[places])
        return lgb.train(settings, data, ROUNDS)

    def arms(self, part: Bools) -> tuple[lgb.Booster, lgb.Booster]:
        """Learn the rows' own target among the treated and among the held out of a part."""
        treated = self.rows.treated
        return self.fit(part & treated, self.rows.target), self.fit(part & ~treated, self.rows.target)

    def predict(self, trees: lgb.Booster) -> Floats:
        """Predict all rows."""
        found: Floats = trees.predict(self.rows.design, num_threads=self.threads)
        return found


def fit_t(regression: Regression, half: Bools) -> Trees:
    """T-learner: a regression per arm."""
    with_offer, without = regression.arms(half)
    return [(1.0, with_offer), (-1.0, without)]


def fit_x(regression: Regression, half: Bools) -> Trees:
    """X-learner: each arm's outcome against what the other arm's regression says."""
    rows = regression.rows
    with_offer, without = (regression.predict(trees) for trees in regression.arms(half))
    share = float(rows.share[half].mean())
    return [
        (share, regression.fit(half & ~rows.treated, with_offer - rows.target)),
        (1 - share, regression.fit(half & rows.treated, rows.target - without)),
    ]


def fit_dr(regression: Regression, half: Bools) -> Trees:
    """DR-learner: a regression of doubly robust scores whose nuisances come from the other half of the customers."""
    rows = regression.rows
    with_offer, without = (regression.predict(trees) for trees in regression.arms(~half))
    score = doubly_robust(rows.target, rows.treated, rows.share, with_offer=with_offer, without=without)
    return [(1.0, regression.fit(half, score))]


#: Every meta-learner by its name.
META: dict[str, Callable[[Regression, Bools], Trees]] = {
    "T": fit_t,
    "X": fit_x,
    "DR": fit_dr,
}


def doubly_robust(target: Floats, treated: Bools, share: Floats, *, with_offer: Floats, without: Floats) -> Floats:
    """Return scores whose expectation is the effect of the offer if the shares or the two expectations are right.

    Examples
    --------
    >>> doubly_robust(np.array([1.0, 0.0]), np.array([True, False]), np.array([0.5, 0.5]),
    ...     with_offer=np.array([0.6, 0.6]), without=np.array([0.5, 0.5]))
    array([0.9, 1.1])
    """
    correction = np.where(treated, (target - with_offer) / share, -(target - without) / (1 - share))
    made: Floats = with_offer - without + correction
    return made
