from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from winback.errors import ManyFaultsError
from winback.ranking import (
    OFFERS_SCHEMA,
    RANKING_COLUMNS,
    RANKING_SCHEMA,
    build_offers,
    build_ranking,
    read_ranking,
    write_offers,
    write_ranking,
)
from winback.ranking.cells import safe_texts
from winback.ranking.excel import write_excel

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
    write_excel(ranking, tmp_path / "x.xlsx", rows_of_a_sheet=12)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True)
    assert book.sheetnames == ["ranking", "ranking 2", "ranking 3"]
    ranks = [row[0] for page in book for row in page.iter_rows(min_row=2, values_only=True)]
    assert ranks == list(range(1, 31))


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
