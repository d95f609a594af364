"""Logistic regression on ranks: what remains sensible when rows are few, and what trees are mixed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from winback.model.boosting import TrainingRows

Floats = NDArray[np.float64]
_KNOTS = 41
_MAX_CATEGORIES = 30
_TAIL = 0.01


@dataclass(frozen=True)
class Term:
    """How one feature enters the sum.

    Parameters
    ----------
    column : int
        Position of the feature.
    knots, heights : tuple of float
        A number is moved onto the normal scale by straight lines through these points, so that outliers and skew
        do no harm; empty for a category.
    weight : float
        Weight of the number on that scale.
    missing : float
        What a missing value, or an unknown category, adds.
    levels : mapping of int to float
        What each category adds.
    """

    column: int
    knots: tuple[float, ...] = ()
    heights: tuple[float, ...] = ()
    weight: float = 0.0
    missing: float = 0.0
    levels: Mapping[int, float] | None = None

    def effect(self, values: NDArray[np.float32]) -> Floats:
        """What the feature adds to the log-odds of each row, float64[n]."""
        column = values[:, self.column].astype(np.float64)
        absent = np.isnan(column)
        if self.levels is not None:
            return self._level_effects(np.where(absent, -1, column))
        shown = np.interp(np.where(absent, 0.0, column), self.knots, self.heights) if self.knots else 0.0
        return np.asarray(np.where(absent, self.missing, self.weight * shown), np.float64)

    def _level_effects(self, codes: Floats) -> Floats:
        levels = dict(self.levels or {})
        known = np.array(sorted(levels), np.float64)
        effects = np.array([levels[code] for code in sorted(levels)] + [self.missing])
        place = np.searchsorted(known, codes)
        found = (place < len(known)) & (known[np.minimum(place, len(known) - 1)] == codes)
        return effects[np.where(found, place, len(known))]


@dataclass(frozen=True)
class RankLogistic:
    """A sum of terms on the log-odds.

    Parameters
    ----------
    intercept : float
        Log-odds of a row on which every term is nought.
    terms : tuple of Term
        One for each feature that varied in training.
    means : tuple of float
        Mean effect of each term in training: contributions are measured from it.
    width : int
        Number of features.
    """

    intercept: float
    terms: tuple[Term, ...]
    means: tuple[float, ...]
    width: int

    def scores(self, values: NDArray[np.float32], threads: int = 0) -> Floats:  # noqa: ARG002
        """Log-odds, float64[n]."""
        total = np.full(len(values), self.intercept)
        for term in self.terms:
            total += term.effect(values)
        return total

    def contributions(self, values: NDArray[np.float32], threads: int = 0) -> Floats:  # noqa: ARG002
        """What each feature adds to the log-odds beyond its mean, float64[n, k + 1]; last the expected score."""
        result = np.zeros((len(values), self.width + 1))
        result[:, -1] = self.intercept + sum(self.means)
        for term, mean in zip(self.terms, self.means, strict=True):
            result[:, term.column] = term.effect(values) - mean
        return result

    def to_json(self) -> dict[str, Any]:
        """All numbers of the model."""
        terms = [
            {
                "column": term.column,
                "knots": list(term.knots),
                "heights": list(term.heights),
                "weight": term.weight,
                "missing": term.missing,
                "levels": None if term.levels is None else [[code, term.levels[code]] for code in sorted(term.levels)],
            }
            for term in self.terms
        ]
        return {"intercept": self.intercept, "terms": terms, "means": list(self.means), "width": self.width}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> RankLogistic:
        """Read what `to_json` wrote."""
        terms = tuple(
            Term(
                column=entry["column"],
                knots=tuple(entry["knots"]),
                heights=tuple(entry["heights"]),
                weight=entry["weight"],
                missing=entry["missing"],
                levels=None if entry["levels"] is None else {int(code): effect for code, effect in entry["levels"]},
            )
            for entry in content["terms"]
        )
        return cls(content["intercept"], terms, tuple(content["means"]), content["width"])


def fit_logistic(rows: TrainingRows, ridge: float) -> RankLogistic:
    """Fit logistic regression on normal scores of the features, with a ridge penalty.

    Parameters
    ----------
    rows : TrainingRows
        Of both classes.
    ridge : float
        Penalty on the squared weights, in units of rows: that many rows of evidence pull a weight half-way from nought.

    Returns
    -------
    RankLogistic
    """
    plans = [_plan(rows, column) for column in range(rows.values.shape[1])]
    design, owners = _design(rows, plans)
    weights, intercept = _solve(design, rows.target.astype(np.float64), rows.weight, ridge)
    terms = tuple(_term(plan, weights[owners == position]) for position, plan in enumerate(plans) if plan is not None)
    means = tuple(float(np.average(term.effect(rows.values), weights=rows.weight)) for term in terms)
    return RankLogistic(intercept, terms, means, rows.values.shape[1])


def _plan(rows: TrainingRows, column: int) -> Term | None:
    """The shape of a feature's term, without weights; None where it never varies."""
    values = rows.values[:, column].astype(np.float64)
    present = values[~np.isnan(values)]
    if column in rows.categorical:
        codes, counts = np.unique(present.astype(np.int64), return_counts=True)
        common = codes[np.argsort(-counts, kind="stable")][:_MAX_CATEGORIES]
        return Term(column, levels={int(code): 0.0 for code in np.sort(common)}) if len(common) > 1 else None
    if len(np.unique(present[:10_000])) < 2 and len(np.unique(present)) < 2:
        return Term(column) if 0 < len(present) < len(values) else None
    return Term(column, *_normal_scores(present))


