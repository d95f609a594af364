"""Public purchase histories, mapped as a user would map them; skipped where they are not beside the repository."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from winback.settings import parse_settings
from winback.sources import prepare_sources

DATA = Path(__file__).resolve().parents[3] / "shared/data"
pytestmark = pytest.mark.public_data


def staged(tmp_path, name, params):
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the public data set {name!r} is not at ../shared/data/{name}")
    settings = parse_settings(params.replace("DIR", str(folder)), root=tmp_path)
    return prepare_sources(settings), pd.read_parquet(tmp_path / "data/staging/orders.parquet")


def test_cdnow(tmp_path):
    report, orders = staged(
        tmp_path,
        "cdnow",
        "data: {max_bad_share: 0, tables: {orders: {path: DIR/orders.parquet, columns: {ordered_at: order_ts}}, "
        "customers: {path: DIR/customers.parquet, columns: {registered_at: first_order}}}}",
    )
    assert (report.customers, report.as_of, len(orders)) == (23_570, "1998-07-01", 69_659)
    assert round(orders["amount"].sum(), 2) == 2_500_315.63
    assert report.table("orders").unused == ("quantity",)


def test_complete_journey_with_contacts(tmp_path):
    report, orders = staged(
        tmp_path,
        "completejourney",
        "data: {max_bad_share: 0, timezone: America/New_York, tables: {"
        "orders: {path: DIR/orders.parquet, columns: {ordered_at: order_ts, discount: retail_disc}}, "
        "customers: {path: DIR/customers.parquet}, "
        "contacts: {path: DIR/contacts.parquet, columns: {contacted_at: contact_ts}, constants: {channel: mail}}}}",
    )
    assert (report.customers, len(orders)) == (2469, 155_848)
    assert report.table("contacts").rows_kept == 6589
    assert "household_size" in report.table("customers").extra
    source = pd.read_parquet(DATA / "completejourney/orders.parquet")
    local = source["order_ts"].dt.tz_localize("America/New_York", ambiguous=False, nonexistent=pd.Timedelta(hours=1))
    expected = local.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    mine = orders.assign(order_id=orders["order_id"].astype("int64")).set_index("order_id")["ordered_at"]
    difference = (mine.loc[source["order_id"]].to_numpy() != expected.to_numpy()).sum()
    assert difference == 0


def test_debruyn(tmp_path):
    report, orders = staged(
        tmp_path,
        "debruyn",
        "data: {max_bad_share: 0, tables: {orders: {path: DIR/orders.parquet, columns: {ordered_at: order_ts}}}}",
    )
    assert (report.customers, len(orders), report.as_of) == (18_417, 51_243, "2016-01-01")


def test_cdnow_as_csv_with_compact_dates(tmp_path):
    source = DATA / "cdnow/CDNOW_master.txt"
    if not source.is_file():
        pytest.skip("the public data set 'cdnow' is not at ../shared/data/cdnow")
    lines = source.read_text().splitlines()
    rows = [",".join([str(i), *line.split()]) for i, line in enumerate(lines[1:]) if line.strip()]
    raw = tmp_path / "data/raw"
    raw.mkdir(parents=True)
    (raw / "orders.csv").write_text("nr,customer_id,date,number_of_cds,dollar_value\n" + "\n".join(rows) + "\n")
    params = "data: {tables: {orders: {columns: {order_id: nr, ordered_at: date, amount: dollar_value}}}}"
    report = prepare_sources(parse_settings(params, root=tmp_path))
    orders = pd.read_parquet(tmp_path / "data/staging/orders.parquet")
    assert (report.customers, round(orders["amount"].sum(), 2)) == (23_570, 2_500_315.63)
    assert report.table("orders").formats == {"ordered_at": "YYYYMMDD"}
