"""Expected money of a row: the customer's own past, shrunk, mixed with trees where they are better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from winback.model import BoostedTrees, TrainingRows
from winback.model.boosting import grow, grow_until_worse, tree_parameters
from winback.settings import ModelSettings

Floats = NDArray[np.float64]

FOLDS = 4
#: Fewer rows with money than this, or fewer customers, and no trees are tried.
MIN_TREE_ROWS = 200
_MIN_CUSTOMERS = 60
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_POWER = 1.5
#: Money needs fewer trees than churn, and larger steps keep the training short.
_TREES = {"learning_rate": 0.08, "max_rounds": 400, "early_stopping_rounds": 30}
_SMALL = 1e-9


@dataclass(frozen=True)
class OwnPast:
    """A weighted sum of what the customer brought before, and of what comparable customers bring.

    Parameters
    ----------
    weights : tuple of tuple of float
        For each population: of every column of the past, then the constant. The constant is what the past is shrunk to.
    """

    weights: tuple[tuple[float, ...], ...]

    def predict(self, past: Floats, population: NDArray[np.int8]) -> Floats:
        """Expected money, float64[n], not below 0."""
        table = np.asarray(self.weights)[population]
        return np.asarray(np.einsum("nk,nk->n", past, table[:, :-1]) + table[:, -1], np.float64)


def fit_own_past(past: Floats, population: NDArray[np.int8], target: Floats, populations: int) -> OwnPast:
    """Fit non-negative weights by least squares, each row weighing one over what is expected of it.

    Rows of large customers vary more, as counts do (variance in proportion to the mean): unweighted, a few of them
    would decide for all.
    """
    common = _nonnegative(past, target)
    weights = []
    for code in range(populations):
        here = population == code
        enough = here.sum() >= MIN_TREE_ROWS and target[here].sum() > 0
        weights.append(_nonnegative(past[here], target[here]) if enough else common)
    return OwnPast(tuple(tuple(row.tolist()) for row in weights))


def _nonnegative(past: Floats, target: Floats) -> Floats:
    width = past.shape[1]
    if len(target) == 0 or target.mean() <= 0:
        return np.zeros(width + 1)
    typical = past.mean(axis=1) * target.mean() / max(past.mean(), _SMALL)
    weight = 1 / np.sqrt(typical + target.mean())
    design = np.column_stack([past, np.ones(len(past))])
    scale = np.maximum(design.mean(axis=0), _SMALL)
    found, _ = nnls((design / scale) * weight[:, None], target * weight, maxiter=50 * (width + 1))
    found = found / scale
    # The sum over all rows must be what came.
    return np.asarray(found * (target.sum() / max(float((design @ found).sum()), _SMALL)), np.float64)


@dataclass(frozen=True)
class AmountModel:
    """Expected money of a row.

    Parameters
    ----------
    own : OwnPast
        The simple part.
    trees : BoostedTrees, optional
        Tweedie trees on all features.
    tree_share : float
        Weight of the trees, 0 to 1.
    unit : float
        Money that the trees count in, so that they come out the same in any currency.
    level, power : float
        What is predicted is ``level × mixture ** power``, so that totals from the smallest to the largest come out.
    quality : mapping
        What held-out customers told: see `_quality`.
    """

    own: OwnPast
    trees: BoostedTrees | None = None
    tree_share: float = 0.0
    unit: float = 1.0
    level: float = 1.0
    power: float = 1.0
    quality: Mapping[str, Any] | None = None

    def predict(
        self, values: NDArray[np.float32], past: Floats, population: NDArray[np.int8], threads: int = 0
    ) -> Floats:
        """Expected money, float64[n], not below 0."""
        mixture = (1 - self.tree_share) * self.own.predict(past, population)
        if self.trees is not None and self.tree_share > 0:
            mixture += self.tree_share * self.unit * np.exp(self.trees.scores(values, threads))
        return np.asarray(self.level * np.maximum(mixture, 0) ** self.power, np.float64)


@dataclass(frozen=True, eq=False)
class AmountRows:
    """Rows with the money that came."""

    values: NDArray[np.float32]
    past: Floats
    population: NDArray[np.int8]
    customer: NDArray[np.int64]
    newest: NDArray[np.bool_]
    target: Floats
    categorical: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.target)

    def at(self, rows: NDArray[Any]) -> AmountRows:
        """Some of the rows."""
        return replace(
            self,
            values=self.values[rows],
            past=self.past[rows],
            population=self.population[rows],
            customer=self.customer[rows],
            newest=self.newest[rows],
            target=self.target[rows],
        )

    def training(self, unit: float) -> TrainingRows:
        """As trees take them: in units, and money below zero counts as none."""
        return TrainingRows(self.values, np.maximum(self.target, 0) / unit, np.ones(len(self)), self.categorical)


def fit_amount(rows: AmountRows, populations: int, settings: ModelSettings, *, seed: int, threads: int) -> AmountModel:
    """Fit both parts, and mix them as does best for other customers at the newest cutoff.

    Parameters
    ----------
    rows : AmountRows
        Rows with what came.
    populations : int
        Number of populations.
    settings : ModelSettings
        Of the trees.
    seed, threads : int
        Of the trees.

    Returns
    -------
    AmountModel
        Without trees where few rows brought money.
    """
    settings = settings.model_copy(update=_TREES)
    own = fit_own_past(rows.past, rows.population, rows.target, populations)
    paying = rows.target > 0
    if paying.sum() < MIN_TREE_ROWS or len(np.unique(rows.customer[paying])) < _MIN_CUSTOMERS:
        # Too little to hold anything out.
        return AmountModel(own, quality={"rows": len(rows)})
    unit = float(rows.target[paying].mean())
    held_out = _held_out(rows, unit, populations, settings, seed, threads)
    share, deviances = held_out.best_share()
    level, power = _recalibration(held_out.mixed(share), held_out.target)
    trees = None
    if share > 0:
        parameters = _parameters(settings, rows, seed, threads)
        trees = grow(parameters, rows.training(unit), held_out.rounds, (seed,))
    quality = _quality(level * held_out.mixed(share) ** power, held_out) | {"deviance_by_tree_share": deviances}
    return AmountModel(own, trees, share, unit, level, power, quality)


@dataclass(frozen=True, eq=False)
class _HeldOut:
    own: Floats
    trees: Floats
    target: Floats
    rounds: int

    def mixed(self, share: float) -> Floats:
        return np.maximum((1 - share) * self.own + share * self.trees, _SMALL)

    def best_share(self) -> tuple[float, dict[str, float]]:
        deviances = {share: tweedie_deviance(self.target, self.mixed(share)) for share in _SHARES}
        return min(_SHARES, key=lambda share: deviances[share]), {str(key): value for key, value in deviances.items()}


def _held_out(
    rows: AmountRows, unit: float, populations: int, settings: ModelSettings, seed: int, threads: int
) -> _HeldOut:
    """Predict customers by models of other customers; judged at the newest cutoff, taught on the older ones too."""
    distinct, place = np.unique(rows.customer, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(distinct)) % FOLDS)[place]
    older = ~rows.newest if (~rows.newest).any() else np.ones(len(rows), bool)
    own, trees, target, rounds = [], [], [], []
    for number in range(FOLDS):
        out = rows.at((fold == number) & rows.newest)
        taught = rows.at((fold != number) & older)
        if len(out) == 0 or not (taught.target > 0).any():
            continue
        booster = grow_until_worse(
            _parameters(settings, taught, seed + number, threads), taught.training(unit), out.training(unit), settings
        )
        trees.append(unit * np.asarray(booster.predict(out.values, num_iteration=booster.best_iteration), np.float64))
        own.append(
            fit_own_past(taught.past, taught.population, taught.target, populations).predict(out.past, out.population)
        )
        target.append(out.target)
        rounds.append(int(booster.best_iteration))
    return _HeldOut(np.concatenate(own), np.concatenate(trees), np.concatenate(target), max(1, int(np.median(rounds))))


def _parameters(settings: ModelSettings, rows: AmountRows, seed: int, threads: int) -> dict[str, Any]:
    parameters = tree_parameters(settings, *rows.values.shape, seed=seed, threads=threads, objective="tweedie")
    return parameters | {"tweedie_variance_power": _POWER}


def tweedie_deviance(target: Floats, predicted: Floats) -> float:
    """Mean Tweedie deviance of power 1.5, relative to the scale of the money: least at the true means.

    Dividing by the square root of the mean makes it free of the currency.
    """
    mean = max(float(target.mean()), _SMALL)
    y, m = np.maximum(target, 0) / mean, np.maximum(predicted / mean, _SMALL)
    return float(np.mean(2 * (2 * np.sqrt(m) + 2 * y / np.sqrt(m) - 4 * np.sqrt(y))))


def _recalibration(predicted: Floats, target: Floats) -> tuple[float, float]:
    """Level and power that bring totals of small and large predictions to what came, found over deciles."""
    order = np.argsort(predicted, kind="stable")
    groups = [part for part in np.array_split(order, 10) if len(part)]
    said = np.array([predicted[part].mean() for part in groups])
    came = np.array([target[part].mean() for part in groups])
    usable = (said > _SMALL) & (came > 0)
    power = 1.0
    if usable.sum() >= 5 and np.ptp(np.log(said[usable])) > 0:
        slope = np.polyfit(np.log(said[usable]), np.log(came[usable]), 1, w=np.sqrt(came[usable]))[0]
        power = float(np.clip(slope, 0.7, 1.3))
    level = max(0.0, float(target.sum() / max(float((predicted**power).sum()), _SMALL)))
    return level, power


def _quality(predicted: Floats, held_out: _HeldOut) -> dict[str, Any]:
    """Mean absolute error, rank correlation, and totals by decile of the prediction: said and came."""
    target = held_out.target
    order = np.argsort(predicted, kind="stable")
    deciles = [
        {"said": float(predicted[part].sum()), "came": float(target[part].sum())}
        for part in np.array_split(order, 10)
        if len(part)
    ]
    return {
        "rows": len(target),
        "mean_absolute_error": float(np.abs(predicted - target).mean()),
        "mean_absolute_error_of_mean": float(np.abs(target.mean() - target).mean()),
        "rank_correlation": _rank_correlation(predicted, target),
        "deciles": deciles,
    }


def _rank_correlation(first: Floats, second: Floats) -> float:
    from scipy.stats import spearmanr

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first, second).statistic)
