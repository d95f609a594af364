"""What a file may look like and still be read: separators, encodings, dates, decimals, folders, Parquet types."""

from __future__ import annotations

import decimal
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from winback.errors import DataError

HEADER = "order_id,customer_id,ordered_at,amount\n"


def staged_times(project, texts, params="", column="ordered_at", **options):
    """Stage one order per text and return what became of each, in order."""
    rows = [{"order_id": f"{i:03}", "customer_id": "a", column: text, "amount": "1"} for i, text in enumerate(texts)]
    project.write_rows("orders.csv", rows)
    project.prepare(params, **options)
    staged = project.staged("orders").set_index("order_id")["ordered_at"]
    return [staged.get(f"{i:03}") for i in range(len(texts))]


@pytest.mark.parametrize(
    ("delimiter", "encoding", "newline"),
    [
        (",", "utf-8", "\n"),
        (";", "utf-8", "\r\n"),
        ("\t", "utf-8", "\r"),
        ("|", "utf-8-sig", "\n"),
        (",", "utf-8-sig", "\r\n"),
        (";", "utf-8-sig", "\r"),
        ("\t", "utf-16", "\r\n"),
        (",", "utf-16", "\n"),
        (";", "utf-16", "\r"),
    ],
)
def test_separators_marks_and_ends_of_lines(project, delimiter, encoding, newline):
    lines = ["order_id,customer_id,ordered_at,amount", "1,Жук,2024-01-01,5", "2,Bär,2024-01-02,6"]
    text = newline.join(line.replace(",", delimiter) for line in lines)
    project.write("orders.csv", text.encode(encoding))
    report = project.prepare(bad=0.0)
    assert report.table("orders").rows_kept == 2
    assert project.staged("customer_index")["customer_id"].tolist() == ["Bär", "Жук"]


def test_quoted_header_behind_a_byte_order_mark(project):
    project.write("orders.csv", '\ufeff"order_id","customer_id","ordered_at","amount"\n"1","a","2024-01-01","5"\n')
    assert project.prepare(bad=0.0).table("orders").rows_kept == 1


def test_mixed_ends_of_lines(project):
    project.write(
        "orders.csv",
        "order_id,customer_id,ordered_at,amount\r\n1,a,2024-01-01,1\n2,a,2024-01-01,2\r\n3,b,2024-01-01,3\r",
    )
    report = project.prepare(bad=0.0)
    assert report.table("orders").rows_kept == 3
    assert set(project.staged("orders")["customer_id"]) == {"a", "b"}


def test_cp1251_when_it_is_said(project):
    text = "Номер;Клиент;Дата;Сумма\n1;Щукин;31.12.2023;1 234,50\n2;Ёлкин;01.01.2024 09:30;7\n"
    project.write("orders.csv", text.encode("cp1251"))
    report = project.prepare(
        "data: {tables: {orders: {encoding: cp1251, "
        "columns: {order_id: Номер, customer_id: Клиент, ordered_at: Дата, amount: Сумма}}}}"
    )
    staged = project.staged("orders").sort_values("order_id")
    assert staged["customer_id"].tolist() == ["Щукин", "Ёлкин"]
    assert staged["amount"].tolist() == [1234.5, 7.0]
    assert staged["ordered_at"].tolist() == [datetime(2023, 12, 31), datetime(2024, 1, 1, 9, 30)]
    assert report.table("orders").formats == {"ordered_at": "DD.MM.YYYY", "amount": "decimal comma"}


def test_quoted_line_breaks_and_delimiters(project):
    project.write("orders.csv", HEADER + '1,"a ""x"", b\nc",2024-01-01,5\n2,d,2024-01-01,5\n')
    assert project.prepare(bad=0.0).table("orders").rows_kept == 2
    assert project.staged("customer_index")["customer_id"].tolist() == ['a "x", b\nc', "d"]


