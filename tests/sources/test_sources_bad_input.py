"""Every kind of bad input ends in a clear refusal, or in a quarantined row that is counted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from winback.errors import DataError, SettingsError

HEADER = "order_id,customer_id,ordered_at,amount\n"


def refused(project, params="", **options) -> str:
    with pytest.raises(DataError) as caught:
        project.prepare(params, **options)
    assert caught.value.exit_code == 3
    assert not (project.root / "data/staging").exists()
    leftovers = [name for name in project.names() if name.startswith(".")] if (project.root / "data").exists() else []
    assert leftovers == []
    return str(caught.value)


def test_no_folder_at_all(project):
    message = refused(project)
    assert "data/raw is not there" in message
    assert "data/raw/<table>.csv" in message


def test_missing_orders_names_what_is_there(project):
    project.write("sales.csv", HEADER)
    message = refused(project)
    assert "no orders in data/raw" in message
    assert "sales.csv" in message


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", HEADER, HEADER + "\n\n", HEADER + ",,,\n"])
def test_empty_orders(project, content):
    project.write("orders.csv", content)
    message = refused(project)
    assert "orders" in message
    assert "no rows" in message or "no good order" in message


def test_two_sources_of_one_table(shop):
    shop.write_parquet("orders.parquet", pd.DataFrame({"order_id": ["1"]}))
    assert "two sources: data/raw/orders.csv and data/raw/orders.parquet" in refused(shop)


def test_configured_path_that_is_not_there(shop):
    message = refused(shop, "data: {tables: {tickets: {path: data/raw/order.csv}}}")
    assert "data.tables.tickets.path: no file or folder at" in message
    assert "did you mean 'orders.csv'?" in message


def test_folder_without_tables(project):
    (project.root / "data/raw/orders").mkdir(parents=True)
    assert "holds no CSV or Parquet file" in refused(project)


@pytest.mark.parametrize("name", ["orders.csv", "orders.parquet"])
@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 40, b"PK\x03\x04\x14\x00\x00\x00xl/workbook", b"\x89PNG\r\n\x1a\n\x00"]
)
def test_binary_file(project, name, content):
    project.write(name, content)
    message = refused(project)
    assert f"data/raw/{name}" in message
    assert "no table" in message or "cannot be read" in message


def test_quote_in_the_header_that_is_never_closed(project):
    project.write("orders.csv", '"order_id,customer_id\n' + "x,y,z\n" * 100_000)
    assert "its first line cannot be split" in refused(project)


def test_text_that_is_no_table(project):
    project.write("orders.csv", "Dear colleagues,\nplease find the orders attached.\n")
    message = refused(project)
    for column in ("order_id", "customer_id", "ordered_at", "amount"):
        assert f"no column '{column}'" in message
    assert "columns found: Dear colleagues" in message


def test_unknown_suffix(shop):
    shop.write("deals.xlsx", "x")
    assert "deals.xlsx: unknown kind of file" in refused(shop, "data: {tables: {tickets: {path: data/raw/deals.xlsx}}}")


def test_columns_that_cannot_be_mapped_are_all_told_with_near_names(project):
    project.write("orders.csv", "OrderNo,customer,order_date,total\n1,2,2024-01-01,3\n")
    project.write("surveys.csv", "client,answered_at\n1,2024-01-01\n")
    message = refused(project)
    assert "no column 'customer_id' (perhaps 'customer')" in message
    assert "no column 'ordered_at' (perhaps 'order_date'" in message
    assert "no column 'amount'" in message
    assert "columns found: OrderNo, customer, order_date, total" in message
    assert "surveys in data/raw/surveys.csv: no column 'customer_id'" in message
    assert "params.yaml" in message


def test_mapping_to_a_column_that_is_not_there(shop):
    message = refused(shop, "data: {tables: {orders: {columns: {margin: ammount}}}}")
    assert "no column 'ammount' (for margin) (perhaps 'amount')" in message


def test_needed_column_twice(project):
    project.write("orders.csv", "order_id,customer_id,ordered_at,amount,amount\n1,2,2024-01-01,3,4\n")
    assert "the column 'amount' stands 2 times" in refused(project)


def test_unneeded_column_twice_is_harmless(project):
    project.write("orders.csv", "order_id,customer_id,ordered_at,amount,x,x\n1,2,2024-01-01,3,4,5\n")
    assert project.prepare().table("orders").rows_kept == 1


@pytest.mark.parametrize("day", ["2023-01-01", "2024-01-10"])
def test_as_of_before_the_first_order(shop, day):
    assert "lies before the first order (2024-01-10)" in refused(shop, as_of=date.fromisoformat(day))


def test_as_of_one_day_after_the_first_order(shop):
    report = shop.prepare(as_of=date(2024, 1, 11))
    assert report.as_of == "2024-01-11"


def test_too_many_bad_rows_show_rules_and_examples_and_leave_a_quarantine(shop):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write("x1,c1,2024-01-01,lots\nx2,c1,2024-01-01,many\n,c1,2024-01-01,1\n")
    message = refused(shop, bad=0.04)
    assert "orders: 3 of 63 rows (4.8%)" in message
    assert "amount unreadable in 2 rows, first data/raw/orders.csv row 62: 'lots'" in message
    assert len(shop.quarantine()) == 3
    assert (shop.root / "data/quarantine/quarantine.csv").exists()
    assert shop.prepare(bad=0.05).table("orders").rows_bad == 3


def test_a_refused_run_leaves_the_staging_of_the_run_before(shop):
    shop.prepare()
    before = shop.staged("orders")
    shop.write("orders.csv", HEADER + "1,2,never,3\n")
    with pytest.raises(DataError):
        shop.prepare(bad=0.02)
    assert shop.staged("orders").equals(before)


def test_all_orders_bad_with_everything_allowed(project):
    project.write("orders.csv", HEADER + "1,a,never,3\n")
    assert "has no good order among 1 rows" in refused(project, bad=1.0)


def test_one_customer(project):
    project.write("orders.csv", HEADER + "1,a,2024-01-01,3\n")
    report = project.prepare()
    assert (report.customers, report.as_of) == (1, "2024-01-02")
    assert project.staged("customer_index").to_dict("records") == [{"customer": 0, "customer_id": "a"}]


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("n1,c1,1900-01-01,5", "ordered_at", "before_1990"),
        ("n1,c1,2025-01-02,5", "ordered_at", "in_future"),
        ("n1,c1,9999-12-31,5", "ordered_at", "in_future"),
        ("n1,c1,infinity,5", "ordered_at", "unreadable"),
        ("n1,c1,epoch,5", "ordered_at", "unreadable"),
        ("n1,c1,2024-02-30,5", "ordered_at", "unreadable"),
        ("n1,c1,45292,5", "ordered_at", "unreadable"),
        ("n1,c1,,5", "ordered_at", "missing"),
        ("n1,c1,NaT,5", "ordered_at", "missing"),
        ("n1,,2024-01-01,5", "customer_id", "missing"),
        ("n1,NULL,2024-01-01,5", "customer_id", "missing"),
        ("n1,   ,2024-01-01,5", "customer_id", "missing"),
        (",c1,2024-01-01,5", "order_id", "missing"),
        ("n1,c1,2024-01-01,", "amount", "missing"),
        ("n1,c1,2024-01-01,five", "amount", "unreadable"),
        ("n1,c1,2024-01-01,inf", "amount", "unreadable"),
        ("n1,c1,2024-01-01,1e999", "amount", "unreadable"),
        ("n1,c1,2024-01-01,0x10", "amount", "unreadable"),
        ("n1,c1,2024-01-01", "", "too_few_cells"),
        ("n1,c1,2024-01-01,5,6", "", "too_many_cells"),
        ("n1,c\x001,2024-01-01,5", "customer_id", "unreadable"),
        ('n1,"c1" x,2024-01-01,5', "", "broken_quotes"),
        ("o5,c1,2024-01-02,5", "order_id", "repeated_key"),
    ],
)
def test_one_bad_order(shop, row, column, rule):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write(row + "\n")
    report = shop.prepare(bad=0.02).table("orders")
    assert (report.rows_read, report.rows_kept, report.rows_bad) == (61, 60, 1)
    ((table, line, found_column, found_rule, _),) = shop.quarantine()
    assert (table, found_column, found_rule) == ("orders", column, rule)
    assert line == 62 or rule == "repeated_key"
    assert "n1" not in set(shop.staged("orders")["order_id"])


@pytest.mark.parametrize(
    ("table", "header", "row", "column", "rule"),
    [
        ("surveys", "customer_id,answered_at,nps,wants", "c1,2024-01-01,14,price", "nps", "above_maximum"),
        ("surveys", "customer_id,answered_at,nps,wants", "c1,2024-01-01,-1,price", "nps", "below_minimum"),
        ("surveys", "customer_id,answered_at,nps,wants", "c1,2024-01-01,7.5,price", "nps", "not_whole"),
        ("surveys", "customer_id,answered_at,nps,wants", "c1,2024-01-01,7,peace", "wants", "not_allowed"),
        ("order_items", "order_id,product_id,quantity,unit_price", "o1,p,-1,5", "quantity", "below_minimum"),
        ("order_items", "order_id,product_id,quantity,unit_price", "o1,p,1,-5", "unit_price", "below_minimum"),
        ("order_items", "order_id,product_id,quantity,unit_price", "zz,p,1,5", "order_id", "unknown_order"),
        ("deliveries", "order_id,customer_id,promised_at", "o1,,2024-01-15", "customer_id", "missing"),
        ("deliveries", "order_id,customer_id,promised_at", "zz,c1,2024-01-15", "order_id", "unknown_order"),
        (
            "deliveries",
            "order_id,customer_id,promised_at,delivered_at",
            "o5,c5,2024-06-20,2024-06-14",
            "delivered_at",
            "before_ordered_at",
        ),
        (
            "deliveries",
            "order_id,customer_id,promised_at,delivered_at",
            "o5,c5,2024-06-20,2025-03-01",
            "delivered_at",
            "in_future",
        ),
        ("deliveries", "order_id,customer_id,promised_at", "o5,c5,2055-06-20", "promised_at", "in_future"),
        (
            "tickets",
            "ticket_id,customer_id,opened_at,kind,first_response_at",
            "t,c1,2024-03-05 10:00,enquiry,2024-03-05 09:59",
            "first_response_at",
            "before_opened_at",
        ),
        (
            "tickets",
            "ticket_id,customer_id,opened_at,kind,resolved_at",
            "t,c1,2024-03-05 10:00,enquiry,2024-03-04",
            "resolved_at",
            "before_opened_at",
        ),
        ("tickets", "ticket_id,customer_id,opened_at,kind", "t,c1,2024-03-05,shouting", "kind", "not_allowed"),
        (
            "contacts",
            "customer_id,contacted_at,channel,answered",
            "c1,2024-03-05,phone,maybe",
            "answered",
            "unreadable",
        ),
        ("offers", "cycle,customer_id,action,offered_at,arm", "x,c1,gift,2024-03-05,both", "arm", "not_allowed"),
        (
            "offers",
            "cycle,customer_id,action,offered_at,arm,propensity",
            "x,c1,gift,2024-03-05,treated,1.5",
            "propensity",
            "above_maximum",
        ),
    ],
)
def test_one_bad_fact(shop, table, header, row, column, rule):
    shop.write(f"{table}.csv", f"{header}\n{row}\n")
    report = shop.prepare().table(table)
    assert (report.rows_read, report.rows_kept, report.rows_bad) == (1, 0, 1)
    assert [(entry[0], entry[1], entry[2], entry[3]) for entry in shop.quarantine()] == [(table, 2, column, rule)]
    assert report.rules[0].rows == 1


def test_a_day_without_a_clock_is_not_before_an_hour_of_it(shop):
    shop.write(
        "tickets.csv",
        "ticket_id,customer_id,opened_at,kind,resolved_at\nt,c1,2024-03-05 10:00,enquiry,2024-03-05\n",
    )
    shop.write("orders.csv", "order_id,customer_id,ordered_at,amount\n1,c1,2024-03-05 22:00,5\n")
    shop.write("deliveries.csv", "order_id,customer_id,promised_at,delivered_at\n1,c1,2024-03-06,2024-03-05\n")
    # east of Greenwich, midnight is the evening of the day before in UTC
    report = shop.prepare("data: {timezone: Asia/Vladivostok, max_bad_share: 0}")
    assert report.table("tickets").rows_kept == report.table("deliveries").rows_kept == 1


def test_every_fault_of_a_row_is_listed_but_the_row_counts_once(shop):
    shop.write("surveys.csv", "customer_id,answered_at,nps\n,1900-01-01,14\n")
    report = shop.prepare().table("surveys")
    assert report.rows_bad == 1
    assert {entry[3] for entry in shop.quarantine()} == {"missing", "before_1990", "above_maximum"}


def test_facts_of_unknown_customers_are_set_aside_but_are_no_mistakes(shop):
    shop.write("contacts.csv", "customer_id,contacted_at,channel\nghost,2024-01-01,phone\nc1,2024-01-02,phone\n")
    report = shop.prepare(bad=0.0).table("contacts")
    assert (report.rows_read, report.rows_kept, report.rows_bad) == (2, 1, 0)
    assert [(entry[0], entry[3], entry[4]) for entry in shop.quarantine()] == [
        ("contacts", "unknown_customer", "ghost")
    ]


def test_items_of_a_refused_order_are_no_further_mistakes(shop):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write("bad,c1,never,1\n")
    shop.write("order_items.csv", "order_id,product_id,quantity,unit_price\nbad,p,1,1\no1,p,1,1\n")
    report = shop.prepare(bad=0.02).table("order_items")
    assert (report.rows_kept, report.rows_bad) == (1, 0)
    assert ("order_items", 2, "order_id", "order_refused", "bad") in shop.quarantine()


def test_repeated_keys_keep_one_row_whatever_the_order_of_rows(fresh):
    rows = ["1,a,2024-01-03,5", "1,a,2024-01-01,9", "1,a,2024-01-01,7", "2,b,2024-01-01,1", "2,b,2024-01-01,1"]
    kept = []
    for order in (rows, rows[::-1], rows[2:] + rows[:2]):
        project = fresh()
        project.write("orders.csv", HEADER + "\n".join(order) + "\n")
        report = project.prepare().table("orders")
        assert (report.rows_kept, report.rows_bad) == (2, 3)
        kept.append(project.staged("orders")["amount"].tolist())
    assert kept == [[7.0, 1.0]] * 3


def test_quote_that_is_never_closed_counts_every_row_that_it_swallows(shop):
    rows = "".join(f"s{i},c1,2024-01-01,1\n" for i in range(5000))
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write('q1,"c1,2024-01-01,1\n' + rows)
    message = refused(shop, bad=0.02)
    assert "broken_quotes in 5001 rows" in message
    assert "5001 of 5061 rows" in message


def test_rows_after_rejected_ones_keep_their_numbers(shop):
    lines = ["a1,c1,2024-01-01,x1", "short,row", "a2,c1,2024-01-01,x2", "short,row", "a3,c1,2024-01-01,x3"]
    shop.write("orders.csv", HEADER + "o,c,2024-01-01,1\n" + "\n".join(lines) + "\n")
    shop.prepare()
    assert [(line, value) for _, line, _, _, value in shop.quarantine()] == [
        (3, "x1"),
        (4, "short,row"),
        (5, "x2"),
        (6, "short,row"),
        (7, "x3"),
    ]


@pytest.mark.parametrize("width", [1_000_000, 3_000_000])
def test_cell_of_a_million_characters(shop, width):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write("n1," + "ы" * width + ",2024-01-01,5\n")
    report = shop.prepare(bad=0.02).table("orders")
    assert (report.rows_kept, report.rows_bad) == (60, 1)
    ((_, line, column, rule, value),) = shop.quarantine()
    assert (line, column, rule) == (62, "customer_id", "too_long")
    assert value == "ы" * 200


def test_million_characters_in_a_column_that_nothing_needs(shop):
    shop.write("customers.csv", "customer_id,region,note\nc1,north," + "x" * 1_000_000 + "\n")
    report = shop.prepare(bad=0.0)
    assert report.table("customers").rows_kept == 1


def test_cell_beyond_all_measure(shop):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write("n1," + "x" * 17_000_000 + ",2024-01-01,5\no99,c1,2024-01-01,5\n")
    report = shop.prepare(bad=0.02).table("orders")
    assert (report.rows_kept, report.rows_bad) == (61, 1)


def test_cp1251_that_is_not_said(project):
    project.write("orders.csv", "order_id,customer_id,ordered_at,amount\n1,Иванов,2024-01-01,5\n".encode("cp1251"))
    message = refused(project, bad=0.02)
    assert "wrong_encoding in 1 rows" in message
    assert "data.tables.orders.encoding, such as cp1251" in message


def test_cp1251_header_that_is_not_said(project):
    project.write("orders.csv", "Номер;Клиент;Дата;Сумма\n1;2;3;4\n".encode("cp1251"))
    message = refused(project)
    assert "is not UTF-8" in message
    assert "encoding: cp1251" in message


def test_a_few_bytes_that_are_no_utf8_cost_their_rows_only(shop):
    path = shop.root / "data/raw/orders.csv"
    path.write_bytes(path.read_bytes() + b"n1,c\xff\xfe,2024-01-01,5\n")
    assert shop.prepare(bad=0.02).table("orders").rows_kept == 60
    assert shop.quarantine()[0][1:4] == (62, "", "wrong_encoding")


def test_day_and_month_that_cannot_be_told_apart(project):
    project.write("orders.csv", HEADER + "1,a,05/06/2024,1\n2,a,07/06/2024,1\n")
    message = refused(project)
    assert "orders.ordered_at in data/raw/orders.csv: day and month cannot be told apart in 2 values" in message
    assert "data.tables.orders.date_format" in message


def test_decimal_sign_that_cannot_be_told(project):
    project.write("orders.csv", HEADER + '1,a,2024-05-06,"1,234"\n2,a,2024-05-06,"2,500"\n')
    message = refused(project)
    assert "the decimal sign cannot be told in 2 values" in message
    assert "data.tables.orders.decimal" in message


def test_formulas_in_the_quarantine_do_not_run(shop):
    with (shop.root / "data/raw/orders.csv").open("a") as stream:
        stream.write('n1,c1,2024-01-01,"=HYPERLINK(""http://x"")"\nn2,c1,2024-01-01,@SUM(1)\nn3,c1,never,-5\n')
    shop.prepare()
    text = (shop.root / "data/quarantine/quarantine.csv").read_text()
    assert "'=HYPERLINK" in text
    assert "'@SUM" in text


def test_protection_outlives_a_refused_row(shop):
    shop.write(
        "customers.csv",
        "customer_id,registered_at,do_not_contact,do_not_win_back,closed_at\n"
        "c0,1900-01-01,yes,,2024-02-01\n"
        "c1,2020-01-01,perhaps,no,\n"
        "c2,2020-01-01,no,no,\n"
        "c3,2020-01-01,no,no,\n"
        "c3,2021-01-01,no,yes,\n",
    )
    shop.prepare()
    staged = shop.staged("customers").set_index("customer_id")
    assert staged["do_not_contact"].fillna(False).astype(bool).tolist() == [True, True, False, False] + [False] * 3
    assert staged["do_not_win_back"].fillna(False).astype(bool).tolist() == [False, False, False, True] + [False] * 3
    assert staged.loc["c0", "closed_at"] == pd.Timestamp("2024-02-01")
    assert pd.isna(staged.loc["c0", "registered_at"])
    assert len(staged) == 7


@pytest.mark.parametrize("said", ["'%Q'", "'%Y-%'"])
def test_date_format_that_means_nothing(shop, said):
    message = refused(shop, f"data: {{tables: {{orders: {{date_format: {said}}}}}}}")
    assert "data.tables.orders.date_format" in message
    assert "is no format of times" in message


def test_delimiter_of_two_signs(shop):
    assert "it must be one character" in refused(shop, "data: {tables: {orders: {delimiter: '||'}}}")


def test_memory_limit_that_means_nothing(shop):
    with pytest.raises(SettingsError, match=r"run\.memory_limit.*is no amount of memory"):
        shop.prepare("run: {memory_limit: lots}\n")
    assert shop.names() == ["raw"]


def test_file_that_may_not_be_read(shop, monkeypatch):
    def closed(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", closed)
    assert "data/raw/orders.csv: cannot be opened: Permission denied" in refused(shop)


def test_truncated_parquet(shop):
    path = shop.write_parquet("tickets.parquet", pd.DataFrame({"ticket_id": ["1"] * 1000}))
    path.write_bytes(path.read_bytes()[:-20])
    assert "data/raw/tickets.parquet: cannot be read as Parquet" in refused(shop)


def test_parquet_whose_pages_are_damaged(shop):
    frame = pd.DataFrame({"customer_id": [f"c{i}" for i in range(5000)], "contacted_at": "2024-01-01", "channel": "x"})
    path = shop.write_parquet("contacts.parquet", frame)
    content = bytearray(path.read_bytes())
    content[100:2000] = b"\xff" * 1900
    path.write_bytes(bytes(content))
    assert "data/raw/contacts.parquet: cannot be read" in refused(shop)


def test_times_beyond_the_calendar(project):
    times = np.array(["1677-09-22", "2024-01-01", "0001-01-01", "30000-01-01", "NaT"], dtype="datetime64[us]")
    frame = pd.DataFrame({"order_id": range(5), "customer_id": "a", "ordered_at": times, "amount": 1.0})
    project.write_parquet("orders.parquet", frame)
    report = project.prepare("data: {timezone: Europe/Moscow, max_bad_share: 1}")
    assert report.table("orders").rows_kept == 1
    assert [entry[3] for entry in project.quarantine()] == ["before_1990", "unreadable", "unreadable", "missing"]
