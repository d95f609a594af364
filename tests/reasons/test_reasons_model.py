"""The whole way from tables to reasons, on a company whose customers leave for known causes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from staging_maker import write_staging
from winback.errors import NoModelError
from winback.history import DAY_US, History
from winback.reasons import ReasonModel, fit_reason_model
from winback.settings import parse_settings
from winback.snapshots import snapshots_at
from winback.texts import Texts

DAY0 = pd.Timestamp("2024-01-01")
DAYS = 420
SETTINGS = parse_settings("{run: {threads: 1}, label: {horizon_days: 60}, population: {lapsed_after_days: 60}}")


def live(name, draw):
    """One customer: orders every ten days until a bad spell of deliveries, or of conflicts, drives it away."""
    trouble = draw.choice(["delivery", "conflict", "none"], p=[0.35, 0.35, 0.3])
    starts, orders, deliveries, tickets = draw.uniform(60, DAYS), [], [], []
    when, annoyance, cause = draw.uniform(0, 10), 0.0, ""
    while when < DAYS and not cause:
        at = DAY0 + pd.Timedelta(days=when)
        bad = starts <= when < starts + 60
        late = draw.random() < (0.7 if bad and trouble == "delivery" else 0.04)
        quarrel = draw.random() < (0.6 if bad and trouble == "conflict" else 0.02)
        orders.append((f"{name}-{len(orders)}", name, at, 100.0))
        promised = at.floor("D") + pd.Timedelta(days=1)
        deliveries.append((orders[-1][0], name, promised, promised + pd.Timedelta(days=4 if late else 0, hours=12)))
        if quarrel:
            tickets.append((f"t{name}-{len(orders)}", name, at + pd.Timedelta(days=1), "conflict"))
        annoyance = annoyance * 0.7 + late + quarrel
        if draw.random() < expit(-5.5 + 2.6 * annoyance):
            cause = trouble if bad else "none"
        when += draw.uniform(7, 13)
    return orders, deliveries, tickets, cause


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    draw = np.random.default_rng(5)
    lives = {f"c{place:04d}": live(f"c{place:04d}", draw) for place in range(700)}
    columns = {
        "orders": ["order_id", "customer_id", "ordered_at", "amount"],
        "deliveries": ["order_id", "customer_id", "promised_at", "delivered_at"],
        "tickets": ["ticket_id", "customer_id", "opened_at", "kind"],
    }
    tables = {
        name: pd.DataFrame([row for one in lives.values() for row in one[place]], columns=names)
        for place, (name, names) in enumerate(columns.items())
    }
    tables["exits"] = pd.DataFrame({"customer_id": [], "recorded_at": [], "reason": []}).astype(
        {"customer_id": str, "recorded_at": "datetime64[us]", "reason": str}
    )
    folder = tmp_path_factory.mktemp("company")
    history = History.load(write_staging(tables, folder / "staging", as_of="2025-02-24"))
    # the same customers, who all say something else than what they leave for, half of them too late
    names = sorted(lives)
    early, late = DAY0 + pd.Timedelta(days=DAYS - 61), DAY0 + pd.Timedelta(days=DAYS - 59)
    said = pd.DataFrame({"customer_id": names, "recorded_at": [early, late] * (len(names) // 2), "reason": "price"})
    talking = History.load(write_staging(tables | {"exits": said}, folder / "talking", as_of="2025-02-24"))
    return history, {name: one[3] for name, one in lives.items()}, talking


@pytest.fixture(scope="module")
def fitted(company):
    return fit_reason_model(company[0], SETTINGS)


@pytest.fixture(scope="module")
def now(company):
    return snapshots_at(company[0], [company[0].ends_at], SETTINGS.population)


@pytest.fixture(scope="module")
def explained(company, fitted, now):
    return fitted.explain(company[0], now, SETTINGS, Texts("en"))


def test_the_cause_that_drove_customers_away_comes_first(company, now, explained):
    history, causes, _ = company
    true = np.array([causes[name] for name in history.customer_ids[now.customer]])
    left = np.isin(true, ["delivery", "conflict"]) & (now.population == 1)
    assert left.sum() > 60
    assert np.mean(explained.words(0)[left] == true[left]) > 0.75


def test_who_has_nothing_to_complain_of_gets_no_reason(company, now, explained):
    history, *_ = company
    deliveries, tickets = history.events("deliveries"), history.events("tickets")
    late = deliveries.columns["delivered_at"] - deliveries.at > 86_400_000_000
    wronged = set(deliveries.customer[late]) | set(tickets.customer)
    content = ~np.isin(now.customer, sorted(wronged))
    assert content.sum() > 20
    assert set(explained.words(0)[content]) == {"unknown"}
    assert set(explained.words(1)[content]) == {""}


def test_texts_carry_the_evidence(explained):
    said = explained.text[explained.words(0) == "delivery", 0]
    assert all(text.startswith("delivery: ") and " late" in text for text in said)


def test_order_of_rows_and_batches_change_nothing(company, fitted, now, explained):
    some = np.random.default_rng(1).permutation(len(now))[:40]
    again = fitted.explain(company[0], now.rows(some), SETTINGS, Texts("en"))
    np.testing.assert_array_equal(again.code, explained.code[some])
    np.testing.assert_array_equal(again.text, explained.text[some])
    np.testing.assert_array_equal(again.share, explained.share[some])


def test_a_saved_model_explains_the_same(company, fitted, now, explained, tmp_path):
    fitted.save(tmp_path)
    again = ReasonModel.load(tmp_path).explain(company[0], now, SETTINGS, Texts("en"))
    np.testing.assert_array_equal(again.code, explained.code)
    np.testing.assert_array_equal(again.confidence, explained.confidence)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}


def test_what_is_said_after_the_cutoff_changes_nothing(company, fitted):
    """Neither what is shown, nor the agreement, nor what is learned; what was said before it does."""
    silent, _, talking = company
    cutoff = int((DAY0 + pd.Timedelta(days=DAYS - 60)).value // 1000)
    rows = snapshots_at(silent, [cutoff], SETTINGS.population)
    spoke_late = np.array([int(name[1:]) % 2 == 1 for name in silent.customer_ids[rows.customer]])
    plain, told = (fitted.explain(history, rows, SETTINGS, Texts("en")) for history in (silent, talking))
    np.testing.assert_array_equal(told.code[spoke_late], plain.code[spoke_late])
    np.testing.assert_array_equal(told.text[spoke_late], plain.text[spoke_late])
    np.testing.assert_array_equal(told.confidence[spoke_late], plain.confidence[spoke_late])
    assert not told.is_stated[spoke_late].any()
    assert told.is_stated[~spoke_late].sum() > 50
    agreement = fitted.agreement_with_stated(talking, rows, SETTINGS)
    assert agreement.counts.sum() == told.is_stated.sum()
    early = fit_reason_model(silent.upto(cutoff - 5 * DAY_US), SETTINGS)
    same = fit_reason_model(talking.upto(cutoff - 5 * DAY_US), SETTINGS)
    assert same.confidence == early.confidence
    np.testing.assert_array_equal(same.hazard.rates, early.hazard.rates)
    assert fit_reason_model(talking.upto(cutoff), SETTINGS).confidence != early.confidence


def test_other_grievances_than_at_training_are_refused(company, fitted, now):
    hazard = fitted.hazard
    altered = replace(hazard, names=("noise_30d", *hazard.names[1:]))
    with pytest.raises(NoModelError, match=r"noise_30d .needed, but absent.*given, but not known to the model"):
        ReasonModel(altered).infer(company[0], now, SETTINGS)
    turned = replace(hazard, names=hazard.names[::-1], reasons=hazard.reasons[::-1])
    with pytest.raises(NoModelError, match="their order"):
        ReasonModel(turned).infer(company[0], now, SETTINGS)


@pytest.fixture
def orders_only(tmp_path):
    """Enough customers, of whom some have left; but nothing that could say why."""
    days = [(f"c{one}", day) for one in range(80) for day in range(0, 400 if one % 2 else 120, 10)]
    orders = pd.DataFrame(days, columns=["customer_id", "day"])
    orders["order_id"] = [f"o{place}" for place in range(len(orders))]
    orders["ordered_at"] = DAY0 + pd.to_timedelta(orders.pop("day") + 0.5, unit="D")
    orders["amount"] = 10.0
    return History.load(write_staging({"orders": orders}, tmp_path / "staging", as_of="2025-02-24"))


def test_without_tables_of_grievances_nothing_is_inferred(orders_only):
    model = fit_reason_model(orders_only, SETTINGS)
    assert model.reasons == ()
    rows = snapshots_at(orders_only, [orders_only.ends_at], SETTINGS.population)
    assert set(model.explain(orders_only, rows, SETTINGS, Texts("en")).words(0)) == {"unknown"}


def test_too_few_leavings_teach_nothing(company):
    early = company[0].upto(int((DAY0 + pd.Timedelta(days=70)).value // 1000))
    assert fit_reason_model(early, SETTINGS).reasons == ()


def test_nothing_to_load_is_refused(tmp_path):
    with pytest.raises(NoModelError, match="holds no model of reasons"):
        ReasonModel.load(tmp_path)
