import numpy as np
import pytest
from scipy.integrate import quad
from value_world import history_of, snapshots_of

from winback.errors import HistoryTooShortError
from winback.history import DAY_US
from winback.value import discounted_days, money_after, order_amounts, order_margins


def brute(history, snapshots, money, from_days, to_days, rate):
    orders = history.events("orders")
    sums = []
    for customer, cutoff in zip(snapshots.customer, snapshots.cutoff, strict=True):
        days = (orders.at - cutoff) / DAY_US
        mine = (orders.customer == customer) & (days >= from_days) & (days < to_days)
        sums.append(float((money[mine] * (1 + rate) ** (-days[mine] / 365)).sum()))
    return np.array(sums)


@pytest.mark.parametrize(("from_days", "to_days", "rate"), [(0, 90, 0.0), (0, 90, 0.5), (30, 200, 0.1), (50, 50, 0.1)])
def test_windows_hold_exactly_their_orders(tmp_path, from_days, to_days, rate):
    history = history_of(tmp_path, customers=12, days=500, seed=3)
    snapshots = snapshots_of(history, [120, 200, 290])
    money = order_amounts(history)
    found = money_after(history, snapshots, money, from_days=from_days, to_days=to_days, discount_rate=rate)
    assert found == pytest.approx(brute(history, snapshots, money, from_days, to_days, rate), abs=1e-6)
    assert found.sum() > 0 or from_days == to_days


def test_a_window_that_the_data_does_not_cover_is_refused(tmp_path):
    history = history_of(tmp_path, customers=3, days=300, seed=1)
    with pytest.raises(HistoryTooShortError, match="does not cover the 90 days"):
        money_after(history, snapshots_of(history, [250]), order_amounts(history), from_days=0, to_days=90)


def test_margins_are_the_orders_own_where_known_else_the_rate(tmp_path):
    history = history_of(tmp_path, customers=5, days=300, seed=2, margins=True)
    orders = history.events("orders")
    own = orders.columns["margin"]
    assert 0 < np.isnan(own).sum() < len(own)
    found = order_margins(history, 0.25)
    assert np.array_equal(found[~np.isnan(own)], own[~np.isnan(own)])
    assert found[np.isnan(own)] == pytest.approx(0.25 * orders.columns["amount"][np.isnan(own)])


@pytest.mark.parametrize("rate", [0.0, 0.1, 3.0])
def test_discounted_days_are_the_integral(rate):
    assert discounted_days(500, rate) == pytest.approx(quad(lambda t: (1 + rate) ** (-t / 365), 0, 500)[0])
