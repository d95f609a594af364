"""Drift that does not scale with the number of rows, volumes, promises and alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from winback.evaluation import Estimate
from winback.history import History
from winback.watching import Histogram, Promise, check_promise, raise_alarms, stability_index, table_volumes


def plain_index(before: list[float], now: list[float]) -> float:
    """The textbook's sum, over shares without a zero."""
    return sum((q - p) * np.log(q / p) for p, q in zip(before, now, strict=True))


def test_the_index_is_the_textbooks_where_rows_are_many() -> None:
    p, q = [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]
    found = stability_index((np.array(p) * 1e7).astype(int), (np.array(q) * 1e7).astype(int))
    assert found == pytest.approx(plain_index(p, q), rel=1e-4)


@pytest.mark.parametrize("rows", [60, 300, 3000, 30_000])
def test_without_drift_it_stays_near_zero_whatever_the_size(rows: int) -> None:
    rng = np.random.default_rng(rows)
    found = [Histogram.of(rng.normal(size=rows), "number").drift(rng.normal(size=rows)) for _ in range(200)]
    assert np.mean(np.array(found) > 0.25) < 0.02, "the limit for a shift"
    assert np.mean(found) < 0.05


def test_one_shift_gives_about_one_index_whatever_the_size() -> None:
    rng = np.random.default_rng(0)
    means = [
        np.mean([Histogram.of(rng.normal(size=n), "number").drift(rng.normal(1, 1, n)) for _ in range(60)])
        for n in (300, 3000, 30_000)
    ]
    assert max(means) / min(means) < 1.3
    assert min(means) > 0.5


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (np.zeros(500), np.ones(500)),  # a constant that changes
        (np.repeat([0.0, 1.0], [450, 50]), np.repeat([0.0, 1.0], [250, 250])),  # mostly zero, now often not
        (np.arange(500.0), np.where(np.arange(500) < 250, np.nan, np.arange(500.0))),  # half of it is missing now
        (np.full(500, np.nan), np.arange(500.0)),  # it was always missing
    ],
)
def test_shifts_of_uneven_values_are_seen(before: np.ndarray, now: np.ndarray) -> None:
    known = Histogram.of(before, "number")
    assert known.drift(now) > 0.25
    assert known.drift(before) == 0


def test_categories_count_word_by_word_and_new_ones_as_missing() -> None:
    known = Histogram.of(np.repeat([0.0, 1.0, 2.0], [100, 100, 100]), "category")
    assert known.counts == (100, 100, 100, 0, 0)
    assert known.drift(np.repeat([0.0, 1.0, np.nan], [100, 100, 100])) > 0.25
    many = Histogram.of(np.repeat(np.arange(30.0), 10), "category")
    assert (len(many.borders), many.counts[-2]) == (20, 100)
    assert Histogram.from_json(many.to_json()) == many


def test_volumes_compare_four_weeks_with_the_usual_four_weeks(make_staging) -> None:
    days = pd.date_range("2024-01-01", "2024-12-01", freq="D", inclusive="left")
    days = days[(days < "2024-11-10") | (days >= "2024-11-28")]  # an export is missing
    orders = pd.DataFrame(
        {"order_id": [str(i) for i in range(len(days))], "customer_id": "a", "ordered_at": days, "amount": 1.0}
    )
    history = History.load(make_staging({"orders": orders}, as_of="2024-12-01"))
    (row,) = table_volumes(history, ("orders", "tickets"))
    assert row == {"table": "orders", "now": 10, "usual": 28.0, "ratio": pytest.approx(10 / 28)}
    assert table_volumes(history.upto(history.starts_at + 80 * 86_400_000_000), ("orders",)) == [], (
        "nothing is usual yet"
    )
    (alarm,) = raise_alarms([], [], [row], [])
    assert (alarm["kind"], alarm["name"]) == ("few_facts", "orders")


def promise(gap: tuple[float, float, float], auc: tuple[float, float, float], tested: float | None) -> Promise:
    low = None if tested is None else Estimate(tested, tested - 0.02, tested + 0.02)
    return Promise("2024-05-06", "active", "v1", 100, 20, 0.2, 0.2, Estimate(*gap), Estimate(*auc), low)


@pytest.mark.parametrize(
    ("gap", "auc", "tested", "kinds"),
    [
        ((0.01, -0.02, 0.04), (0.8, 0.75, 0.85), 0.8, []),
        ((0.03, 0.01, 0.05), (0.8, 0.75, 0.85), 0.8, []),  # surely off, but by little
        ((0.08, -0.01, 0.17), (0.8, 0.75, 0.85), 0.8, []),  # perhaps chance
        ((0.08, 0.02, 0.14), (0.8, 0.75, 0.85), 0.8, ["gap"]),
        ((-0.08, -0.14, -0.02), (0.6, 0.55, 0.65), 0.8, ["gap", "order"]),
        ((0.0, -0.02, 0.02), (0.6, 0.55, 0.65), None, []),
    ],
)
def test_promises_alarm_where_they_are_surely_and_clearly_broken(gap, auc, tested, kinds) -> None:
    assert [alarm["kind"] for alarm in raise_alarms([], [], [], [promise(gap, auc, tested)])] == kinds


def test_a_kept_promise_has_its_interval_around_nothing_and_a_broken_one_has_not() -> None:
    rng = np.random.default_rng(3)
    said = rng.beta(2, 5, 3000)
    came = (rng.random(3000) < said).astype(np.int8)
    kept = check_promise("c", "active", "v", said, came, seed=1)
    assert kept.gap.low < 0 < kept.gap.high
    assert kept.gap.high - kept.gap.low == pytest.approx(2 * 1.645 * np.sqrt(np.var(said - came) / 3000), rel=0.25)
    broken = check_promise("c", "active", "v", np.minimum(said + 0.1, 1), came, seed=1)
    assert broken.gap.low > 0.05
    assert broken.auc.value == kept.auc.value


def test_a_few_customers_who_all_ended_alike_prove_nothing_and_many_do() -> None:
    def alarms(customers: int) -> list[str]:
        said, came = np.full(customers, 0.3), np.zeros(customers, np.int8)
        found = check_promise("c", "active", "v", said, came, seed=1)
        # nobody of n left: by Wilson's score up to z² / (n + z²) of such customers leave
        assert found.gap.low == pytest.approx(0.3 - 1.645**2 / (customers + 1.645**2))
        assert found.gap.high == pytest.approx(0.3)
        return [alarm["kind"] for alarm in raise_alarms([], [], [], [found])]

    assert alarms(4) == []
    assert alarms(100) == ["gap"]


def test_shifted_features_alarm_by_their_importance_not_their_number() -> None:
    moved = [{"feature": f"f{i}", "drift": 3.0, "importance": 0.001} for i in range(100)]
    assert raise_alarms(moved, [], [], []) == []
    heavy = [{"feature": "recency", "drift": 0.3, "importance": 0.6}]
    assert [alarm["kind"] for alarm in raise_alarms(heavy, [], [], [])] == ["features"]
    assert raise_alarms([heavy[0] | {"drift": 0.2}], [], [], []) == []
