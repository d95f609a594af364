"""Deliveries of one customer, worked out by hand, and when lateness becomes known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from one_customer import ago, features_of

from winback.features.deliveries import due_at

HOUR = 1 / 24


def delivery(promised: float, delivered: float | None, defective: object = None) -> dict:
    """A delivery with its times in days before the cutoff."""
    return {
        "order_id": f"o{promised:g}",
        "promised_at": ago(promised),
        "delivered_at": pd.NaT if delivered is None else ago(delivered),
        "defective": defective,
    }


#: All promised for a day (midnight).
DELIVERIES = pd.DataFrame(
    [
        delivery(170, 170 - 20 * HOUR, False),  # on the promised day
        delivery(120, 117, True),  # three days late
        delivery(60, 61, True),  # a day early
        delivery(40, 35, None),  # five days late
        delivery(30, 29.5, False),  # on the day
        delivery(20, None),  # has not come
        delivery(0, None),  # promised for today
    ]
)


def test_worked_example(tmp_path: Path) -> None:
    found = features_of(tmp_path, {"deliveries": DELIVERIES})
    expected = {
        "delivery_count_90d": 4, "delivery_count_180d": 6, "delivery_late_count_90d": 2, "delivery_late_share_90d": 0.5,
        "delivery_late_share_180d": 0.5, "delivery_last_late_count": 2, "delivery_delay_days_mean_90d": 5,
        "delivery_delay_days_mean_180d": 4, "delivery_delay_days_maximum_180d": 5, "delivery_delay_days_total_180d": 8,
        "delivery_overdue_count": 1, "delivery_overdue_oldest_days": 19, "days_since_late_delivery": 19,
        "delivery_inspected_count_180d": 4, "delivery_defective_count_90d": 1, "delivery_defective_share_180d": 0.5,
        "delivery_defective_share_90d": 0.5, "days_since_defective_delivery": 61,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("promised", "delivered", "days_ago", "late"),
    [
        (10, None, 9.0, 1),  # the promised day is over
        (10, None, 9.001, np.nan),  # not yet
        (10, 9.0, 8.0, 1),  # came at midnight after it
        (10, 9.0 + 1e-6, 8.0, 0),
        (10.25, None, 10.25, np.nan),  # promised for an hour: the cutoff itself is not past
        (10.25, None, 10.25 - 1e-6, 1),
        (10.25, 10.25, 10.0, 0),  # to the minute
        (10.25, 12.0, 12.0, np.nan),  # came at the cutoff: not yet known
        (10.25, 12.0, 11.9, 0),  # came early, known then
    ],
)
def test_lateness_is_known_when_the_promise_is_broken(
    tmp_path: Path, promised: float, delivered: float | None, days_ago: float, late: float
) -> None:
    frame = pd.DataFrame([delivery(promised, delivered)])
    found = features_of(tmp_path, {"deliveries": frame}, days_ago=days_ago)
    assert found["delivery_late_share_90d"] == pytest.approx(late, nan_ok=True)


def test_defects_are_known_with_the_goods(tmp_path: Path) -> None:
    frame = pd.DataFrame([delivery(20, 15, True)])
    assert features_of(tmp_path / "a", {"deliveries": frame}, days_ago=15)["delivery_defective_count_90d"] == 0
    assert features_of(tmp_path / "b", {"deliveries": frame}, days_ago=14)["delivery_defective_count_90d"] == 1


def test_last_deliveries_are_the_last_four(tmp_path: Path) -> None:
    late = [1, 0, 1, 1, 0, 1]
    frame = pd.DataFrame(
        [delivery(100 - 10 * i, 97 - 10 * i if flag else 99.9 - 10 * i) for i, flag in enumerate(late)]
    )
    assert features_of(tmp_path, {"deliveries": frame})["delivery_last_late_count"] == 3


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_promised_day_ends_at_local_midnight(zone: str) -> None:
    days = pd.date_range("2024-01-01", "2024-12-30", freq="D")
    at = lambda day: int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp())  # noqa: E731
    promised = np.array([at(day) * 1_000_000 for day in days])
    ends = np.array([at(day + pd.Timedelta(1, "D")) * 1_000_000 for day in days])
    np.testing.assert_array_equal(due_at(promised, zone), ends - 1)
    np.testing.assert_array_equal(due_at(promised + 1, zone), promised + 1)


def test_without_times_of_delivery_nothing_is_said(tmp_path: Path) -> None:
    found = features_of(tmp_path, {"deliveries": DELIVERIES.drop(columns="delivered_at")})
    assert not any("deliver" in name for name in found)