def test_delimiter_that_is_said(project):
    project.write("orders.csv", HEADER.replace(",", "^") + "1^a^2024-01-01^5\n")
    assert project.prepare("data: {tables: {orders: {delimiter: '^'}}}").table("orders").rows_kept == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", datetime(2024, 3, 5)),
        ("2024-3-5", datetime(2024, 3, 5)),
        ("2024-03-05 07:08", datetime(2024, 3, 5, 7, 8)),
        ("2024-03-05T07:08:09.250", datetime(2024, 3, 5, 7, 8, 9, 250000)),
        ("2024-03-05T07:08:09.123456789", datetime(2024, 3, 5, 7, 8, 9, 123456)),
        ("2024-03-05T07:08:09Z", datetime(2024, 3, 5, 7, 8, 9)),
        ("2024-03-05 07:08:09 UTC", datetime(2024, 3, 5, 7, 8, 9)),
        ("2024-03-05 07:08:09+03:00", datetime(2024, 3, 5, 4, 8, 9)),
        ("2024-03-05 07:08:09.5-0530", datetime(2024, 3, 5, 12, 38, 9, 500000)),
        ("2024/03/05 7:08", datetime(2024, 3, 5, 7, 8)),
        ("2024.03.05", datetime(2024, 3, 5)),
        ("20240305", datetime(2024, 3, 5)),
        ("20240305070809", datetime(2024, 3, 5, 7, 8, 9)),
        ("05.03.2024", datetime(2024, 3, 5)),
        ("5.3.2024 7:08", datetime(2024, 3, 5, 7, 8)),
        ("05.03.2024, 07:08:09", datetime(2024, 3, 5, 7, 8, 9)),
        ("05.03.24", datetime(2024, 3, 5)),
        ("5 Mar 2024", datetime(2024, 3, 5)),
        ("05-MAR-2024 07:08:09", datetime(2024, 3, 5, 7, 8, 9)),
        ("25/3/2024 7:08", datetime(2024, 3, 25, 7, 8)),
        ("3/25/2024 7:08 PM", datetime(2024, 3, 25, 19, 8)),
        ("25-03-2024", datetime(2024, 3, 25)),
        ("\u00a02024-03-05 ", datetime(2024, 3, 5)),
    ],
)
def test_one_way_to_write_a_time(project, text, expected):
    assert staged_times(project, [text], bad=0.0) == [expected]


def test_three_ways_in_one_column(project):
    texts = ["2024-03-05 10:00", "06.03.2024", "20240307", "2024-03-08T12:00:00+02:00"]
    assert staged_times(project, texts, bad=0.0) == [
        datetime(2024, 3, 5, 10),
        datetime(2024, 3, 6),
        datetime(2024, 3, 7),
        datetime(2024, 3, 8, 10),
    ]
    assert "YYYYMMDD" in project.prepare().table("orders").formats["ordered_at"]


@pytest.mark.parametrize(
    ("clear", "expected"), [("13/01/2024", datetime(2024, 6, 5)), ("01/13/2024", datetime(2024, 5, 6))]
)
def test_one_clear_value_settles_day_and_month(project, clear, expected):
    assert staged_times(project, ["05/06/2024", clear], bad=0.0)[0] == expected


def test_a_column_written_both_ways_reads_only_what_is_clear(project):
    texts = ["13/01/2024"] * 60 + ["01/13/2024"] * 60 + ["05/06/2024", "05/05/2024"]
    times = staged_times(project, texts)
    assert times[:120] == [datetime(2024, 1, 13)] * 120
    assert times[120] is None
    assert times[121] == datetime(2024, 5, 5)


def test_one_slip_does_not_put_a_column_in_doubt(project):
    texts = ["13/01/2024"] * 99 + ["01/13/2024", "05/06/2024"]
    times = staged_times(project, texts)
    assert times[99] is None
    assert times[100] == datetime(2024, 6, 5)


def test_format_that_is_said(project):
    times = staged_times(
        project, ["05/06/2024", "2024-06-05"], "data: {max_bad_share: 1, tables: {orders: {date_format: '%m/%d/%Y'}}}"
    )
    assert times == [datetime(2024, 5, 6), None]


@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York", "Asia/Kolkata", "UTC"])
def test_local_times_become_utc(project, zone):
    texts = ["2011-03-05 00:30:00", "2011-07-05 23:30:00", "2024-01-01 12:00:00", "2024-07-01"]
    expected = [
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
        for text in texts
    ]
    assert staged_times(project, texts, f"data: {{timezone: {zone}, max_bad_share: 0}}") == expected


def test_hours_that_clocks_repeat_or_skip(project):
    texts = ["2024-10-27 02:30", "2024-03-31 02:30"]
    times = staged_times(project, texts, "data: {timezone: Europe/Berlin, max_bad_share: 0}")
    assert times == [datetime(2024, 10, 27, 1, 30), datetime(2024, 3, 31, 1, 30)]


