"""The whole way from tables to reasons, on a company whose customers leave for known causes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from staging_maker import write_staging
from winback.errors import NoModelError
from winback.features import compute_features
from winback.history import History
from winback.labels import make_labels
from winback.reasons import ReasonModel, fit_reason_model
from winback.settings import parse_settings
from winback.snapshots import cutoff_schedule, snapshots_at
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
    folder = write_staging(tables, tmp_path_factory.mktemp("company") / "staging", as_of="2025-02-24")
    history = History.load(folder)
    return history, {name: one[3] for name, one in lives.items()}


@pytest.fixture(scope="module")
def fitted(company):
    history, _ = company
    rows = snapshots_at(history, cutoff_schedule(history, SETTINGS), SETTINGS.population, include_closed=False)
    matrix = compute_features(history, rows, SETTINGS.features)
    return fit_reason_model(history, matrix, make_labels(history, rows, SETTINGS.label), SETTINGS)


@pytest.fixture(scope="module")
def now(company):
    return snapshots_at(company[0], [company[0].ends_at], SETTINGS.population)


@pytest.fixture(scope="module")
def explained(company, fitted, now):
    return fitted.explain(company[0], now, SETTINGS, Texts("en"))


def test_the_cause_that_drove_customers_away_comes_first(company, now, explained):
    history, causes = company
    true = np.array([causes[name] for name in history.customer_ids[now.customer]])
    left = np.isin(true, ["delivery", "conflict"]) & (now.population == 1)
    assert left.sum() > 60
    assert np.mean(explained.words(0)[left] == true[left]) > 0.75


def test_who_has_nothing_to_complain_of_gets_no_reason(company, now, explained):
    history, _ = company
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
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".txt"}


def test_drivers_defined_otherwise_than_at_training_are_refused(company, fitted, now):
    attribution = fitted.attribution
    first, *others = attribution.columns
    altered = replace(attribution, columns=(replace(first, digest="other"), *others))
    with pytest.raises(NoModelError, match=f"{first.name} .needed, but absent or defined otherwise"):
        ReasonModel(altered, fitted.categories).infer(company[0], now, SETTINGS)
    unknown = replace(attribution, columns=tuple(others))
    with pytest.raises(NoModelError, match=f"{first.name} .given, but not known to the model"):
        ReasonModel(unknown, fitted.categories).infer(company[0], now, SETTINGS)


def test_without_drivers_there_is_no_attribution(company):
    history, _ = company
    rows = snapshots_at(history, cutoff_schedule(history, SETTINGS), SETTINGS.population)
    matrix = compute_features(history, rows, SETTINGS.features, only=lambda spec: spec.role == "symptom")
    model = fit_reason_model(history, matrix, make_labels(history, rows, SETTINGS.label), SETTINGS)
    assert model.reasons == ()


def test_nothing_to_load_is_refused(tmp_path):
    with pytest.raises(NoModelError, match="holds no model of reasons"):
        ReasonModel.load(tmp_path)
