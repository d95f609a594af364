"""Typing while reading gives what taking all in, looking at it and typing it then gives."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winback.errors import DataError
from winback.settings import parse_settings
from winback.sources import cleaning, prepare_sources

TIMES = ["2024-01-02", "2024-1-2 3:04", "2024-01-02T03:04:05", " 2024-01-02 ", "2024-13-45", "2031-01-01", "soon", ""]
OTHER_TIMES = ["02.01.2024", "20240102", "2024-01-02 03:04:05+02:00", "25/01/2024"]
NUMBERS = ["5", "-1.50", "1 234", "€ 5", "(5)", "1e3", ".5", " 7 ", "nan", "inf", "much", "NULL", "-", ""]
OTHER_NUMBERS = ["1,234.56", "1,5", "1,234"]
IDS = ["a", " a", "a\u00a0", "Ж ", "7.0", "007", "NULL", "", "x" * 1001, "a\tb"]


def cells(plain: list[str], other: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([*plain * 3, *other])


ROWS = st.lists(
    st.tuples(
        st.sampled_from([*IDS, *map(str, range(20))]),
        st.sampled_from(["a", "b", *IDS]),
        cells(TIMES, OTHER_TIMES),
        cells(NUMBERS, OTHER_NUMBERS),
        cells(["2024-01-01 00:00:00", *TIMES], []),
    ),
    min_size=1,
    max_size=12,
)
HEAD = "order_id|customer_id|ordered_at|amount|recorded_at"


def found(text: str, zone: str) -> object:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "data/raw").mkdir(parents=True)
        (root / "data/raw/orders.csv").write_text(text, encoding="utf-8")
        given_settings = parse_settings(f"data: {{max_bad_share: 1, timezone: {zone}}}\nrun: {{threads: 1}}", root=root)
        try:
            report = prepare_sources(given_settings, today=date(2025, 1, 1))
            staged = (root / "data/staging/orders.parquet").read_bytes()
        except DataError as error:
            report, staged = None, str(error).replace(folder, "").encode()
        path = root / "data/quarantine/quarantine.csv"
        quarantine = path.read_text(encoding="utf-8") if path.exists() else ""
        return staged, quarantine, report and json.dumps(report.to_json(), sort_keys=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, zone=st.sampled_from(["UTC", "Europe/Moscow"]))
def test_both_ways_find_the_same(rows, zone):
    text = "\n".join([HEAD, *("|".join(row) for row in rows), ""])
    at_once = found(text, zone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaning, "_at_once", lambda *_: None)
        assert found(text, zone) == at_once


def test_plain_files_are_typed_while_they_are_read(shop, monkeypatch):
    monkeypatch.delattr(cleaning, "_after_a_look")
    shop.write(
        "tickets.csv", "ticket_id,customer_id,opened_at,kind\n1,c1,2024-02-01 10:00,complaint\n2,c1,soon,enquiry\n"
    )
    assert shop.prepare().table("tickets").rows_kept == 1


def test_rows_keep_their_numbers_whatever_the_threads(project):
    head = "order_id,customer_id,ordered_at,amount\n"
    wrong = {}
    for i in range(8):
        rows = [f"{i}-{row},c{row % 50},2024-01-01,{row}" for row in range(2000 + 100 * i)]
        wrong[f"data/raw/orders/{i}.csv"] = 500 + 37 * i
        rows[wrong[f"data/raw/orders/{i}.csv"] - 2] = f"bad{i},c,never,1"
        rows[100] = "too,few"
        project.write(f"orders/{i}.csv", head + "\n".join(rows) + "\n")
    project.prepare("run: {threads: 4}\ndata: {max_bad_share: 1}")
    frame = pd.read_parquet(project.root / "data/quarantine/quarantine.parquet")
    listed = frame.query("rule == 'unreadable'")
    assert dict(zip(listed["file"], listed["row"], strict=True)) == wrong
    assert frame.query("rule == 'too_few_cells'")["row"].tolist() == [102] * 8