def test_latest_as_of_is_the_day_after_the_last_order_where_the_company_is(project):
    texts = ["2024-05-05T22:30:00Z"]
    staged_times(project, texts, "data: {timezone: Europe/Moscow}")
    report = project.prepare("data: {timezone: Europe/Moscow}")
    assert report.as_of == "2024-05-07"
    assert report.rows()[0]["to"] == "2024-05-06"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "-2", "+3", "4e2", ".5", "6."], [1.5, -2, 3, 400, 0.5, 6]),
        (["1,5", "2", "1234,56"], [1.5, 2, 1234.56]),
        (["1.234,56", "1.234", "1.234.567"], [1234.56, 1234, 1234567]),
        (["1,234.56", "1,234", "1,234,567"], [1234.56, 1234, 1234567]),
        (["1 234,56", "1\u00a0234,5", "1\u202f234", "−7,25"], [1234.56, 1234.5, 1234, -7.25]),
        (["1'234.50", "2"], [1234.5, 2]),
        (["12,50 €", "€ 7,5", "100 руб.", "(3,10)"], [12.5, 7.5, 100, -3.1]),
        (["$1,234.50", "USD 3.25"], [1234.5, 3.25]),
        (["0,500", "1,250"], [0.5, 1.25]),
    ],
)
def test_ways_to_write_numbers(project, texts, expected):
    rows = [
        {"order_id": f"{i}", "customer_id": "a", "ordered_at": "2024-01-01", "amount": text}
        for i, text in enumerate(texts)
    ]
    project.write_rows("orders.csv", rows)
    project.prepare(bad=0.0)
    assert project.staged("orders")["amount"].tolist() == pytest.approx(expected)


def test_semicolons_say_that_the_comma_is_decimal(project):
    project.write("orders.csv", HEADER.replace(",", ";") + "1;a;2024-01-01;1,234\n")
    project.prepare(bad=0.0)
    assert project.staged("orders")["amount"].tolist() == [1.234]


@pytest.mark.parametrize(("sign", "expected"), [(".", [1234.0, None]), (",", [1.234, 1.5])])
def test_decimal_sign_that_is_said(project, sign, expected):
    project.write("orders.csv", HEADER + '1,a,2024-01-01,"1,234"\n2,a,2024-01-01,"1,5"\n')
    project.prepare(f"data: {{max_bad_share: 1, tables: {{orders: {{decimal: '{sign}'}}}}}}")
    staged = project.staged("orders").set_index("order_id")["amount"]
    assert [staged.get(order) for order in ("1", "2")] == expected


def test_said_decimal_comma_reads_points_as_thousands(project):
    project.write("orders.csv", HEADER + "1,a,2024-01-01,1.234\n")
    project.prepare("data: {tables: {orders: {decimal: ','}}}")
    assert project.staged("orders")["amount"].tolist() == [1234.0]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("1", True),
        ("YES", True),
        ("да", True),
        ("True", True),
        ("0.0", False),
        ("N", False),
        ("нет", False),
        ("", None),
    ],
)
def test_booleans(shop, word, expected):
    shop.write("customers.csv", f"customer_id,do_not_contact\nc1,{word}\n")
    shop.prepare(bad=0.0)
    staged = shop.staged("customers").set_index("customer_id")["do_not_contact"]["c1"]
    assert (None if pd.isna(staged) else bool(staged)) is expected


def test_words_for_nothing_are_nothing(shop):
    shop.write(
        "surveys.csv",
        "customer_id,answered_at,nps,wants\nc1,2024-01-01,NA,\nc2,2024-01-01,n/a,NULL\nc3,2024-01-01,,Price \n",
    )
    assert shop.prepare(bad=0.0).table("surveys").rows_kept == 3
    staged = shop.staged("surveys")
    assert staged["nps"].isna().all()
    assert staged["wants"].tolist()[2] == "price"


def test_region_na_is_a_region(shop):
    shop.write("customers.csv", "customer_id,region\nc1,NA\n")
    shop.prepare()
    assert shop.staged("customers").set_index("customer_id")["region"]["c1"] == "NA"


def test_identifiers_keep_zeros_and_lose_the_spreadsheets_point(project):
    project.write(
        "orders.csv", HEADER + "1.0,007,2024-01-01,1\n0002, 7 ,2024-01-01,1\n3,7.0,2024-01-01,1\n4,7.10,2024-01-01,1\n"
    )
    project.prepare(bad=0.0)
    assert project.staged("customer_index")["customer_id"].tolist() == ["007", "7", "7.10"]
    assert set(project.staged("orders")["order_id"]) == {"1", "0002", "3", "4"}


