"""What must hold of every ranking, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.errors import Fault
from winback.ranking.columns import COLUMNS, DECISIONS, POPULATIONS, RANKING_COLUMNS, UPLIFT_SOURCES

Mask = NDArray[np.bool_]

#: These decisions are about an action, so there must be one.
ABOUT_AN_ACTION = ("contact", "holdout", "no_budget", "no_capacity")
#: All filled or all empty, with ``action``.
OF_THE_ACTION = ("uplift", "uplift_low", "uplift_high", "uplift_source", "expected_cost", "expected_net_value")
ROUNDING = 1e-9


def ranking_faults(frame: pd.DataFrame) -> list[Fault]:
    """List everything that is wrong with a ranking; an empty list when it is right.

    Parameters
    ----------
    frame : pandas.DataFrame
        A ranking, as `build_ranking` makes it or as it was read from ``ranking.parquet``.

    Returns
    -------
    list of Fault
        Each names the rule, how many rows break it and the first such customer.

    Examples
    --------
    >>> ranking_faults(pd.DataFrame({"customer_id": ["a"]}))[0].where
    'columns'
    """
    if tuple(frame.columns) != RANKING_COLUMNS:
        return [Fault("columns", f"expected {', '.join(RANKING_COLUMNS)}; found {', '.join(map(str, frame.columns))}")]
    types = list(_wrong_types(frame))
    if types:
        return types
    return [_fault(frame, rule, wrong) for rule, wrong in _rules(frame) if wrong.any()]


def _fault(frame: pd.DataFrame, rule: str, wrong: Mask) -> Fault:
    first = frame["customer_id"].iloc[int(np.argmax(wrong))]
    return Fault(rule, f"broken by {int(wrong.sum())} rows, first by customer {first!r}")


def _wrong_types(frame: pd.DataFrame) -> Iterator[Fault]:
    for column in COLUMNS:
        found = frame[column.name].dtype
        is_right = {
            "text": isinstance(found, pd.StringDtype) or pd.api.types.is_object_dtype(found),
            "integer": found == np.int64,
        }.get(column.look, found == np.float64)
        if not is_right:
            yield Fault(column.name, f"holds {found}, expected {column.look}")


def _rules(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    yield from _rules_of_cells(frame)
    yield from _rules_of_numbers(frame)
    yield from _rules_of_actions(frame)
    yield from _rules_of_reasons(frame)
    yield from _rules_of_order(frame)


def _empty(frame: pd.DataFrame, name: str) -> Mask:
    return frame[name].isna().to_numpy()


def _rules_of_cells(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    for column in COLUMNS:
        if not column.optional:
            yield f"{column.name} is never empty", _empty(frame, column.name)
    yield "customer_id stands once", frame["customer_id"].duplicated().to_numpy()
    for name in ("as_of", "model_version"):
        if len(frame):
            yield f"{name} is one for all", (frame[name] != frame[name].iloc[0]).to_numpy()
    choices = (("population", POPULATIONS), ("decision", DECISIONS), ("uplift_source", UPLIFT_SOURCES))
    for name, allowed in choices:
        yield f"{name} is one of {', '.join(allowed)}", ~frame[name].isin(allowed).to_numpy() & ~_empty(frame, name)


def _rules_of_numbers(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    probability = frame["churn_probability"].to_numpy()
    value, at_risk = frame["value_if_kept"].to_numpy(), frame["value_at_risk"].to_numpy()
    cost, uplift = frame["expected_cost"].to_numpy(), frame["uplift"].to_numpy()
    low, high = frame["uplift_low"].to_numpy(), frame["uplift_high"].to_numpy()
    yield "churn_probability lies in 0…1", (probability < 0) | (probability > 1)
    yield "value_if_kept is finite and not below 0", (value < 0) | np.isinf(value)
    tolerance = ROUNDING * np.maximum(1.0, np.abs(at_risk))
    yield "value_at_risk = churn_probability × value_if_kept", np.abs(at_risk - probability * value) > tolerance
    yield "expected_cost is finite and not below 0", (cost < 0) | np.isinf(cost)
    yield "expected_net_value is finite", np.isinf(frame["expected_net_value"].to_numpy())
    yield "uplift lies in -1…1", np.abs(uplift) > 1
    yield "uplift_low ≤ uplift ≤ uplift_high", (low > uplift + ROUNDING) | (uplift > high + ROUNDING)
    yield "days_since_order is not below 0", frame["days_since_order"].to_numpy() < 0


def _rules_of_actions(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    no_action = _empty(frame, "action")
    for name in OF_THE_ACTION:
        yield f"{name} stands where an action stands, and only there", _empty(frame, name) != no_action
    is_about = frame["decision"].isin(ABOUT_AN_ACTION).to_numpy()
    yield f"{', '.join(ABOUT_AN_ACTION)} name an action", is_about & no_action


def _rules_of_reasons(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    for place in (1, 2, 3):
        word, text = _empty(frame, f"reason_{place}"), _empty(frame, f"reason_{place}_text")
        yield f"reason_{place} and its text stand together", word != text
        if place > 1:
            yield f"reason_{place} follows reason_{place - 1}", ~word & _empty(frame, f"reason_{place - 1}")


def _rules_of_order(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    yield "rank counts 1, 2, 3…", frame["rank"].to_numpy() != np.arange(1, len(frame) + 1)
    excluded = (frame["decision"] == "excluded").to_numpy()
    # No action possible: after everyone who has one.
    net = np.nan_to_num(frame["expected_net_value"].to_numpy(), nan=-np.inf)
    customer = frame["customer_id"].to_numpy(dtype=object)
    left_part, left_net = excluded[:-1], net[:-1]
    same_part = left_part == excluded[1:]
    tied = same_part & (left_net == net[1:])
    # Strings are compared only where numbers are equal: a million comparisons of objects would cost more than the rest.
    wrong_tie = np.zeros(len(tied), dtype=np.bool_)
    at = np.flatnonzero(tied)
    wrong_tie[at] = [not customer[i] < customer[i + 1] for i in at]
    wrong = (left_part & ~excluded[1:]) | (same_part & (left_net < net[1:])) | wrong_tie
    yield "best first, excluded last, equal ones by customer_id", np.append(wrong, np.zeros(min(1, len(frame)), bool))
