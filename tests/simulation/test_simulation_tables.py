"""The written tables keep the contract: columns, keys, references, times, and bad rows only where asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from winback.simulation.company import CAUSES
from winback.simulation.effects import ACTIONS
from winback.tables import TABLES

SMALL = {"customers": 300, "days": 400}
LATER_THAN_NOW = {"promised_at"}


@pytest.mark.parametrize("name", list(TABLES))
def test_columns_are_those_of_the_contract(company, name):
    table = company.raw(name)
    allowed = set(TABLES[name].column_names) | ({"size"} if name == "customers" else set())
    assert set(table.columns) <= allowed
    for column in TABLES[name].columns:
        if column.required:
            assert table[column.name].notna().all(), column.name
        if column.name in table and column.choices:
            assert set(table[column.name].dropna()) <= set(column.choices)
        if column.name in table and column.minimum is not None:
            assert (table[column.name].dropna() >= column.minimum).all()
        if column.name in table and column.maximum is not None:
            assert (table[column.name].dropna() <= column.maximum).all()


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.key])
def test_keys_are_unique(company, name):
    assert not company.raw(name).duplicated(list(TABLES[name].key)).any()


def test_references_hold(company):
    customers = set(company.raw("customers")["customer_id"])
    orders = company.raw("orders").set_index("order_id")
    for name in TABLES:
        if name not in ("customers", "order_items"):
            assert set(company.raw(name)["customer_id"]) <= customers, name
    deliveries, items = company.raw("deliveries"), company.raw("order_items")
    assert set(items["order_id"]) == set(orders.index[orders["amount"] > 0])
    assert set(deliveries["order_id"]) <= set(orders.index)
    whose = orders.loc[deliveries["order_id"], "customer_id"].to_numpy()
    assert (whose == deliveries["customer_id"].to_numpy()).all()


def test_nothing_is_later_than_as_of_and_nothing_precedes_its_cause(company):
    for name in TABLES:
        table = company.raw(name)
        for column in table.select_dtypes("datetime").columns.difference(LATER_THAN_NOW):
            assert (table[column].dropna() < company.as_of).all(), (name, column)
    tickets = company.raw("tickets")
    assert (tickets["first_response_at"].dropna() >= tickets["opened_at"][tickets["first_response_at"].notna()]).all()
    assert (tickets["resolved_at"].dropna() >= tickets["first_response_at"][tickets["resolved_at"].notna()]).all()
    first_order = company.raw("orders").groupby("customer_id")["ordered_at"].min()
    registered = company.raw("customers").set_index("customer_id")["registered_at"]
    assert (registered[first_order.index] <= first_order).all()


def test_facts_of_the_last_days_are_still_open(company):
    deliveries, tickets = company.raw("deliveries"), company.raw("tickets")
    recent = deliveries["promised_at"] >= company.as_of
    assert recent.any()
    assert deliveries.loc[recent, "delivered_at"].isna().mean() > 0.9
    assert deliveries.loc[deliveries["delivered_at"].isna(), "defective"].isna().all()
    assert deliveries.loc[deliveries["delivered_at"].notna(), "defective"].notna().all()
    assert tickets.loc[tickets["opened_at"] >= company.as_of - pd.Timedelta("12h"), "resolved_at"].isna().any()
    assert tickets["resolved_at"].isna().mean() < 0.08
    delay = company.raw("orders")["recorded_at"] - company.raw("orders")["ordered_at"]
    assert 0 < (delay > pd.Timedelta(0)).mean() < 0.1


def test_amounts_add_up(company):
    items, orders = company.raw("order_items"), company.raw("orders").set_index("order_id")
    lines = (items["quantity"] * items["unit_price"]).groupby(items["order_id"]).sum()
    np.testing.assert_allclose(lines, orders.loc[lines.index, "amount"], atol=0.011)
    bought = orders[orders["amount"] > 0]
    assert 1000 < bought["amount"].median() < 6000
    assert 0.2 < bought["margin"].sum() / bought["amount"].sum() < 0.4
    assert 0 < (orders["amount"] < 0).mean() < 0.03


def test_the_size_is_the_one_promised(make, tmp_path):
    summary = make(tmp_path, seed=3, customers=1000, days=1000).summary
    assert summary.customers == 1000
    assert summary.as_of == "2025-09-27"
    assert 70_000 < sum(summary.rows.values()) < 140_000


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(make, tmp_path):
    first, again, other = (make(tmp_path / name, seed=seed, **SMALL) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    for folder in ("raw", "truth"):
        for path in sorted((first.root / folder).iterdir()):
            assert path.read_bytes() == (again.root / folder / path.name).read_bytes(), path.name
    assert not first.raw("orders").equals(other.raw("orders"))


def test_options_leave_the_rest_as_it_was(make, tmp_path):
    plain = make(tmp_path / "plain", bad_share=0, **SMALL)
    poorer = make(tmp_path / "poorer", bad_share=0, without_tables=("surveys", "tickets"), horizon_days=30, **SMALL)
    assert not (poorer.root / "raw" / "surveys.parquet").exists()
    for name in set(TABLES) - {"surveys", "tickets", "offers"}:
        pd.testing.assert_frame_equal(plain.raw(name), poorer.raw(name))


def test_bad_rows_are_few_extra_and_leave_good_rows_alone(make, tmp_path):
    clean = make(tmp_path / "clean", bad_share=0, **SMALL)
    dirty = make(tmp_path / "dirty", bad_share=0.01, **SMALL)
    for name in TABLES:
        good, all_rows = clean.raw(name), dirty.raw(name)
        bad = _bad_rows(name, all_rows, known_orders=set(clean.raw("orders")["order_id"]))
        assert bad.mean() <= 0.011
        assert bad.sum() == len(all_rows) - len(good)
        left = all_rows[~bad].reset_index(drop=True)
        pd.testing.assert_frame_equal(left, good, check_dtype=False)
    assert len(dirty.raw("orders")) > len(clean.raw("orders"))
    assert dirty.truth("as_of").equals(clean.truth("as_of"))


def _bad_rows(name, table, known_orders):
    """Rows that the contract calls impossible, found from the contract alone."""
    contract = TABLES[name]
    bad = np.zeros(len(table), dtype=bool)
    for column in (each for each in contract.columns if each.name in table):
        values = table[column.name]
        if column.required:
            bad |= values.isna()
        if column.minimum is not None:
            bad |= values < column.minimum
        if column.maximum is not None:
            bad |= values > column.maximum
        if column.kind == "timestamp":
            bad |= (values < pd.Timestamp("1996-01-01")) | (values > pd.Timestamp("2090-01-01"))
    if contract.key:
        bad |= table.duplicated(list(contract.key))
    if name == "order_items":
        bad |= table["order_id"].eq("O-unknown")
    return bad.to_numpy() if isinstance(bad, pd.Series) else bad


def test_csv_says_the_same_as_parquet(make, tmp_path):
    parquet = make(tmp_path / "parquet", bad_share=0, **SMALL)
    csv = make(tmp_path / "csv", bad_share=0, format="csv", **SMALL)
    for name, contract in TABLES.items():
        expected = parquet.raw(name)
        stamps = [c.name for c in contract.columns if c.kind == "timestamp" and c.name in expected]
        found = pd.read_csv(csv.root / "raw" / f"{name}.csv", parse_dates=stamps, dtype={"cycle": str})
        assert list(found.columns) == list(expected.columns)
        assert (found.isna().sum() == expected.isna().sum()).all()
        for column in stamps:
            assert (found[column].dropna() == expected[column].dropna()).all()


def test_the_log_of_offers_is_a_fair_experiment(company):
    offers = company.raw("offers")
    people = company.raw("customers").set_index("customer_id")
    assert set(offers["action"]) == set(ACTIONS)
    assert 0.70 < (offers["arm"] == "treated").mean() < 0.80
    assert (offers.loc[offers["arm"] == "holdout", "cost"] == 0).all()
    assert (offers.loc[offers["arm"] == "treated", "cost"] > 0).all()
    assert not people.loc[offers["customer_id"], "do_not_contact"].any()
    assert people.loc[offers.loc[offers["action"] == "email", "customer_id"], "has_email"].all()
    assert people.loc[offers.loc[offers["action"] == "phone_call", "customer_id"], "has_phone"].all()
    gaps = offers.sort_values("offered_at").groupby("customer_id")["offered_at"].diff().dropna()
    assert gaps.min() >= pd.Timedelta(days=56)
    # inverse propensities estimate the number of (customer, action, arm) cells: 12 actions, 2 arms each
    reachable = people.loc[offers["customer_id"], ["has_email", "has_phone"]].all(axis=1).to_numpy()
    weight = (1 / offers["propensity"][reachable]).sum() / reachable.sum()
    assert weight == pytest.approx(2 * len(ACTIONS), rel=0.12)


def test_actions_that_the_company_does_not_know_are_named(make, tmp_path):
    company = make(tmp_path, actions=["email", "hypnosis"], **SMALL)
    assert company.summary.unknown_actions == ("hypnosis",)
    assert set(company.truth("actions")["action"]) == {"email"}


@pytest.mark.parametrize(("customers", "days"), [(10, 240), (60, 245)])
def test_tiny_companies_are_written_whole(make, tmp_path, customers, days):
    company = make(tmp_path, customers=customers, days=days)
    assert len(company.truth("as_of")) == company.summary.customers == customers
    assert all((company.root / "raw" / f"{name}.parquet").exists() for name in TABLES)
    assert set(company.raw("exits").columns) == set(TABLES["exits"].column_names)


def test_exits_use_reason_words(company):
    assert set(company.raw("exits")["reason"]) <= set(CAUSES)