def test_parquet_types(project):
    frame = pd.DataFrame(
        {
            "order_id": pd.Series([1, 2, 3], dtype="int32"),
            "customer_id": [1001.0, 1001.0, 1002.0],
            "ordered_at": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)],
            "amount": [decimal.Decimal("1.50"), decimal.Decimal("2.25"), decimal.Decimal("3.00")],
            "margin": pd.Series([1, 2, None], dtype="Int64"),
            "recorded_at": pd.to_datetime(["2024-01-01T10:00+03:00", "2024-01-02T10:00+03:00", None], utc=True),
            "channel": pd.Categorical(["web", "shop", None]),
        }
    )
    project.write_parquet("orders.parquet", frame)
    project.prepare("data: {timezone: Europe/Moscow, max_bad_share: 0}")
    staged = project.staged("orders").sort_values("order_id")
    assert staged["customer_id"].tolist() == ["1001", "1001", "1002"]
    assert staged["ordered_at"].tolist()[0] == datetime(2023, 12, 31, 21)
    assert staged["amount"].tolist() == [1.5, 2.25, 3.0]
    assert staged["recorded_at"].tolist()[0] == datetime(2024, 1, 1, 7)
    assert staged["margin"].isna().tolist() == [False, False, True]


def test_parquet_with_text_in_every_column(project):
    frame = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["05.03.2024"], "amount": ["1,5"]})
    project.write_parquet("orders.parquet", frame)
    project.prepare(bad=0.0)
    assert project.staged("orders")["amount"].tolist() == [1.5]


def test_parquet_with_dates_as_whole_numbers(project):
    frame = pd.DataFrame({"order_id": [1], "customer_id": [1], "ordered_at": [20240305], "amount": [2]})
    project.write_parquet("orders.parquet", frame)
    project.prepare(bad=0.0)
    assert project.staged("orders")["ordered_at"].tolist() == [datetime(2024, 3, 5)]


def test_parquet_nan_in_a_needed_column_is_missing(project):
    frame = pd.DataFrame(
        {
            "order_id": [1, 2],
            "customer_id": [1, 1],
            "ordered_at": pd.to_datetime(["2024-01-01"] * 2),
            "amount": [1, float("nan")],
        }
    )
    project.write_parquet("orders.parquet", frame)
    project.prepare()
    assert project.quarantine() == [("orders", 2, "amount", "missing", None)]


def test_folder_of_files_with_other_column_orders_formats_and_kinds(project):
    project.write("orders/2023.csv", HEADER + "1,a,2023-05-06,1.5\n")
    project.write("orders/2024.csv", "amount;extra;ORDER_ID;Customer_Id;ordered_at;margin\n2,5;x;2;b;06.05.2024;1,5\n")
    project.write_parquet(
        "orders/2025.parquet",
        pd.DataFrame(
            {"ordered_at": pd.to_datetime(["2024-07-08"]), "amount": [3], "customer_id": [7], "order_id": [3]}
        ),
    )
    project.write("orders/empty.csv", "")
    project.write("orders/header.csv", HEADER)
    project.write("orders/notes.md", "not a table")
    report = project.prepare(bad=0.0)
    found = report.table("orders")
    assert (found.rows_kept, len(found.files)) == (3, 5)
    assert found.unused == ("extra",)
    staged = project.staged("orders").sort_values("order_id")
    assert staged["customer_id"].tolist() == ["a", "b", "7"]
    assert staged["amount"].tolist() == [1.5, 2.5, 3.0]
    assert staged["margin"].isna().tolist() == [True, False, True]
    assert {"id": "data-note-empty", "table": "orders", "file": "data/raw/orders/empty.csv"} in report.notes


def test_quarantine_names_file_and_row_of_a_folder(project):
    project.write("orders/a.csv", HEADER + "1,a,2023-05-06,1.5\n2,a,2023-05-06,x\n")
    project.write("orders/b.csv", HEADER + "3,a,2023-05-06,y\n")
    project.prepare()
    frame = pd.read_parquet(project.root / "data/quarantine/quarantine.parquet")
    assert frame[["file", "row", "value"]].to_numpy().tolist() == [
        ["data/raw/orders/a.csv", 3, "x"],
        ["data/raw/orders/b.csv", 2, "y"],
    ]


def test_file_elsewhere_and_names_that_differ(project, tmp_path):
    (project.root / "elsewhere").mkdir()
    (project.root / "elsewhere/sales 2024.txt").write_text("Nr\tKunde\tDatum\tBetrag\n1\ta\t2024-01-01\t5\n")
    report = project.prepare(
        "data: {tables: {orders: {path: 'elsewhere/sales 2024.txt', "
        "columns: {order_id: Nr, customer_id: kunde, ordered_at: Datum, amount: Betrag}}}}"
    )
    assert report.table("orders").files == ("elsewhere/sales 2024.txt",)
    assert report.table("orders").rows_kept == 1


