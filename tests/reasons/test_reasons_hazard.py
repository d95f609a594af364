"""Rates are those of largest likelihood, weeks at risk are those that they should be, and facts fade."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from winback.errors import NoModelError
from winback.history import DAY_US, History
from winback.reasons.exposure import SILENT_GAPS, WEEK_US, exposure_of
from winback.reasons.facts import Facts
from winback.reasons.fading import MEMORY_DAYS, fading
from winback.reasons.grievances import grievances_of
from winback.reasons.hazard import HazardModel, largest_likelihood
from winback.reasons.leaving import WAIT_DAYS
from winback.settings import FeatureSettings

DAY0 = pd.Timestamp("2024-01-01")
START = int(DAY0.value // 1000)


def weeks_at_risk(seed, n=40_000):
    """Weeks with a base, and two grievances of which the second has a rate of nothing."""
    draw = np.random.default_rng(seed)
    weight = np.column_stack([np.ones(n), draw.exponential(1, n) * (draw.random(n) < 0.2), draw.random(n) < 0.3])
    true = np.array([0.01, 0.08, 0.0])
    left = draw.random(n) < weight @ true
    return weight, left, true


def test_rates_are_those_of_largest_likelihood():
    weight, left, _ = weeks_at_risk(1)
    rates = largest_likelihood(weight.sum(axis=0), weight[left].astype(float))

    def loss(logs):
        hazard = weight @ np.exp(logs)
        return hazard.sum() - np.log(hazard[left]).sum()

    best = minimize(loss, np.log([0.01, 0.01, 0.01]), method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-9})
    assert loss(np.log(np.maximum(rates, 1e-12))) <= best.fun + 1e-3
    np.testing.assert_allclose(rates[:2], np.exp(best.x[:2]), rtol=0.01)


def test_true_rates_are_found_and_what_does_nothing_gets_nothing():
    weight, left, true = weeks_at_risk(2, 200_000)
    rates = largest_likelihood(weight.sum(axis=0), weight[left].astype(float))
    np.testing.assert_allclose(rates[:2], true[:2], rtol=0.06)
    assert rates[2] < 0.001


def test_what_protects_explains_nothing():
    """Who bears it leaves less often: an additive rate cannot be negative, so it is nothing."""
    draw = np.random.default_rng(3)
    protects = draw.random(50_000) < 0.5
    left = draw.random(50_000) < np.where(protects, 0.01, 0.05)
    weight = np.column_stack([np.ones(50_000), protects]).astype(float)
    rates = largest_likelihood(weight.sum(axis=0), weight[left])
    assert rates[1] < 1e-4


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.01, 100), seed=st.integers(0, 5))
def test_units_do_not_matter(scale, seed):
    weight, left, _ = weeks_at_risk(seed, 3_000)
    if not left.any():
        return
    rates = largest_likelihood(weight.sum(axis=0), weight[left].astype(float))
    weight[:, 1] *= scale
    scaled = largest_likelihood(weight.sum(axis=0), weight[left].astype(float))
    np.testing.assert_allclose(scaled[1] * scale, rates[1], rtol=1e-2, atol=1e-6)


def test_what_nobody_bore_has_no_rate():
    rates = largest_likelihood(np.array([100.0, 0.0]), np.array([[1.0, 0.0]] * 5))
    assert rates.tolist() == [0.05, 0.0]


def history_of(make_staging, days, ends, **tables):
    rows = [(name, day) for name, values in days.items() for day in values]
    orders = pd.DataFrame(rows, columns=["customer_id", "day"])
    orders["order_id"] = [f"o{place}" for place in range(len(orders))]
    orders["ordered_at"] = DAY0 + pd.to_timedelta(orders.pop("day"), unit="D")
    orders["amount"] = 10.0
    return History.load(make_staging({"orders": orders, **tables}), as_of=START + ends * DAY_US)


def test_weeks_at_risk_and_leavings(make_staging):
    # a buys every 10 days, falls silent on day 30 for 300 days, returns; b has just ordered; c is silent since day 20
    history = history_of(make_staging, {"a": [0, 10, 20, 30, 330], "b": [335], "c": [0, 10, 20]}, 340)
    gaps = np.array([10.0, 14.0, 10.0])
    found = exposure_of(history.purchases(), gaps, history.ends_at, 90, np.ones(3, bool))
    assert found.leavings == 2
    days = (found.at - START) / DAY_US
    in_time = found.leaving < 0
    # a: three gaps of ten days, at risk for 10 days each; after the return the 10 days that have passed; b: 5 days
    assert found.weeks[in_time].sum() == pytest.approx((3 * 10 + 10 + 5 + 2 * 10) / 7)
    for number, (name, last) in enumerate([(0, 30), (2, 20)]):
        rows = found.leaving == number
        assert set(found.customer[rows]) == {name}
        assert days[rows].tolist() == [last + 1, last + 8]
        assert found.weeks[rows].sum() == pytest.approx(10 / 7)


def test_customers_can_be_left_out(make_staging):
    history = history_of(make_staging, {"a": [0, 10], "b": [0, 10]}, 200)
    found = exposure_of(history.purchases(), np.full(2, 10.0), history.ends_at, 90, np.array([False, True]))
    assert set(found.customer) == {1}
    assert found.leavings == 1


@settings(max_examples=40, deadline=None)
@given(gaps=st.lists(st.integers(1, 400), min_size=1, max_size=6), usual=st.floats(3, 80), horizon=st.integers(30, 120))
def test_time_at_risk_is_that_of_a_loop(gaps, usual, horizon):
    at = np.concatenate([[0], np.cumsum(gaps)]) * DAY_US
    purchases = type("Purchases", (), {"customer": np.zeros(len(gaps), np.int32), "at": at[:-1]})()
    found = exposure_of(purchases, np.array([usual]), int(at[-1]), horizon, np.ones(1, bool))
    wait = min(max(usual, WAIT_DAYS[0]), WAIT_DAYS[1])
    left = [gap > max(horizon, SILENT_GAPS * usual) for gap in gaps]
    whole = [*(min(gap, wait) if gone else gap for gap, gone in zip(gaps[:-1], left[:-1], strict=True))]
    whole.append(min(gaps[-1], wait))
    assert found.leavings == sum(left)
    assert found.weeks.sum() * WEEK_US == pytest.approx(sum(whole) * DAY_US)


@settings(max_examples=40, deadline=None)
@given(
    facts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200), st.floats(0, 3)), max_size=30),
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 220)), min_size=1, max_size=8),
)
def test_facts_fade_as_a_loop_has_it(facts, rows):
    facts = sorted(facts)
    customer = np.array([fact[0] for fact in facts], np.int32)
    at = np.array([fact[1] for fact in facts], np.int64) * DAY_US
    amount = np.array([fact[2] for fact in facts], float)
    grievance = fading("it", "price", Facts(at, np.searchsorted(customer, np.arange(5))), amount)
    assert grievance.names == tuple(f"it_{days}d" for days in MEMORY_DAYS)
    who, when = (np.array(part) for part in zip(*rows, strict=True))
    weight = grievance.weigh(who.astype(np.int32), when.astype(np.int64) * DAY_US)
    for column, days in enumerate(MEMORY_DAYS):
        for row, (name, now) in enumerate(rows):
            earlier = [(now - day, size) for one, day, size in facts if one == name and day < now]
            expected = sum(size * np.exp(-age / days) for age, size in earlier)
            assert weight[column, row] == pytest.approx(expected, abs=1e-12)


def test_who_refuses_calls_does_not_miss_them(make_staging):
    contacts = pd.DataFrame(
        {"customer_id": list("aabb"), "contacted_at": [DAY0 + pd.Timedelta(days=day) for day in (1, 21, 1, 21)]}
    ).assign(channel="phone")
    customers = pd.DataFrame({"customer_id": ["a", "b"], "do_not_contact": [False, True]})
    history = history_of(make_staging, {"a": [0, 50], "b": [0, 50]}, 200, contacts=contacts, customers=customers)
    found = next(each for each in grievances_of(history, FeatureSettings()) if each.reason == "neglect")
    weight = found.weigh(np.array([0, 1], np.int32), np.full(2, START + 71 * DAY_US))
    # 50 days since the last contact are two and a half of the usual twenty
    assert weight[:, 0].tolist() == pytest.approx([1.0, 0.0, 0.0])
    assert not weight[:, 1].any()


def test_a_discount_that_was_cut_weighs_until_one_is_used_to_it(make_staging):
    history = with_discounts(make_staging, [10, 10, 10, 10, 0])
    found = next(each for each in grievances_of(history, FeatureSettings()) if each.reason == "price")
    when = np.array([27, 29, 29 + 56, 29 + 10 * 56]) * DAY_US + START
    weight = found.weigh(np.zeros(4, np.int32), when)[0]
    dearer = -np.log(100 / 110)
    assert weight[0] == 0
    assert weight[1] == pytest.approx(10 * dearer * 0.5 ** (1 / 56))
    assert weight[2] == pytest.approx(weight[1] / 2)
    assert weight[3] < 0.01


def with_discounts(make_staging, discounts):
    orders = pd.DataFrame({"discount": [float(discount) for discount in discounts]})
    orders["order_id"], orders["customer_id"], orders["amount"] = [f"o{row}" for row in orders.index], "a", 100.0
    orders["ordered_at"] = [DAY0 + pd.Timedelta(days=7 * row) for row in orders.index]
    return History.load(make_staging({"orders": orders}), as_of=START + 1000 * DAY_US)


def test_own_drivers_weigh_beyond_the_usual(make_staging):
    visits = pd.DataFrame(
        {"customer_id": list("abcd"), "known_at": [DAY0 + pd.Timedelta(days=5)] * 4, "broken": [0.0, 1.0, 2.0, 9.0]}
    )
    days = {name: [0, 50] for name in "abcd"}
    history = history_of(make_staging, days, 200, features_web=visits)
    own = FeatureSettings(own={"web": {"broken": {"role": "driver", "reason": "service"}}})
    found = next(each for each in grievances_of(history, own) if each.reason == "service")
    assert found.names == ("web_broken_above", "web_broken_below")
    people = np.arange(4, dtype=np.int32)
    low, usual, high = np.quantile([0, 1, 2, 9], [0.25, 0.5, 0.75])
    beyond = (np.array([0, 1, 2, 9]) - usual) / (high - low)
    weight = found.weigh(people, np.full(4, START + 60 * DAY_US))
    np.testing.assert_allclose(weight, [np.maximum(beyond, 0), np.maximum(-beyond, 0)])
    assert not found.weigh(people, np.full(4, START + 5 * DAY_US)).any(), "not known yet"
    assert {each.reason for each in grievances_of(history, FeatureSettings())} == {""}


def test_a_saved_model_is_the_same(tmp_path):
    model = HazardModel(("late_30d", "anybody"), ("delivery", ""), np.array([0.1, 1 / 3]))
    model.save(tmp_path)
    loaded = HazardModel.load(tmp_path)
    assert (loaded.names, loaded.reasons, loaded.rates.tolist()) == (model.names, model.reasons, model.rates.tolist())
    assert loaded.words == ("delivery",)


def test_nothing_to_load_is_refused(tmp_path):
    with pytest.raises(NoModelError, match="holds no model of reasons"):
        HazardModel.load(tmp_path)
