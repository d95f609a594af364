"""Random small tables, written in random ways, against an expectation worked out in plain Python."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winback.settings import parse_settings
from winback.sources import prepare_sources

TODAY = date(2025, 1, 1)
RUN = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# ids as they come: blanks around them are the writer's business, not the id's
IDS = st.text(st.sampled_from("aZ09-_ ЖжéÅß;,\"'|=漢\n"), min_size=1, max_size=6).filter(lambda s: s == s.strip())


@dataclass(frozen=True)
class Style:
    """One way to write a file; each is clear by itself."""

    delimiter: str
    encoding: str
    newline: str
    quoting: int
    time: str
    comma: bool


STYLES = st.builds(
    Style,
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    time=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S"]),
    comma=st.booleans(),
)

ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": IDS,
            "ordered_at": st.datetimes(datetime(1991, 1, 1), datetime(2024, 12, 30)).map(
                lambda moment: moment.replace(microsecond=0)
            ),
            "amount": st.integers(-(10**7), 10**7).map(lambda cents: cents / 100),
            "margin": st.none() | st.integers(0, 10**6).map(lambda cents: cents / 100),
        }
    ),
    min_size=1,
    max_size=25,
)


def written(value: object, style: Style) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime(style.time)
    if isinstance(value, float):
        text = f"{value:.2f}"
        return text.replace(".", ",") if style.comma else text
    return str(value)


def file_of(rows: list[dict[str, object]], style: Style) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(
        stream, list(rows[0]), delimiter=style.delimiter, quoting=style.quoting, lineterminator=style.newline
    )
    writer.writeheader()
    writer.writerows([{name: written(value, style) for name, value in row.items()} for row in rows])
    return stream.getvalue().encode(style.encoding)


def prepare(files: dict[str, bytes], params: str = "data: {max_bad_share: 1}"):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in files.items():
            path = root / "data/raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        report = prepare_sources(parse_settings(params + "\nrun: {threads: 1}", root=root), today=TODAY)
        staging = {path.stem: pd.read_parquet(path) for path in (root / "data/staging").glob("*.parquet")}
        content = {path.name: path.read_bytes() for path in (root / "data/staging").glob("*.parquet")}
        return report, staging, content


def utc(moment: datetime, zone: str) -> datetime:
    """Python's own rules: fold=1 is the later of two, and a skipped hour moves on."""
    local = moment.replace(tzinfo=ZoneInfo(zone), fold=1)
    offset = local.utcoffset()
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        offset = moment.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
    return moment - offset


@RUN
@given(rows=ORDERS, style=STYLES, zone=st.sampled_from(["UTC", "Europe/Moscow", "America/New_York"]))
def test_what_was_written_is_what_is_staged(rows, style, zone):
    rows = [{"order_id": f"o{i}", **row} for i, row in enumerate(rows)]
    _, staging, _ = prepare({"orders.csv": file_of(rows, style)}, f"data: {{timezone: {zone}, max_bad_share: 0}}")
    ids = sorted({row["customer_id"] for row in rows})
    assert staging["customer_index"]["customer_id"].tolist() == ids
    expected = sorted(
        (ids.index(row["customer_id"]), utc(row["ordered_at"], zone), row["order_id"], row["amount"], row["margin"])
        for row in rows
    )
    staged = staging["orders"]
    found = [
        (
            row.customer,
            row.ordered_at.to_pydatetime(),
            row.order_id,
            row.amount,
            None if pd.isna(row.margin) else row.margin,
        )
        for row in staged.itertuples()
    ]
    assert found == expected


@RUN
@given(rows=ORDERS, style=STYLES, seed=st.randoms(use_true_random=False), pieces=st.integers(1, 4))
def test_order_of_rows_and_splitting_into_files_change_nothing(rows, style, seed, pieces):
    rows = [{"order_id": f"o{i % 20}", **row} for i, row in enumerate(rows)]
    _, _, whole = prepare({"orders.csv": file_of(rows, style)})
    seed.shuffle(rows)
    parts = [rows[i::pieces] for i in range(pieces) if rows[i::pieces]]
    _, _, split = prepare({f"orders/{i}.csv": file_of(part, style) for i, part in enumerate(parts)})
    assert split == whole


