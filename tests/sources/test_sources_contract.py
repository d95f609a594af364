"""What staging promises to its readers."""

from __future__ import annotations

import json
from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winback.settings import parse_settings, restrict
from winback.sources import StagingReport, prepare_sources, raw_digest
from winback.tables import TABLES

SAMPLE = {
    "order_items": "order_id,product_id,quantity,unit_price\no2,p1,2,3.5\no1,p2,1,4\no1,p1,1,4\n",
    "customers": "customer_id,registered_at,region,has_email\nc1,2020-01-01,north,1\nzz,2021-01-01,south,0\n",
    "tickets": "ticket_id,customer_id,opened_at,kind,topic\nt1,c1,2024-01-02 10:00,Complaint,PRICE\n",
    "deliveries": "order_id,customer_id,promised_at,delivered_at,defective\no1,c1,2024-08-01,,0\n",
    "surveys": "customer_id,answered_at,nps,wants\nc1,2024-01-02,7,price\n",
    "contacts": "customer_id,contacted_at,channel,answered\nc1,2024-01-02,phone,yes\n",
    "managers": "customer_id,manager_id,assigned_at\nc1,m1,2024-01-02\n",
    "activities": "customer_id,occurred_at,kind\nc1,2024-01-02,visit\n",
    "exits": "customer_id,recorded_at,reason\nc1,2024-01-02,price\n",
    "offers": "cycle,customer_id,action,offered_at,arm,cost\n2024-01-01,c1,gift,2024-01-02,treated,5\n",
}


@pytest.fixture
def full(shop):
    for table, text in SAMPLE.items():
        shop.write(f"{table}.csv", text)
    return shop


def test_the_sample_has_every_table():
    assert {*SAMPLE, "orders"} == set(TABLES)


@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_is_staged_with_the_types_of_the_contract(full, table):
    full.prepare(bad=0.0)
    schema = pq.read_schema(full.root / f"data/staging/{table}.parquet")
    assert schema.names[0] == "customer"
    assert schema.field("customer").type == pa.int32()
    types = {
        "text": pa.string(),
        "category": pa.string(),
        "number": pa.float64(),
        "integer": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
    }
    for name in schema.names[1:]:
        column = TABLES["orders"].column(name) if table == "order_items" and name == "ordered_at" else None
        column = column or TABLES[table].column(name)
        assert schema.field(name).type == types[column.kind], name


@pytest.mark.parametrize("table", list(TABLES))
def test_codes_are_places_in_the_sorted_index_and_rows_are_sorted(full, table):
    full.prepare(bad=0.0)
    index = full.staged("customer_index")
    assert index["customer"].tolist() == list(range(len(index)))
    assert index["customer_id"].tolist() == sorted(index["customer_id"])
    assert {"zz", "c1"} <= set(index["customer_id"])
    staged = full.staged(table)
    assert staged["customer"].is_monotonic_increasing
    time = TABLES[table].time or ("ordered_at" if table == "order_items" else "")
    if time:
        assert all(group[time].is_monotonic_increasing for _, group in staged.groupby("customer"))
    if "customer_id" in staged:
        assert (index["customer_id"].to_numpy()[staged["customer"]] == staged["customer_id"]).all()


def test_items_take_customer_and_time_from_their_order(full):
    full.prepare(bad=0.0)
    items, orders = full.staged("order_items"), full.staged("orders").set_index("order_id")
    assert len(items) == 3
    for row in items.itertuples():
        order = orders.loc[row.order_id]
        assert (row.customer, row.ordered_at) == (order["customer"], order["ordered_at"])


def test_values_with_choices_are_lower_case(full):
    full.prepare(bad=0.0)
    ticket = full.staged("tickets").iloc[0]
    assert (ticket["kind"], ticket["topic"]) == ("complaint", "price")


def test_facts_after_as_of_stay_and_are_named(full):
    report = full.prepare(as_of=date(2024, 4, 1), bad=0.0)
    late = [entry for entry in full.quarantine() if entry[3] == "after_as_of"]
    assert len(late) == 30
    assert report.table("orders").rows_kept == 60
    assert report.table("orders").rows_bad == 0
    assert [rule.counted for rule in report.table("orders").rules] == [False]
    assert {"id": "data-note-late", "table": "orders", "count": 30, "on": "2024-04-01"} in report.notes


