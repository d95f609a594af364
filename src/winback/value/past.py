"""What a customer brought before a snapshot, as columns of money."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.features import FeatureMatrix

Floats = NDArray[np.float64]
_MONEY = (
    "order_amount_365d",
    "order_amount_180d",
    "order_amount_90d",
    "margin_amount_365d",
    "basket_last_amount",
    # what it brought while it was buying is all that a long silence leaves
    "order_pace_amount",
    "margin_pace_amount",
)
_YEAR, _AGE = "order_amount_365d", "days_since_first_order"
_SHORTEST_AGE = 60.0


def own_past(matrix: FeatureMatrix) -> Floats:
    """Columns of a customer's own past money, not below 0; what is missing is 0.

    Parameters
    ----------
    matrix : FeatureMatrix
        With any of the money features of purchases.

    Returns
    -------
    float64[n, m]
        Amounts of the last year, half year and quarter, margin of the year, the last basket, revenue and margin per
        year of buying, and the year's amount at the pace of the time since the first order, for customers younger
        than a year.
    """
    columns = [_column(matrix, name) for name in _MONEY if name in matrix]
    if _YEAR in matrix and _AGE in matrix:
        age = np.clip(_column(matrix, _AGE), _SHORTEST_AGE, 365)
        columns.append(_column(matrix, _YEAR) * 365 / age)
    return np.column_stack(columns) if columns else np.zeros((len(matrix), 0))


def _column(matrix: FeatureMatrix, name: str) -> Floats:
    return np.asarray(np.maximum(np.nan_to_num(matrix.column(name).astype(np.float64)), 0), np.float64)
