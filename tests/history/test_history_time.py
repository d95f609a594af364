"""What a history shows, and what it hides."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winback.errors import DataError
from winback.history import DAY_US, NO_TIME, History, instant_of, local_day_numbers


def stamp(text: str) -> int:
    return int(pd.Timestamp(text).value // 1000)


ORDERS = pd.DataFrame(
    {
        "order_id": ["1", "2", "3", "4"],
        "customer_id": ["b", "a", "a", "b"],
        "ordered_at": pd.to_datetime(["2024-01-05", "2024-01-01", "2024-02-01", "2024-03-01"]),
        "amount": [10.0, 20.0, -5.0, 0.0],
        "channel": ["web", None, "shop", "web"],
        "recorded_at": pd.to_datetime([None, None, "2024-02-20", "2024-02-01"]),
    }
)
TICKETS = pd.DataFrame(
    {
        "ticket_id": ["t1", "t2"],
        "customer_id": ["a", "a"],
        "opened_at": pd.to_datetime(["2024-01-10", "2024-02-10"]),
        "kind": ["complaint", "enquiry"],
        "first_response_at": pd.to_datetime(["2024-01-11", "2024-03-05"]),
        "resolved_at": pd.to_datetime(["2024-04-01", None]),
    }
)
DELIVERIES = pd.DataFrame(
    {
        "order_id": ["1", "2", "4"],
        "customer_id": ["b", "a", "b"],
        "promised_at": pd.to_datetime(["2024-01-10", "2024-01-08", "2024-12-01"]),
        "delivered_at": pd.to_datetime(["2024-01-20", None, "2024-03-02"]),
        "defective": pd.array([True, True, False], dtype="boolean"),
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "closed_at": pd.to_datetime(["2024-02-15", None, None]),
        "region": ["north", "south", None],
        "seats": [3.0, None, 1.0],
    }
)
TABLES = {"orders": ORDERS, "tickets": TICKETS, "deliveries": DELIVERIES, "customers": CUSTOMERS}


@pytest.fixture
def history(make_staging) -> History:
    return History.load(make_staging(TABLES))


def test_customers_and_codes(history: History) -> None:
    assert history.customer_ids.tolist() == ["a", "b", "c"]
    orders = history.events("orders")
    assert orders.customer.tolist() == [0, 0, 1, 1]
    assert orders.offsets.tolist() == [0, 2, 4, 4]
    assert orders.categories["channel"] == ("shop", "web")
    assert orders.columns["channel"].tolist() == [-1, 0, 1, 1]
    assert orders.code_of("channel", "web") == 1
    assert orders.code_of("channel", "phone") not in orders.columns["channel"]
    assert not orders.has("order_id"), "texts are not loaded unless asked for"


def test_text_columns_come_as_codes_when_asked_for(history: History) -> None:
    orders = history.events("orders", text=("order_id",))
    words = [orders.categories["order_id"][code] for code in orders.columns["order_id"]]
    assert words == ["2", "3", "1", "4"]


def test_a_fact_is_known_from_its_record_on_if_that_is_later(history: History) -> None:
    known = history.events("orders").known_at
    assert known.tolist() == [stamp(day) for day in ("2024-01-01", "2024-02-20", "2024-01-05", "2024-03-01")]


def test_purchases_are_orders_that_are_no_returns(history: History) -> None:
    assert history.purchases().columns["amount"].tolist() == [20.0, 10.0, 0.0]
    assert history.starts_at == stamp("2024-01-01")


@pytest.mark.parametrize(
    ("cutoff", "amounts"),
    [
        ("2024-01-05", [20.0]),
        ("2024-01-06", [20.0, 10.0]),
        ("2024-02-20", [20.0, 10.0]),
        ("2024-02-21", [20.0, -5.0, 10.0]),
    ],
)
def test_upto_shows_only_what_was_known_strictly_before(history: History, cutoff: str, amounts: list[float]) -> None:
    earlier = history.upto(stamp(cutoff))
    assert earlier.events("orders").columns["amount"].tolist() == amounts
    assert earlier.ends_at == stamp(cutoff)
    assert earlier.customer_ids.tolist() == history.customer_ids.tolist(), "codes stay what they are"


def test_upto_cannot_show_more(history: History) -> None:
    earlier = history.upto(stamp("2024-01-06"))
    assert earlier.upto(stamp("2024-05-01")).events("orders").columns["amount"].tolist() == [20.0, 10.0]


def test_fields_that_fill_in_later_are_unknown_until_they_happen(history: History) -> None:
    tickets = history.upto(stamp("2024-03-05")).events("tickets")
    assert tickets.columns["first_response_at"].tolist() == [stamp("2024-01-11"), NO_TIME], (
        "at the cutoff: not before it"
    )
    assert tickets.columns["resolved_at"].tolist() == [NO_TIME, NO_TIME]
    later = history.upto(stamp("2024-03-05") + 1).events("tickets")
    assert later.columns["first_response_at"].tolist() == [stamp("2024-01-11"), stamp("2024-03-05")]


def test_a_promise_is_known_with_its_day_or_with_the_delivery(history: History) -> None:
    deliveries = history.events("deliveries")
    assert deliveries.known_at.tolist() == [stamp(day) for day in ("2024-01-08", "2024-01-10", "2024-03-02")]
    early = history.upto(stamp("2024-01-15")).events("deliveries")
    assert early.columns["delivered_at"].tolist() == [NO_TIME, NO_TIME]


def test_what_a_delivery_was_like_is_unknown_before_it_came(history: History) -> None:
    assert np.isnan(history.events("deliveries").columns["defective"]).tolist() == [True, False, False]
    early = history.upto(stamp("2024-01-15")).events("deliveries")
    assert np.isnan(early.columns["defective"]).all()


def test_attributes(history: History) -> None:
    attributes = history.attributes()
    assert [attributes.categories["region"][code] for code in attributes.columns["region"][:2]] == ["north", "south"]
    assert attributes.columns["region"][2] == -1
    assert attributes.columns["seats"][0] == 3
    assert np.isnan(attributes.columns["seats"][1])
    assert attributes.columns["closed_at"].tolist() == [stamp("2024-02-15"), NO_TIME, NO_TIME]
    assert history.upto(stamp("2024-02-15")).attributes().columns["closed_at"].tolist() == [NO_TIME] * 3


def test_what_is_there(history: History, make_staging) -> None:
    assert history.has("orders", "channel")
    assert not history.has("orders", "margin")
    assert not history.has("surveys")
    with pytest.raises(KeyError, match="surveys"):
        history.events("surveys")
    alone = History.load(make_staging({"orders": ORDERS}, folder="alone"))
    assert not alone.attributes().columns


def test_items_happen_when_their_order_does(make_staging) -> None:
    items = pd.DataFrame(
        {"order_id": ["3", "1"], "product_id": ["p", "q"], "quantity": [1.0, 2.0], "unit_price": [5.0, 6.0]}
    )
    history = History.load(make_staging({"orders": ORDERS, "order_items": items}))
    lines = history.events("order_items")
    assert lines.at.tolist() == [stamp("2024-02-01"), stamp("2024-01-05")]
    assert lines.known_at.tolist() == [stamp("2024-02-20"), stamp("2024-01-05")]


def test_as_of_is_a_local_midnight(make_staging) -> None:
    folder = make_staging({"orders": ORDERS}, as_of="2024-06-01", timezone="Europe/Moscow")
    assert History.load(folder).ends_at == stamp("2024-05-31 21:00")
    assert History.load(folder, as_of=stamp("2024-02-01")).ends_at == stamp("2024-02-01")


def test_an_as_of_before_the_first_order_is_refused(make_staging) -> None:
    with pytest.raises(DataError, match="No order is known before 2023-01-01"):
        History.load(make_staging({"orders": ORDERS}, as_of="2023-01-01"))


def test_missing_staging_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No staged tables"):
        History.load(tmp_path / "nothing")


def test_staging_that_does_not_say_its_end_is_refused(make_staging) -> None:
    folder = make_staging({"orders": ORDERS})
    (folder / "summary.json").write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(DataError, match="as_of"):
        History.load(folder)


def test_unsorted_staging_is_refused(make_staging) -> None:
    folder = make_staging({"orders": ORDERS})
    table = pq.read_table(folder / "orders.parquet")
    pq.write_table(table.take(pa.array([3, 0, 1, 2])), folder / "orders.parquet")
    with pytest.raises(DataError, match="not sorted"):
        History.load(folder)


def test_days_follow_the_zone_across_a_change_of_clocks() -> None:
    # Berlin is at UTC+1 before and UTC+2 after the night of 2024-03-31
    for day in (date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1)):
        number = (day - date(1970, 1, 1)).days
        first = instant_of(day, "Europe/Berlin")
        assert local_day_numbers(np.array([first - 1, first]), "Europe/Berlin").tolist() == [number - 1, number]
    assert (
        instant_of(date(2024, 4, 1), "Europe/Berlin") - instant_of(date(2024, 3, 31), "Europe/Berlin")
        == DAY_US * 23 // 24
    )
