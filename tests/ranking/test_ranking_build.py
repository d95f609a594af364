from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from winback.errors import ManyFaultsError
from winback.ranking import GIVEN, RANKING_COLUMNS, build_ranking, ranking_faults

Given = Callable[..., dict[str, Any]]

#: The contract, word for word, so that a slip in the code cannot repeat itself here.
CONTRACT = (
    "rank, customer_id, as_of, population, churn_probability, value_if_kept, value_at_risk, reason_1, reason_1_text, "
    "reason_2, reason_2_text, reason_3, reason_3_text, action, uplift, uplift_low, uplift_high, uplift_source, "
    "expected_cost, expected_net_value, decision, decision_text, manager_id, days_since_order, model_version"
)


def build(columns: dict[str, Any]) -> pd.DataFrame:
    return build_ranking(columns, as_of="2024-05-06", model_version="v1")


def shuffled(columns: dict[str, Any], seed: int) -> dict[str, Any]:
    order = np.random.default_rng(seed).permutation(len(columns["customer_id"]))
    return {name: [values[i] for i in order] for name, values in columns.items()}


def test_columns_are_those_of_the_contract() -> None:
    assert ", ".join(RANKING_COLUMNS) == CONTRACT


def test_order_against_plain_python(given: Given) -> None:
    columns = given(300)
    rows = zip(columns["customer_id"], columns["decision"], columns["expected_net_value"], strict=True)
    expected = sorted(
        rows, key=lambda row: (row[1] == "excluded", np.isnan(row[2]), -row[2] if row[2] == row[2] else 0, row[0])
    )
    frame = build(columns)
    assert frame["customer_id"].tolist() == [row[0] for row in expected]
    assert frame["rank"].tolist() == list(range(1, 301))
    assert frame["decision"].tolist() == sorted(frame["decision"], key=lambda word: word == "excluded")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@hypothesis_given(seed=st.integers(0, 10_000), size=st.integers(1, 40))
def test_order_of_the_input_changes_nothing(given: Given, seed: int, size: int) -> None:
    columns = given(size, seed)
    pd.testing.assert_frame_equal(build(columns), build(shuffled(columns, seed)))


def test_value_at_risk_and_types(given: Given) -> None:
    frame = build(given(50))
    np.testing.assert_allclose(frame["value_at_risk"], frame["churn_probability"] * frame["value_if_kept"])
    assert frame["rank"].dtype == np.int64
    assert frame["days_since_order"].dtype == np.int64
    assert frame["uplift"].dtype == np.float64
    assert frame["manager_id"].isna().any()
    assert frame["reason_3_text"].isna().all()


def test_nobody_gives_an_empty_ranking_with_all_columns(given: Given) -> None:
    frame = build(given(0))
    assert len(frame) == 0
    assert tuple(frame.columns) == RANKING_COLUMNS
    assert ranking_faults(frame) == []


def test_all_wrong_columns_are_named_at_once(given: Given) -> None:
    columns = given(5)
    del columns["uplift"]
    columns["extra"] = [1] * 5
    columns["action"] = ["gift"]
    with pytest.raises(ManyFaultsError) as caught:
        build(columns)
    assert {fault.where for fault in caught.value.faults} == {"uplift", "extra", "action"}
    assert set(GIVEN) < set(RANKING_COLUMNS)


BREAKING = {
    "churn_probability lies": ("churn_probability", 1.2),
    "value_if_kept is finite": ("value_if_kept", -1.0),
    "population is one of": ("population", "asleep"),
    "decision is one of": ("decision", "maybe"),
    "uplift_low ≤ uplift": ("uplift_low", 0.9),
    "expected_cost is finite": ("expected_cost", -1.0),
    "uplift_source stands": ("uplift_source", None),
    "decision_text is never empty": ("decision_text", ""),
    "reason_1 and its text": ("reason_1_text", None),
    "reason_2 follows": ("reason_1", None),
    "days_since_order is not": ("days_since_order", -1),
    "contact, holdout": ("action", None),
    "churn_probability is never": ("churn_probability", np.nan),
}


@pytest.mark.parametrize("rule", BREAKING)
def test_each_rule_is_watched(rule: str, given: Given) -> None:
    columns = given(40)
    row = columns["decision"].tolist().index("contact")
    name, value = BREAKING[rule]
    columns[name] = list(columns[name])
    columns[name][row] = value
    if rule.startswith("reason_2"):
        columns["reason_2"] = ["price"] * 40
        columns["reason_2_text"] = ["Dearer"] * 40
        columns["reason_1_text"] = list(columns["reason_1_text"])
        columns["reason_1_text"][row] = None
    with pytest.raises(ManyFaultsError) as caught:
        build(columns)
    assert any(fault.where.startswith(rule) for fault in caught.value.faults)


def test_a_customer_twice_and_a_wrong_order_are_found(given: Given) -> None:
    frame = build(given(30))
    doubled = frame.copy()
    doubled.loc[1, "customer_id"] = doubled.loc[0, "customer_id"]
    assert any("stands once" in fault.where for fault in ranking_faults(doubled))
    swapped = frame.iloc[::-1].reset_index(drop=True).assign(rank=frame["rank"])
    assert any("best first" in fault.where for fault in ranking_faults(swapped))