# what may stand in a cell of a ticket, and which rule it breaks (None: none)
CELLS = {
    "ticket_id": [("{i}", None), ("", "missing"), ("NULL", "missing")],
    "customer_id": [("c", None), ("c", None), ("", "missing"), ("x" * 1001, "too_long")],
    "opened_at": [
        ("2024-02-01 10:00:00", None),
        ("2023-02-01 10:00:00", None),
        ("", "missing"),
        ("soon", "unreadable"),
        ("1989-12-31 00:00:00", "before_1990"),
        ("2025-01-02 00:00:00", "in_future"),
    ],
    "kind": [("complaint", None), ("Enquiry", None), ("", "missing"), ("shout", "not_allowed")],
    "resolved_at": [
        ("", None),
        ("2024-02-02 00:00:00", None),
        ("nie", "unreadable"),
        ("2024-02-01 09:59:59", "early"),
    ],
}


@RUN
@given(
    st.lists(
        # a row without any value is no row
        st.fixed_dictionaries({column: st.sampled_from(cells) for column, cells in CELLS.items()}).filter(
            lambda ticket: any(text for text, _ in ticket.values())
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_broken_rule_and_nothing_else_is_noted(tickets):
    rows, broken = [], set()
    for i, ticket in enumerate(tickets):
        row = {column: text.format(i=i) for column, (text, _) in ticket.items()}
        rows.append(row)
        for column, (_, rule) in ticket.items():
            # a resolution before the opening is early only where the opening can be read and lies later
            if rule == "early":
                opened = ticket["opened_at"]
                rule = "before_opened_at" if opened[0] > row["resolved_at"] and opened[1] != "unreadable" else None
            if rule is not None:
                broken.add((i + 2, column, rule))
        if row["resolved_at"] == "2024-02-02 00:00:00" and ticket["opened_at"][1] == "in_future":
            broken.add((i + 2, "resolved_at", "before_opened_at"))
    plain = Style(",", "utf-8", "\n", csv.QUOTE_MINIMAL, "%Y-%m-%d", comma=False)
    orders = b"order_id,customer_id,ordered_at,amount\n1,c,2024-06-01,1\n"
    report, staging, _ = prepare({"orders.csv": orders, "tickets.csv": file_of(rows, plain)})
    found = {(rule.column, rule.rule): rule.rows for rule in report.table("tickets").rules}
    expected: dict[tuple[str, str], int] = {}
    for _, column, rule in broken:
        expected[column, rule] = expected.get((column, rule), 0) + 1
    assert found == expected
    good = [str(i) for i in range(len(rows)) if i + 2 not in {line for line, _, _ in broken}]
    assert sorted(staging["tickets"]["ticket_id"].tolist(), key=int) == good
    assert report.table("tickets").rows_bad == len(rows) - len(good)


@RUN
@given(
    orders=st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc"), st.integers(0, 400)), min_size=1, max_size=12),
    items=st.lists(st.tuples(st.integers(0, 12), st.sampled_from("pq"), st.integers(-1, 3)), min_size=1, max_size=15),
)
def test_items_join_their_orders(orders, items):
    start = datetime(2023, 1, 1)
    order_rows = [
        {"order_id": number, "customer_id": customer, "ordered_at": start + timedelta(days=days), "amount": 1.0}
        for number, customer, days in orders
    ]
    item_rows = [
        {"order_id": number, "product_id": product, "quantity": quantity, "unit_price": 2.0}
        for number, product, quantity in items
    ]
    style = Style(",", "utf-8", "\n", csv.QUOTE_MINIMAL, "%Y-%m-%d", comma=False)
    _, staging, _ = prepare({"orders.csv": file_of(order_rows, style), "order_items.csv": file_of(item_rows, style)})
    frame = pd.DataFrame(order_rows).sort_values(["ordered_at", "order_id", "customer_id"]).drop_duplicates("order_id")
    wanted = pd.DataFrame(item_rows).query("quantity >= 0").merge(frame, on="order_id")
    ids = sorted(frame["customer_id"].unique())
    expected = sorted(
        (ids.index(row.customer_id), row.ordered_at.to_pydatetime(), str(row.order_id), row.product_id, row.quantity)
        for row in wanted.itertuples()
    )
    found = [
        (row.customer, row.ordered_at.to_pydatetime(), row.order_id, row.product_id, row.quantity)
        for row in staging["order_items"].itertuples()
    ]
    assert found == expected