def _normal_scores(present: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Knots at quantiles, each with the normal score of its mid-rank."""
    knots = np.unique(np.quantile(present, np.linspace(0, 1, _KNOTS)))
    ordered = np.sort(present)
    below = np.searchsorted(ordered, knots, side="left")
    upto = np.searchsorted(ordered, knots, side="right")
    ranks = np.clip((below + upto) / (2 * len(ordered)), _TAIL, 1 - _TAIL)
    return tuple(knots.tolist()), tuple(ndtri(ranks).tolist())


def _design(rows: TrainingRows, plans: list[Term | None]) -> tuple[Floats, NDArray[np.int64]]:
    """Columns of the regression, and the position of the feature that each belongs to."""
    columns: list[Floats] = []
    owners: list[int] = []
    for position, plan in enumerate(plans):
        if plan is None:
            continue
        values = rows.values[:, plan.column].astype(np.float64)
        absent = np.isnan(values)
        if plan.levels is not None:
            columns += [(values == code).astype(np.float64) for code in sorted(plan.levels)]
            owners += [position] * len(plan.levels)
            continue
        unit = Term(plan.column, plan.knots, plan.heights, weight=1.0)
        columns += [unit.effect(rows.values), absent.astype(np.float64)]
        owners += [position, position]
    design = np.column_stack(columns) if columns else np.empty((len(rows), 0))
    return design, np.asarray(owners, np.int64)


def _solve(design: Floats, target: Floats, weight: Floats, ridge: float) -> tuple[Floats, float]:
    """Minimise the penalised loss; the intercept is free, but for a pull of one row that keeps it finite."""

    def loss(parameters: Floats) -> tuple[float, Floats]:
        coefficients, intercept = parameters[:-1], parameters[-1]
        z = design @ coefficients + intercept
        value = weight @ (np.logaddexp(0, z) - target * z) + 0.5 * ridge * coefficients @ coefficients
        residual = weight * (expit(z) - target)
        gradient = np.append(design.T @ residual + ridge * coefficients, residual.sum() + 0.1 * intercept)
        return float(value + 0.05 * intercept**2), gradient

    found = minimize(loss, np.zeros(design.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return found.x[:-1], float(found.x[-1])


def _term(plan: Term, weights: Floats) -> Term:
    if plan.levels is not None:
        levels = {code: float(value) for code, value in zip(sorted(plan.levels), weights, strict=True)}
        return Term(plan.column, levels=levels)
    return Term(plan.column, plan.knots, plan.heights, float(weights[0]), float(weights[1]))
