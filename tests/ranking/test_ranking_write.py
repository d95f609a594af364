from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from winback.errors import ManyFaultsError
from winback.ranking import (
    COLUMNS,
    OFFERS_SCHEMA,
    RANKING_COLUMNS,
    RANKING_SCHEMA,
    build_offers,
    build_ranking,
    read_ranking,
    write_offers,
    write_ranking,
)
from winback.ranking.cells import safe_table, safe_texts
from winback.ranking.excel import _likely_size, write_excel
from winback.ranking.rows import rows_xml

Given = Callable[..., dict[str, Any]]
HOSTILE = [
    "=HYPERLINK(1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    'a"b;c,d\nе',
    "-12",
]
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", " =")


@pytest.fixture
def ranking(given: Given) -> pd.DataFrame:
    columns = given(30)
    columns["customer_id"] = HOSTILE + [f"C{number}" for number in range(20)]
    columns["decision_text"] = ["=1+1\x00\x1b"] * 30
    return build_ranking(columns, as_of="2024-05-06", model_version="v1")


def is_dangerous(text: str) -> bool:
    if not text.startswith(RUNS):
        return False
    try:
        float(text.replace(",", "."))
    except ValueError:
        return True
    return False


def test_parquet_keeps_every_text_and_reads_back(ranking: pd.DataFrame, tmp_path: Path) -> None:
    write_ranking(ranking, tmp_path)
    pd.testing.assert_frame_equal(read_ranking(tmp_path), ranking)
    assert pq.read_schema(tmp_path / "ranking.parquet").equals(RANKING_SCHEMA)
    assert set(HOSTILE) <= set(ranking["customer_id"])


def test_csv_is_plain_utf8_that_runs_nothing(ranking: pd.DataFrame, tmp_path: Path) -> None:
    write_ranking(ranking, tmp_path)
    assert not (tmp_path / "ranking.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "ranking.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == RANKING_COLUMNS
    assert len(rows) == 30
    assert {row["decision_text"] for row in rows} == {"'=1+1"}
    assert not any(is_dangerous(row["customer_id"]) for row in rows)
    assert "-12" in {row["customer_id"] for row in rows}
    for row, net in zip(rows, ranking["expected_net_value"], strict=True):
        assert row["expected_net_value"] == "" if pd.isna(net) else float(row["expected_net_value"]) == net


def test_excel_opens_and_holds_no_formula(ranking: pd.DataFrame, tmp_path: Path) -> None:
    write_ranking(ranking, tmp_path, describe=lambda name: f"=about {name}", legend="Legend")
    book = openpyxl.load_workbook(tmp_path / "ranking.xlsx")
    assert book.sheetnames == ["ranking", "Legend"]
    sheet = book["ranking"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:Y31"
    assert tuple(cell.value for cell in sheet[1]) == RANKING_COLUMNS
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    body = [cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, str)]
    assert not any(is_dangerous(cell.value) for cell in body)
    found = [row[4].value for row in sheet.iter_rows(min_row=2)]
    assert found == pytest.approx(ranking["churn_probability"].tolist())


def test_a_full_sheet_is_followed_by_another(ranking: pd.DataFrame, tmp_path: Path) -> None:
    table = safe_table(pa.Table.from_pandas(ranking, schema=RANKING_SCHEMA, preserve_index=False))
    write_excel(table, tmp_path / "x.xlsx", rows_of_a_sheet=12)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True)
    assert book.sheetnames == ["ranking", "ranking 2", "ranking 3"]
    ranks = [row[0] for page in book for row in page.iter_rows(min_row=2, values_only=True)]
    assert ranks == list(range(1, 31))
    assert [page.calculate_dimension() for page in book] == ["A1:Y13", "A1:Y13", "A1:Y7"]