def test_constants_stand_for_columns_that_are_not_there(shop):
    shop.write("contacts.csv", "customer_id,contacted_at\nc1,2024-01-01\n")
    shop.prepare("data: {tables: {contacts: {constants: {channel: mail, answered: false}}}}")
    staged = shop.staged("contacts")
    assert (staged["channel"].tolist(), staged["answered"].tolist()) == (["mail"], [False])


def test_further_columns_of_customers_are_kept_with_their_type(shop):
    shop.write(
        "customers.csv",
        "customer_id,size,zip,note,Region,customer\nc1,10,00123,big one,north,x\nc2,2.5,11111,,south,y\n",
    )
    report = shop.prepare()
    staged = shop.staged("customers").set_index("customer_id")
    assert staged.loc["c1", ["size", "zip", "note", "region"]].tolist() == [10.0, "00123", "big one", "north"]
    assert len(staged) == 7
    assert staged.index.tolist() == sorted(staged.index)
    assert (report.table("customers").extra, report.table("customers").unused) == (
        ("size", "zip", "note"),
        ("customer",),
    )


def test_optional_tables_without_rows_are_absent_and_said_once(shop):
    shop.write("tickets.csv", "ticket_id,customer_id,opened_at,kind\n")
    shop.write("surveys.csv", "")
    report = shop.prepare()
    assert {"tickets", "surveys"} <= set(report.absent)
    assert not (shop.root / "data/staging/tickets.parquet").exists()
    assert sum("tickets" in str(note) for note in report.notes) <= 2


def test_folder_of_an_optional_table_without_files(shop):
    (shop.root / "data/raw/tickets").mkdir()
    with pytest.raises(DataError, match=r"tickets.*no CSV or Parquet file"):
        shop.prepare()


def test_columns_named_like_our_own(shop):
    shop.write(
        "customers.csv", "customer_id,source,rid,mask,rowid,t_region,region,from,Select\nc1,ad,1,2,3,x,north,y,z\n"
    )
    report = shop.prepare(bad=0.0)
    staged = shop.staged("customers").set_index("customer_id").loc["c1"]
    assert staged.tolist()[1:] == ["north", "ad", 1.0, 2.0, 3.0, "x", "y", "z"]
    assert report.table("customers").extra == ("source", "rid", "mask", "rowid", "t_region", "from", "Select")


def test_one_further_column_spelled_in_two_ways(shop):
    shop.write("customers/a.csv", "customer_id,Size\nc1,big\n")
    shop.write("customers/b.csv", "size,customer_id\nsmall,c2\n")
    report = shop.prepare(bad=0.0)
    assert report.table("customers").extra == ("Size",)
    assert shop.staged("customers")["Size"].tolist()[1:3] == ["big", "small"]


@pytest.mark.parametrize("name", ["it's [2024] *?.csv", "ü;,.csv", "a b.parquet"])
def test_file_names_are_no_patterns(project, name):
    if name.endswith("csv"):
        project.write(name, HEADER + "1,a,2024-01-01,5\n")
    else:
        project.write_parquet(
            name, pd.DataFrame({"order_id": [1], "customer_id": [1], "ordered_at": ["2024-01-01"], "amount": [1]})
        )
    project.write("it's 2 x.csv", "no")
    said = "data/raw/" + name.replace("'", "''")
    report = project.prepare(f"data: {{max_bad_share: 0, tables: {{orders: {{path: '{said}'}}}}}}")
    assert report.table("orders").files == (f"data/raw/{name}",)
    assert report.table("orders").rows_kept == 1


def test_two_digit_years_with_slashes(project):
    times = staged_times(project, ["3/25/24 19:08", "3/5/99"], bad=0.0)
    assert times == [datetime(2024, 3, 25, 19, 8), datetime(1999, 3, 5)]
    assert project.prepare().table("orders").formats["ordered_at"] == "M/D/YY"


def test_constants_may_add_columns_of_customers(shop):
    shop.write("customers.csv", "customer_id\nc1\n")
    shop.prepare("data: {tables: {customers: {constants: {country: DE, has_email: true}}}}")
    staged = shop.staged("customers").set_index("customer_id").loc["c1"]
    assert (staged["country"], staged["has_email"]) == ("DE", True)
