"""What a user would otherwise do: rules of one number, and logistic regression on three."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from winback.features import FeatureMatrix

Floats = NDArray[np.float64]

RECENCY, GAP, AGE = "days_since_order", "order_gap_median_days", "days_since_first_order"
_COUNTS = ("order_count_365d", "order_count_180d", "order_count_90d")
_AMOUNTS = ("order_amount_365d", "order_amount_180d", "order_amount_90d")


def baseline_scores(
    matrix: FeatureMatrix, labels: NDArray[np.int8], taught: NDArray[np.bool_], rows: NDArray[np.int64]
) -> dict[str, tuple[Floats, bool]]:
    """Score rows by every baseline whose features are there.

    Parameters
    ----------
    matrix : FeatureMatrix
        All labelled snapshots.
    labels : int8[n]
        1 churned.
    taught : bool[n]
        Rows that the model was taught on; the logistic regression learns from the same.
    rows : int64[m]
        Rows to score.

    Returns
    -------
    dict of str to (float64[m], bool)
        The score, larger meaning more likely to churn, and whether it is a probability: ``recency`` (days since the
        last order), ``cadence`` (the same in own median gaps; a customer with too few orders for a gap of its own gets
        everybody's median), ``frequency`` (orders of the last year, fewest first) and ``logistic`` (on recency,
        frequency, amount and age, for each population).
    """
    tested = matrix.rows(rows)
    scores: dict[str, tuple[Floats, bool]] = {}
    if RECENCY in matrix:
        recency = _column(tested, RECENCY)
        scores["recency"] = (recency, False)
        if GAP in matrix:
            scores["cadence"] = (recency / _own_gap(tested), False)
    count = _first_of(matrix, _COUNTS)
    if count:
        scores["frequency"] = (-_column(tested, count), False)
    if len(np.unique(labels[taught])) == 2 and RECENCY in matrix and count:
        scores["logistic"] = (_logistic(matrix, labels, taught, rows), True)
    return scores


def _own_gap(matrix: FeatureMatrix) -> Floats:
    gap = _column(matrix, GAP)
    known = gap[np.isfinite(gap)]
    usual = float(np.median(known)) if len(known) else 1.0
    return np.maximum(np.where(np.isfinite(gap), gap, usual), 1.0)


def _logistic(
    matrix: FeatureMatrix, labels: NDArray[np.int8], taught: NDArray[np.bool_], rows: NDArray[np.int64]
) -> Floats:
    table = _rfm(matrix)
    population = matrix.snapshots.population
    result = np.empty(len(rows))
    whole = _fitted(table[taught], labels[taught])
    for code in np.unique(population[rows]):
        own = taught & (population == code)
        model = _fitted(table[own], labels[own]) if len(np.unique(labels[own])) == 2 else whole
        here = population[rows] == code
        result[here] = model.predict_proba(table[rows[here]])[:, 1]
    return result


def _fitted(table: Floats, labels: NDArray[np.int8]) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(table, labels)


def _rfm(matrix: FeatureMatrix) -> Floats:
    names = [RECENCY, _first_of(matrix, _COUNTS), _first_of(matrix, _AMOUNTS), AGE if AGE in matrix else ""]
    columns = [np.log1p(np.maximum(np.nan_to_num(_column(matrix, name)), 0)) for name in names if name]
    return np.column_stack(columns)


def _column(matrix: FeatureMatrix, name: str) -> Floats:
    return matrix.column(name).astype(np.float64)


def _first_of(matrix: FeatureMatrix, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in matrix), "")