def test_plans_may_lie_after_as_of(full):
    report = full.prepare(bad=0.0)
    assert report.as_of < "2024-08-01"
    assert full.staged("deliveries")["promised_at"].tolist() == [datetime(2024, 8, 1)]
    assert full.quarantine() == []


def test_explicit_as_of_moves_the_future(project):
    project.write("orders.csv", "order_id,customer_id,ordered_at,amount\n1,a,2024-01-01,1\n2,a,2031-01-01,1\n")
    assert project.prepare(as_of=date(2031, 6, 1)).table("orders").rows_kept == 2
    assert project.prepare().table("orders").rows_kept == 1
    assert project.prepare("run: {as_of: 2031-06-01}\n").as_of == "2031-06-01"


def test_today_counts_as_past(project):
    project.write("orders.csv", "order_id,customer_id,ordered_at,amount\n1,a,2025-01-01 23:59:59,1\n2,a,2025-01-02,1\n")
    report = project.prepare(today=date(2025, 1, 1))
    assert (report.table("orders").rows_kept, report.as_of) == (1, "2025-01-02")


def test_summary_is_the_report(full):
    report = full.prepare(bad=0.0)
    content = json.loads((full.root / "data/staging/summary.json").read_text())
    assert StagingReport.from_json(content) == report
    assert content["as_of"] == "2024-06-19"
    assert set(content["digests"]) == {f"data/raw/{table}.csv" for table in TABLES}


def test_rows_tell_each_table(full):
    rows = full.prepare(bad=0.0).rows()
    assert [row["table"] for row in rows] == list(TABLES)
    assert rows[0] | {"missing": ""} == {
        "table": "orders",
        "files": "data/raw/orders.csv",
        "read": 60,
        "kept": 60,
        "bad": 0,
        "worst": "",
        "from": "2024-01-10",
        "to": "2024-06-18",
        "customers": 7,
        "missing": "",
    }


def test_digests_change_with_the_files_only(full):
    settings = parse_settings("", root=full.root)
    before = raw_digest(settings)
    full.prepare()
    assert raw_digest(settings) == before
    full.write("exits.csv", SAMPLE["exits"] + "c2,2024-01-02,price\n")
    changed = {path for path, digest in raw_digest(settings).items() if digest != before[path]}
    assert changed == {"data/raw/exits.csv"}


def test_raw_files_and_other_folders_are_left_alone(full):
    before = {path: path.read_bytes() for path in (full.root / "data/raw").iterdir()}
    full.prepare()
    assert {path: path.read_bytes() for path in (full.root / "data/raw").iterdir()} == before
    assert full.names() == ["quarantine", "raw", "staging"]


def test_same_input_same_bytes_whatever_the_threads(full):
    def staged(params):
        full.prepare(params)
        return {path.name: path.read_bytes() for path in (full.root / "data/staging").iterdir()}

    first = staged("run: {threads: 1, memory_limit: 500MB}\n")
    assert staged("run: {threads: 2}\n") == first


def test_only_its_own_settings_are_read(full):
    settings = restrict(parse_settings("", root=full.root), ["run.as_of", "data"])
    assert prepare_sources(settings, today=date(2025, 1, 1)).table("orders").rows_kept == 60


def test_steps_are_told(full):
    steps = []

    class Listener:
        def step(self, what):
            steps.append(what)

    prepare_sources(parse_settings("", root=full.root), progress=Listener(), today=date(2025, 1, 1))
    assert steps[0] == "reading orders"
    assert "writing order_items" in steps


def test_quarantine_has_its_columns_even_when_empty(shop):
    shop.prepare()
    frame = pd.read_csv(shop.root / "data/quarantine/quarantine.csv")
    assert frame.columns.tolist() == ["table", "file", "row", "column", "rule", "value"]
    assert frame.empty
