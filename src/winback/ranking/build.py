"""The ranking from the arrays that the other rooms deliver: ordered, typed, complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from winback.errors import Fault, ManyFaultsError
from winback.ranking.check import ranking_faults
from winback.ranking.columns import COLUMNS, RANKING_COLUMNS, RANKING_SCHEMA, RankingColumn

#: Columns that are worked out here; all others are given.
DERIVED = ("rank", "as_of", "value_at_risk", "model_version")
GIVEN: tuple[str, ...] = tuple(name for name in RANKING_COLUMNS if name not in DERIVED)


def build_ranking(columns: Mapping[str, Any], *, as_of: str, model_version: str) -> pd.DataFrame:
    """Order customers by what their best action is expected to earn.

    Parameters
    ----------
    columns : mapping of str to array-like of length n
        Every column of `GIVEN`, one value per customer, in any order of rows. Text columns hold strings, with ``None``
        or ``""`` for nothing; numbers are floats with NaN for nothing. Shares lie in 0…1, money is in the configured
        currency, ``expected_net_value`` is that of the best action at the cycle's prices.
    as_of : str
        The cutoff of the run, such as ``2024-05-06``: the cycle's name.
    model_version : str
        Which model gave the probabilities.

    Returns
    -------
    pandas.DataFrame
        The columns of `RANKING_COLUMNS`, best first: by ``expected_net_value``, then those for whom no action is
        possible, then the excluded (by ``expected_net_value`` too). Equal ones are ordered by ``customer_id``, so the
        order of the input changes nothing. ``value_at_risk`` is ``churn_probability × value_if_kept``.

    Raises
    ------
    ManyFaultsError
        When a column is missing, unknown or of another length, or when the result breaks a rule of the ranking.

    Examples
    --------
    >>> given = {name: ["a", "b"] if name == "customer_id" else [None, None] for name in GIVEN}
    >>> given |= {"population": ["active", "lapsed"], "churn_probability": [0.5, 0.9], "value_if_kept": [100.0, 400.0]}
    >>> given |= {"decision": ["excluded", "not_worth_it"], "decision_text": ["Asked not to be contacted.", "Nothing."]}
    >>> given |= {"days_since_order": [3, 200]}
    >>> ranking = build_ranking(given, as_of="2024-05-06", model_version="v1")
    >>> ranking[["rank", "customer_id", "value_at_risk", "decision"]].to_numpy().tolist()
    [[1, 'b', 360.0, 'not_worth_it'], [2, 'a', 50.0, 'excluded']]
    """
    _refuse_wrong_shape(columns)
    size = len(columns["customer_id"])
    arrays = {column.name: _arrow(column, columns[column.name]) for column in COLUMNS if column.name in GIVEN}
    arrays["as_of"] = pa.repeat(pa.scalar(as_of), size)
    arrays["model_version"] = pa.repeat(pa.scalar(model_version), size)
    arrays["value_at_risk"] = pc.multiply(arrays["churn_probability"], arrays["value_if_kept"])
    order = _order(arrays)
    arrays["rank"] = pa.array(np.arange(1, size + 1, dtype=np.int64))
    # one column at a time: the texts of a million customers are not to be there twice
    ordered = [arrays.pop(name) if name == "rank" else arrays.pop(name).take(order) for name in RANKING_COLUMNS]
    frame = ranking_frame(pa.table(ordered, schema=RANKING_SCHEMA))
    faults = ranking_faults(frame)
    if faults:
        raise ManyFaultsError("The ranking breaks its own rules, so it was not written", faults)
    return frame


def ranking_frame(table: pa.Table) -> pd.DataFrame:
    """Turn the Arrow form of a ranking, such as ``ranking.parquet``, into a frame; missing text is NaN."""
    text = pd.StringDtype(na_value=np.nan)
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda kind: text if pa.types.is_string(kind) else None)
    return frame


def _refuse_wrong_shape(columns: Mapping[str, Any]) -> None:
    faults = [Fault(name, "is missing") for name in GIVEN if name not in columns]
    faults += [Fault(name, "is not a column that is given") for name in columns if name not in GIVEN]
    if "customer_id" in columns:
        size = len(columns["customer_id"])
        faults += [
            Fault(name, f"has {len(values)} values for {size} customers")
            for name, values in columns.items()
            if len(values) != size
        ]
    if faults:
        raise ManyFaultsError("A ranking cannot be made of these columns", faults)


def _arrow(column: RankingColumn, values: Any) -> pa.Array:
    if column.look == "text":
        text = values if isinstance(values, pa.Array) else pa.array(values, type=pa.string(), from_pandas=True)
        return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    if column.look == "integer":
        return pa.array(np.asarray(values), type=pa.int64())
    return pa.array(np.asarray(values, dtype=np.float64), from_pandas=True)


def _order(arrays: Mapping[str, pa.Array]) -> pa.Array:
    keys = pa.table(
        {
            "excluded": pc.equal(arrays["decision"], "excluded"),
            "net": arrays["expected_net_value"],
            "customer_id": arrays["customer_id"],
        }
    )
    return pc.sort_indices(
        keys, sort_keys=[("excluded", "ascending"), ("net", "descending"), ("customer_id", "ascending")]
    )
