"""Tickets of one customer, worked out by hand, and what must not be known too early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from one_customer import ago, features_of, orders

HOUR = 1 / 24
SECOND = HOUR / 3600


def ticket(opened: float, kind: str, topic: str, answered: float | None = None, resolved: float | None = None) -> dict:
    """A ticket with its times in days before the cutoff."""
    return {
        "ticket_id": f"t{opened:g}{kind}",
        "opened_at": ago(opened),
        "kind": kind,
        "topic": topic,
        "first_response_at": pd.NaT if answered is None else ago(answered),
        "resolved_at": pd.NaT if resolved is None else ago(resolved),
    }


TICKETS = pd.DataFrame(
    [
        ticket(170, "complaint", "delivery", 170 - 2 * HOUR, 169),  # quick
        ticket(80, "complaint", "price", 80 - 30 * HOUR, 75),  # slow in both
        ticket(50, "conflict", "service", 50 - 4 * HOUR),  # answered, never resolved
        ticket(20, "enquiry", "product"),  # nobody answered
        ticket(0.5, "request", "billing"),  # neither answered nor due
    ]
)


def test_worked_example(tmp_path: Path) -> None:
    found = features_of(tmp_path, {"tickets": TICKETS, "orders": orders(400, 30)})
    expected = {
        "ticket_count_90d": 4, "complaint_count_90d": 1, "complaint_count_180d": 2, "enquiry_count_90d": 1,
        "complaint_price_count_90d": 1, "complaint_delivery_count_90d": 0, "complaint_delivery_count_180d": 1,
        "complaint_service_count_180d": 0, "conflict_count_90d": 1, "days_since_conflict": 50,
        "days_since_ticket": 0.5, "days_since_complaint": 80,
        "response_hours_mean_90d": 17, "response_hours_maximum_90d": 30, "response_hours_mean_180d": 12,
        "response_slow_count_90d": 2, "response_judged_count_90d": 3, "response_slow_share_90d": 2 / 3,
        "response_slow_share_180d": 0.5, "resolution_hours_mean_90d": 120, "resolution_hours_mean_180d": 72,
        "resolution_slow_count_90d": 3, "resolution_slow_share_180d": 0.75,
        "open_ticket_count": 3, "open_ticket_oldest_days": 50, "open_complaint_count": 1,
        "open_complaint_oldest_days": 50, "unanswered_ticket_count": 2, "unanswered_ticket_oldest_days": 20,
        "enquiry_without_order_count": 1, "enquiry_without_order_oldest_days": 20,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("answered_after", "cutoff_after", "slow"),
    [
        (24 * HOUR, 24 * HOUR + SECOND, 0),  # in the last instant
        (24 * HOUR + SECOND, 24 * HOUR + SECOND, 1),  # one second too late
        (30 * HOUR, 24 * HOUR, np.nan),  # time is not yet up: undecided
        (2 * HOUR, 2 * HOUR, np.nan),  # answered at the cutoff itself: not yet known
        (2 * HOUR, 2 * HOUR + SECOND, 0),
    ],
)
def test_slow_is_decided_when_time_is_up(
    tmp_path: Path, answered_after: float, cutoff_after: float, slow: float
) -> None:
    tickets = pd.DataFrame([ticket(100, "request", "other", 100 - answered_after)])
    found = features_of(tmp_path, {"tickets": tickets}, days_ago=100 - cutoff_after)
    assert found["response_slow_share_90d"] == pytest.approx(slow, nan_ok=True)


def test_an_answer_after_the_cutoff_is_not_known(tmp_path: Path) -> None:
    found = features_of(tmp_path, {"tickets": TICKETS}, days_ago=78.9)
    assert found["response_slow_count_180d"] == 1
    assert found["response_hours_maximum_180d"] == pytest.approx(2)
    assert found["unanswered_ticket_count"] == 1
    assert found["unanswered_ticket_oldest_days"] == pytest.approx(1.1, abs=1e-4)


def test_an_order_recorded_late_ends_an_enquiry_late(tmp_path: Path) -> None:
    tickets = pd.DataFrame([ticket(50, "enquiry", "product")])
    bought = orders(400, 40).assign(recorded_at=[ago(400), ago(10)])
    tables = {"tickets": tickets, "orders": bought}
    assert features_of(tmp_path / "a", tables, days_ago=10)["enquiry_without_order_count"] == 1
    found = features_of(tmp_path / "b", tables, days_ago=9)
    assert found["enquiry_without_order_count"] == 0
    assert np.isnan(found["enquiry_without_order_oldest_days"])


@pytest.mark.parametrize(("bought", "without"), [(50.0, 1), (50 - SECOND, 0)])
def test_an_order_at_the_same_instant_is_not_after_the_enquiry(tmp_path: Path, bought: float, without: int) -> None:
    tickets = pd.DataFrame([ticket(50, "enquiry", "product")])
    found = features_of(tmp_path, {"tickets": tickets, "orders": orders(400, bought)})
    assert found["enquiry_without_order_count"] == without


def test_goods_brought_back_are_no_order(tmp_path: Path) -> None:
    tickets = pd.DataFrame([ticket(50, "enquiry", "product")])
    bought = orders(400, 40).assign(amount=[100.0, -20.0])
    assert features_of(tmp_path, {"tickets": tickets, "orders": bought})["enquiry_without_order_count"] == 1


def test_the_oldest_open_ticket_changes_as_tickets_are_resolved(tmp_path: Path) -> None:
    tickets = pd.DataFrame(
        [
            ticket(60, "request", "other", None, 30),
            ticket(50, "request", "other", None, 40),
            ticket(20, "request", "other"),
        ]
    )
    ages = {55: 5, 45: 15, 35: 25, 25: np.nan, 10: 10}
    for days, age in ages.items():
        found = features_of(tmp_path / str(days), {"tickets": tickets}, days_ago=days)
        assert found["open_ticket_oldest_days"] == pytest.approx(age, nan_ok=True, abs=1e-4)


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    bare = TICKETS[["ticket_id", "opened_at", "kind"]]
    found = features_of(tmp_path, {"tickets": bare})
    assert found["conflict_count_90d"] == 1
    assert not any("hours" in name or "open_" in name or "complaint_price" in name for name in found)