def test_excel_holds_every_value_of_the_list(given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where rows go to the file in several blocks."""
    monkeypatch.setattr("winback.ranking.excel.BLOCK", 7)
    columns = given(30)
    words = ["поставка: 3 из 4 <опоздали> & «ждали»", " blanks ", "two\nlines", "_x0041_", "tab\tinside", "≤ 5 %"]
    columns["decision_text"] = [words[row % len(words)] for row in range(30)]
    columns["value_if_kept"] = columns["value_if_kept"] * np.resize([1e-9, 1.0, 1e15], 30)
    ranking = build_ranking(columns, as_of="2024-05-06", model_version="v1")
    write_ranking(ranking, tmp_path)
    rows = list(openpyxl.load_workbook(tmp_path / "ranking.xlsx")["ranking"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 30
    for place, column in enumerate(COLUMNS):
        found = [row[place] for row in rows]
        expected = [None if pd.isna(value) else value for value in ranking[column.name].tolist()]
        if column.name == "decision_text":  # openpyxl shows the characters of the file
            expected = [text.replace("_x0041_", "_x005F_x0041_") for text in expected]
        assert found == expected, column.name


def test_excel_formats_every_column(ranking: pd.DataFrame, tmp_path: Path) -> None:
    write_ranking(ranking, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "ranking.xlsx")["ranking"]
    looks = {"integer": "0", "share": "0.0%", "money": "#,##0.00", "text": "@"}
    for cells, column in zip(sheet.iter_cols(), COLUMNS, strict=True):
        assert cells[0].font.b
        assert {cell.number_format for cell in cells[1:] if cell.value is not None} <= {looks[column.look]}
    # neighbours of the same width and format are kept as one
    spans = list(sheet.column_dimensions.values())
    widths = [span.width for span in spans for _ in range(span.min, span.max + 1)]
    assert widths == pytest.approx([column.width for column in COLUMNS], abs=1)


def test_a_sheet_of_gigabytes_is_begun_as_one(
    ranking: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = safe_table(pa.Table.from_pandas(ranking, schema=RANKING_SCHEMA, preserve_index=False))
    sheets = []
    for name, large in (("large", _likely_size(table) - 1), ("usual", _likely_size(table))):
        monkeypatch.setattr("winback.ranking.excel.LARGE", large)
        write_excel(table, tmp_path / name)
        with ZipFile(tmp_path / name) as book:
            sheets.append(book.read("xl/worksheets/sheet1.xml"))
        # the mark of the newer form, in the header of the sheet
        assert (b"\x2d\x00" in (tmp_path / name).read_bytes()[:8000]) == (name == "large")
    assert sheets[0] == sheets[1]
    assert 1 <= _likely_size(table) / len(sheets[0].partition(b"</row>")[2]) <= 1.25


@hypothesis_given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), min_size=1, max_size=20))
def test_rows_are_xml_that_says_the_same(texts: list[str]) -> None:
    table = pa.table({"text": pa.array(texts), "number": pa.array(range(len(texts)))})
    root = ElementTree.fromstring(b"<x>" + rows_xml(table, ["1", "2"], 5).to_pybytes() + b"</x>")
    assert [row.get("r") for row in root] == [str(5 + row) for row in range(len(texts))]
    assert [cell.get("r") for row in root for cell in row][:2] == ["A5", "B5"]
    found = [re.sub("_x005F_(?=x[0-9A-Fa-f]{4}_)", "_", row[0][0][0].text or "") for row in root]
    assert found == texts


def test_the_same_ranking_gives_the_same_bytes(ranking: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_ranking(ranking, tmp_path / name)
    for file in ("ranking.parquet", "ranking.csv", "ranking.xlsx"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_empty_ranking_is_written(given: Given, tmp_path: Path) -> None:
    write_ranking(build_ranking(given(0), as_of="2024-05-06", model_version="v1"), tmp_path)
    assert openpyxl.load_workbook(tmp_path / "ranking.xlsx")["ranking"].max_row == 1
    assert len(read_ranking(tmp_path)) == 0


def test_a_cell_longer_than_excel_allows_is_cut(given: Given, tmp_path: Path) -> None:
    columns = given(3)
    columns["decision_text"] = ["x" * 40_000] * 3
    write_ranking(build_ranking(columns, as_of="2024-05-06", model_version="v1"), tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "ranking.xlsx")["ranking"]
    assert len(sheet.cell(2, RANKING_COLUMNS.index("decision_text") + 1).value) == 32_767


@hypothesis_given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=20))
def test_no_text_comes_out_dangerous(texts: list[str]) -> None:
    safe = safe_texts(pa.array(texts, type=pa.string())).to_pylist()
    assert not any(is_dangerous(text) for text in safe)
    assert not any(ord(sign) < 32 and sign not in "\t\n" for text in safe for sign in text)
    for before, after in zip(texts, safe, strict=True):
        if before.isalnum():
            assert before == after


def test_offers_have_the_form_of_the_log(tmp_path: Path) -> None:
    offers = build_offers(
        cycle="2024-05-06",
        offered_at=1_714_953_600_000_000,
        customer_id=["b", "a"],
        action=["gift", "email"],
        arm=["treated", "holdout"],
        cost=[3.5, 0.0],
        propensity=[0.9, 0.1],
    )
    table = pq.read_table(write_offers(offers, tmp_path))
    assert table.schema.equals(OFFERS_SCHEMA)
    assert table.column("customer_id").to_pylist() == ["a", "b"]
    assert str(table.column("offered_at")[0].as_py()) == "2024-05-06 00:00:00+00:00"


def test_a_log_without_anybody_is_written(tmp_path: Path) -> None:
    nobody = build_offers(cycle="c", offered_at=0, customer_id=[], action=[], arm=[], cost=[], propensity=[])
    assert pq.read_table(write_offers(nobody, tmp_path)).schema.equals(OFFERS_SCHEMA)


def test_impossible_offers_are_refused_all_at_once() -> None:
    with pytest.raises(ManyFaultsError) as caught:
        build_offers(
            cycle="c",
            offered_at=0,
            customer_id=["a", "a"],
            action=["gift", "gift"],
            arm=["control", "holdout"],
            cost=[-1.0, 2.0],
            propensity=[0.0, 0.5],
        )
    assert len(caught.value.faults) == 5
