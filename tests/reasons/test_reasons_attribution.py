"""The driver model credits what truly drove customers away, and nothing that protects them."""

import numpy as np
import pytest
from scipy.special import expit

from winback.errors import NoModelError
from winback.reasons.attribution import Attribution, Column, attributable, fit_attribution

COLUMNS = [
    Column("late_share", "delivery", "d1"),
    Column("delay_days", "delivery", "d2"),
    Column("price_change", "price", "p1"),
    Column("calls", "neglect", "n1"),
    Column("days_since_order", ""),
]


def company(n=12_000, seed=3):
    """Customers whose true log-odds are known: lateness and price rises drive away, calls keep."""
    draw = np.random.default_rng(seed)
    late = np.where(draw.random(n) < 0.2, draw.random(n), 0.0)
    delay = late * 5
    price = np.where(draw.random(n) < 0.2, draw.uniform(0, 0.3, n), 0.0)
    calls = draw.poisson(2, n)
    recency = draw.uniform(0, 30, n)
    parts = np.column_stack([3.5 * late, 9 * price])
    logit = -2.2 + parts.sum(axis=1) - 0.3 * calls + 0.02 * recency
    values = np.column_stack([late, delay, price, calls, recency]).astype(np.float32)
    values[draw.random(n) < 0.1, 1] = np.nan
    return values, (draw.random(n) < expit(logit)).astype(np.int8), parts


@pytest.fixture(scope="module")
def fitted():
    values, labels, _ = company()
    model = fit_attribution(values, COLUMNS, labels, np.arange(len(labels), dtype=np.int32) // 3, seed=1, threads=1)
    assert model is not None
    return model


def test_largest_excess_is_the_true_cause(fitted):
    values, _, parts = company(seed=4)
    clear = np.abs(parts[:, 0] - parts[:, 1]) > 1
    excess, _ = fitted.excess(values)
    places = [fitted.reasons.index(reason) for reason in ("delivery", "price")]
    found = excess[:, places].argmax(axis=1)
    assert np.mean((found == parts.argmax(axis=1))[clear]) > 0.97


def test_what_protects_or_is_usual_explains_nothing(fitted):
    values, _, parts = company(seed=5)
    excess, _ = fitted.excess(values)
    assert (excess >= 0).all()
    content = (parts.sum(axis=1) == 0) & (values[:, 3] >= 3)
    assert excess[content].max() < 0.3
    often = values[:, 3] >= 3
    assert (
        excess[often, fitted.reasons.index("neglect")].mean() < excess[~often, fitted.reasons.index("neglect")].mean()
    )


def test_controls_are_no_reason(fitted):
    assert fitted.reasons == ("delivery", "neglect", "price")


def test_blocks_change_nothing(fitted, monkeypatch):
    values, _, _ = company(300, seed=6)
    whole, logit = fitted.excess(values)
    monkeypatch.setattr("winback.reasons.attribution.BLOCK", 7)
    parts, logit_parts = fitted.excess(values)
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-12)
    np.testing.assert_allclose(logit_parts, logit, rtol=0, atol=1e-12)


def test_a_saved_model_explains_the_same(fitted, tmp_path):
    values, _, _ = company(200, seed=7)
    fitted.save(tmp_path)
    loaded = Attribution.load(tmp_path)
    assert loaded.columns == fitted.columns
    np.testing.assert_array_equal(loaded.excess(values)[0], fitted.excess(values)[0])


def test_nothing_to_load_is_refused(tmp_path):
    with pytest.raises(NoModelError, match="holds no model of reasons"):
        Attribution.load(tmp_path)


@pytest.mark.parametrize("case", ["no drivers", "few rows", "one outcome"])
def test_too_little_to_learn_from_gives_no_model(case):
    values, labels, _ = company(500)
    columns = [Column(column.name, "") for column in COLUMNS] if case == "no drivers" else COLUMNS
    rows = slice(0, 100 if case == "few rows" else None)
    if case == "one outcome":
        labels = np.ones_like(labels)
    customer = np.arange(len(labels), dtype=np.int32)
    assert fit_attribution(values[rows], columns, labels[rows], customer[rows], seed=1, threads=1) is None


def test_attributable_fraction_is_that_of_epidemiology():
    """Risk 0.5 with the excess, 0.2 without: three fifths of those who leave do so because of it."""
    logit = np.array([0.0])
    excess = np.array([[np.log(0.5 / 0.5) - np.log(0.2 / 0.8), 0.0]])
    share, probability = attributable(excess, logit)
    np.testing.assert_allclose(share, [[1, 0]])
    np.testing.assert_allclose(probability, [[0.6, 0]])


def test_without_excess_nothing_is_attributable():
    share, probability = attributable(np.zeros((2, 3)), np.array([-1.0, 2.0]))
    assert not share.any()
    assert not probability.any()
