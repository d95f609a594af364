"""Tables of own features: found, typed by looking, checked and quarantined like the others."""

from __future__ import annotations

import pandas as pd
import pyarrow.parquet as pq
import pytest

from winback.errors import DataError

WEB = """customer_id,known_at,score,is_vip,plan,contract_ends_on,code
c1,2024-01-05,"1,5",yes,gold,31.12.2031,007
c1,2024-02-05,,no,,,008
c2,2024-01-05,"2,25",да,base,01.02.1950,009
"""


def test_columns_get_types_by_looking(shop) -> None:
    shop.write("features_web.csv", WEB)
    report = shop.prepare()
    types = pq.read_schema(shop.root / "data/staging/features_web.parquet")
    assert {field.name: str(field.type) for field in types} == {
        "customer": "int32", "customer_id": "string", "known_at": "timestamp[us]", "score": "double",
        "is_vip": "bool", "plan": "string", "contract_ends_on": "timestamp[us]", "code": "string",
    }  # fmt: skip
    staged = shop.staged("features_web")
    assert staged["score"].tolist()[::2] == [1.5, 2.25]
    assert staged["is_vip"].tolist() == [True, False, True]
    assert staged["plan"].fillna("").tolist() == ["gold", "", "base"]
    assert staged["code"].tolist() == ["007", "008", "009"], "digits behind a zero are a code"
    # known of a row that is known: a date may lie ahead, or long before the company's first order
    assert staged["contract_ends_on"].iloc[[0, 2]].dt.year.tolist() == [2031, 1950]
    found = report.table("features_web")
    assert (found.rows_kept, found.rows_bad, found.customers) == (3, 0, 2)
    assert "features_web" not in str(report.notes)
    assert "data/raw/features_web.csv" in report.digests


def test_parquet_keeps_its_types(shop) -> None:
    frame = pd.DataFrame(
        {
            "customer_id": ["c1", "c2"],
            "known_at": pd.to_datetime(["2024-01-05 10:00", "2024-01-06 00:00"]),
            "visits": [3, 4],
            "is_vip": [True, None],
            "seen_at": pd.to_datetime(["2024-01-01 12:30", None]),
            "rate": [0.1, float("nan")],
        }
    )
    shop.write_parquet("features_web/part.parquet", frame)
    shop.prepare()
    staged = shop.staged("features_web").drop(columns="customer")
    assert staged["visits"].tolist() == [3.0, 4.0]
    assert staged["rate"].iloc[0] == 0.1
    assert staged["is_vip"].tolist() == [True, None]
    assert staged["seen_at"].iloc[0] == pd.Timestamp("2024-01-01 12:30")
    assert staged["known_at"].tolist() == frame["known_at"].tolist()


def test_columns_can_be_mapped(shop) -> None:
    shop.write("crm.csv", "Client;When;Score\nc1;2024-01-05;1\n")
    mapping = "{path: data/raw/crm.csv, columns: {customer_id: Client, known_at: When, score: Score}}"
    shop.prepare(f"data: {{tables: {{features_crm: {mapping}}}}}")
    assert shop.staged("features_crm")["score"].tolist() == [1.0]


def test_bad_rows_go_to_quarantine(shop) -> None:
    good = "".join(f"c{i % 7},2024-01-{1 + i // 7:02},{i}\n" for i in range(105))
    bad = (
        "c1,,5\nc1,soon,5\nc1,2024-03-01,many\nc2,2024-03-01,1\nc2,2024-03-01,2\nnobody,2024-01-05,3\nc3,2031-01-01,4\n"
    )
    shop.write("features_web.csv", "customer_id,known_at,score\n" + good + bad)
    report = shop.prepare()
    assert sorted((row[2], row[3]) for row in shop.quarantine()) == sorted(
        [
            ("known_at", "missing"),
            ("known_at", "unreadable"),
            ("score", "unreadable"),
            ("known_at", "repeated_key"),
            ("customer_id", "unknown_customer"),
            ("known_at", "in_future"),
        ]
    )
    found = report.table("features_web")
    assert (found.rows_read, found.rows_kept, found.rows_bad) == (112, 106, 5), "unknown customers are no mistake"
    with pytest.raises(DataError, match="features_web"):
        shop.prepare(bad=0.01)


@pytest.mark.parametrize("order", [1, -1])
def test_of_rows_known_at_one_instant_the_same_stays_whatever_their_order(shop, order: int) -> None:
    rows = ["c2,2024-03-01,1\n", "c2,2024-03-01,2\n"][::order]
    shop.write("features_web.csv", "customer_id,known_at,score\n" + "".join(rows))
    shop.prepare()
    assert shop.staged("features_web")["score"].tolist() == [1.0]


def test_required_columns_are_asked_for(shop) -> None:
    shop.write("features_web.csv", "customer_id,knwon_at,score\nc1,2024-01-05,1\n")
    with pytest.raises(DataError, match=r"no column 'known_at' \(perhaps 'knwon_at'\)"):
        shop.prepare()


def test_many_columns_are_all_checked(shop) -> None:
    names = [f"x{i}" for i in range(150)]
    frame = pd.DataFrame({name: range(100) for name in names}).astype(object)
    frame.insert(0, "known_at", [f"2024-01-{1 + i // 7:02}" for i in range(100)])
    frame.insert(0, "customer_id", [f"c{i % 7}" for i in range(100)])
    frame.loc[3, "x149"] = "many"
    shop.write("features_web.csv", frame.to_csv(index=False))
    shop.prepare()
    assert [(row[1], row[2], row[3]) for row in shop.quarantine()] == [(5, "x149", "unreadable")]


def test_known_at_alone_says_when_a_row_became_known(shop) -> None:
    shop.write("features_web.csv", "customer_id,known_at,recorded_at,score\nc1,2024-01-05,2024-05-05,1\n")
    report = shop.prepare()
    assert "recorded_at" not in shop.staged("features_web")
    assert report.table("features_web").unused == ("recorded_at",)
