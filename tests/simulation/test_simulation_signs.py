"""Planted causes show in the tables: who left over something lived through more of it than others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

WINDOW = pd.Timedelta("120D")


@pytest.fixture(scope="module")
def left(company):
    """Departures after enough history, with a number of their own."""
    left = company.truth("departures")
    late_enough = left["left_at"] > left["left_at"].min() + pd.Timedelta("150D")
    return left[late_enough].reset_index(drop=True).rename_axis("departure").reset_index()


def before_leaving(company, left, table, time):
    """Rows of a table in the window before each departure."""
    rows = company.raw(table).merge(left[["departure", "customer_id", "left_at", "cause"]], on="customer_id")
    age = rows["left_at"] - rows[time]
    return rows[(age > pd.Timedelta(0)) & (age < WINDOW)]


def share_by_cause(rows, flag):
    """Mean of a flag per departure, averaged over those who left for the cause and over the others."""
    return pd.Series(flag.to_numpy(dtype=float)).groupby(rows["departure"].to_numpy()).mean()


def contrast(left, values, cause):
    """Mean over departures of the cause, and over departures for other reasons."""
    own = left.set_index("departure")["cause"].loc[values.index] == cause
    return values[own.to_numpy()].mean(), values[~own.to_numpy()].mean()


def test_late_deliveries_before_leaving_over_delivery(company, left):
    rows = before_leaving(company, left, "deliveries", "promised_at")
    late = rows["delivered_at"].isna() | (rows["delivered_at"] >= rows["promised_at"] + pd.Timedelta("1D"))
    own, others = contrast(left, share_by_cause(rows, late), "delivery")
    assert own > 1.6 * others


def test_defects_before_leaving_over_quality(company, left):
    rows = before_leaving(company, left, "deliveries", "promised_at")
    own, others = contrast(left, share_by_cause(rows, rows["defective"].fillna(value=False)), "product_quality")
    assert own > 2 * others


def test_slow_answers_before_leaving_over_service(company, left):
    rows = before_leaving(company, left, "tickets", "opened_at")
    hours = (rows["first_response_at"] - rows["opened_at"]).dt.total_seconds() / 3600
    own, others = contrast(left, share_by_cause(rows, hours > 24), "service")
    assert own > 1.5 * others


def test_conflicts_before_leaving_over_conflict(company, left):
    rows = before_leaving(company, left, "tickets", "opened_at")
    own, others = contrast(left, share_by_cause(rows, rows["kind"] == "conflict"), "conflict")
    assert own > 2.5 * others


def test_new_managers_before_leaving_over_them(company, left):
    rows = before_leaving(company, left, "managers", "assigned_at")
    changes = left["departure"].map(rows.groupby("departure").size()).fillna(0)
    own, others = contrast(left, changes.set_axis(left["departure"]), "manager_change")
    assert own > 2 * others


def test_silence_of_the_company_before_leaving_over_neglect(company, left):
    rows = before_leaving(company, left, "contacts", "contacted_at")
    calls = left["departure"].map(rows.groupby("departure").size()).fillna(0)
    own, others = contrast(left, calls.set_axis(left["departure"]), "neglect")
    assert own < 0.7 * others


def test_dearer_products_before_leaving_over_price(company, left):
    items = company.raw("order_items").merge(
        company.raw("orders")[["order_id", "customer_id", "ordered_at"]], on="order_id"
    )
    rows = items.merge(left[["departure", "customer_id", "left_at"]], on="customer_id")
    age = rows["left_at"] - rows["ordered_at"]
    recent = rows[(age > pd.Timedelta(0)) & (age < WINDOW / 2)]
    earlier = rows[(age >= WINDOW / 2) & (age < 3 * WINDOW)]
    keys = ["departure", "product_id"]
    prices = pd.concat(
        [recent.groupby(keys)["unit_price"].mean(), earlier.groupby(keys)["unit_price"].mean()], axis=1, join="inner"
    )
    change = np.log(prices.iloc[:, 0] / prices.iloc[:, 1]).groupby("departure").mean()
    own, others = contrast(left, change, "price")
    assert own > 2 * others
    assert own > 0.03


def test_unrewarded_acts_before_leaving_over_loyalty(company, left):
    rows = before_leaving(company, left, "activities", "occurred_at")
    acts = rows["kind"].isin(["review", "referral"])
    points = rows["kind"] == "loyalty_points"
    missing = acts.groupby(rows["departure"]).sum() - points.groupby(rows["departure"]).sum()
    own, others = contrast(left, missing.astype(float), "loyalty")
    assert own > others + 0.5


def test_what_customers_say_agrees_mostly_with_why_they_left(company):
    said = company.raw("exits")
    truth = company.truth("departures")
    pairs = said.merge(truth, on="customer_id")
    pairs = (
        pairs[pairs["left_at"] < pairs["recorded_at"]].sort_values("left_at").groupby(["customer_id", "recorded_at"])
    )
    last = pairs.last()
    assert 0.7 < (last["reason"] == last["cause"]).mean() < 0.95


def test_regions_and_seasons_differ_in_lateness(company):
    rows = company.raw("deliveries").merge(company.raw("customers")[["customer_id", "region"]], on="customer_id")
    rows = rows[rows["delivered_at"].notna()]
    late = rows["delivered_at"] >= rows["promised_at"] + pd.Timedelta("1D")
    month = rows["promised_at"].dt.to_period("M")
    by_cell = late.groupby([rows["region"], month]).mean()
    assert by_cell.quantile(0.95) > 3 * by_cell.median()
    winter = rows["promised_at"].dt.month.isin([12, 1, 2])
    assert late[winter].mean() > 1.1 * late[~winter].mean()
