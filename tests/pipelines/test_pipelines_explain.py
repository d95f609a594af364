"""One customer in full: the same in the terminal, as JSON, on its own page and on the cycle's page."""

from __future__ import annotations

import json
from html import unescape

import numpy as np
import pandas as pd
import pytest

from winback.history import History
from winback.pipelines.timeline import timelines
from winback.settings import Settings
from winback.texts import Texts


def explained(project):
    return json.loads((project.cycle / "explained.json").read_text(encoding="utf-8"))


def test_the_first_of_the_list_are_explained_as_the_list_says(finished):
    ranking = finished.ranking().set_index("customer_id")
    rows = explained(finished)
    contacts = ranking.index[ranking["decision"] == "contact"]
    names = [one["customer"]["customer_id"] for one in rows]
    assert len(names) == 20
    assert names[: len(contacts)] == list(contacts[:20])
    for one in rows:
        row, facts = ranking.loc[one["customer"]["customer_id"]], one["customer"]
        assert facts["churn_probability"] == pytest.approx(row["churn_probability"])
        assert facts["value_if_kept"] == pytest.approx(row["value_if_kept"])
        assert facts["manager_id"] == ("" if pd.isna(row["manager_id"]) else row["manager_id"])
        assert one["risk"][-1]["churn_probability"] == pytest.approx(row["churn_probability"])
        assert [reason["reason"] for reason in one["reasons"]] == [
            row[f"reason_{place}"] for place in (1, 2, 3) if row.notna()[f"reason_{place}"]
        ]
        assert one["reasons"][0]["evidence"] == row["reason_1_text"]
        chosen = next(action for action in one["actions"] if action["action"] == row["action"])
        assert row["decision"] != "contact" or chosen["obstacle"] == ""
        for name in ("uplift", "expected_cost", "expected_net_value"):
            assert chosen[name] == pytest.approx(row[name])


def test_one_customer_alone_is_the_same_as_among_others(finished, tmp_path):
    whole = explained(finished)[0]
    name = whole["customer"]["customer_id"]
    page = tmp_path / "one.html"
    said = finished.winback("explain", name, "--json", "--html", str(page))
    assert said.code == 0, said.err
    assert said.json.keys() == whole.keys()
    assert said.json["timeline"] == whole["timeline"]
    assert said.json["customer"] == {
        key: pytest.approx(value) if isinstance(value, float) else value for key, value in whole["customer"].items()
    }
    text = unescape(page.read_text(encoding="utf-8"))
    for reason in whole["reasons"]:
        assert reason["evidence"].split(": ", 1)[1] in text
    texts = Texts("en")
    for action in whole["actions"]:
        assert texts.money(action["expected_net_value"], 2) in text


def test_the_setting_takes_the_section_away(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    project.edit({"report": {"explained_customers": 0}})
    assert project.winback("score", "--json").code == 0
    assert explained(project) == []
    page = (project.cycle / "report.html").read_text(encoding="utf-8")
    assert Texts("en").format("customer-in-full") not in page


def test_nothing_of_a_forgotten_customer_stays(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    names = [one["customer"]["customer_id"] for one in explained(project)]
    assert project.winback("forget", names[0], "--json").code == 0
    assert [one["customer"]["customer_id"] for one in explained(project)] == names[1:]
    assert names[0] not in (project.cycle / "report.html").read_text(encoding="utf-8")
    # a cycle of a version that explained nobody
    (project.cycle / "explained.json").unlink()
    assert project.winback("report", "--json").code == 0


def test_timeline_against_the_tables(finished):
    """Events and what is marked as wrong, counted in pandas from the staged tables."""
    staging = finished.folder / "data/staging"
    history = History.load(staging)
    codes = np.arange(0, history.n_customers, 7, dtype=np.int32)
    found = timelines(history, codes, Settings().features)
    end = pd.Timestamp(history.ends_at, unit="us")
    tables = {path.stem: pd.read_parquet(path) for path in staging.glob("*.parquet")}
    bad = {
        "tickets": lambda rows: (
            rows["kind"].isin(["complaint", "conflict"])
            | slow(rows, "first_response_at", 24, end)
            | slow(rows, "resolved_at", 72, end)
        ),
        "surveys": lambda rows: rows["nps"] <= 6,
        "orders": lambda rows: rows["amount"] < 0,
        "exits": lambda rows: rows["reason"].notna(),
    }
    for name, wrong in bad.items():
        rows = tables[name]
        time = {"tickets": "opened_at", "surveys": "answered_at", "orders": "ordered_at", "exits": "recorded_at"}[name]
        known = rows[time] if "recorded_at" not in rows else rows[[time, "recorded_at"]].max(axis=1)
        rows = rows[known < end]
        counts = rows.assign(wrong=wrong(rows)).groupby("customer")["wrong"].agg(["size", "sum"])
        counts = counts.reindex(codes, fill_value=0)
        mine = [[event for event in events if event["what"] == name] for events in found]
        assert [len(events) for events in mine] == counts["size"].tolist(), name
        assert [sum(event["is_bad"] for event in events) for events in mine] == counts["sum"].tolist(), name
    for events in found:
        assert [event["day"] for event in events] == sorted((event["day"] for event in events), reverse=True)


def slow(rows, column, hours, end):
    deadline = rows["opened_at"] + pd.Timedelta(hours=hours)
    done = rows[column].where(rows[column] < end)
    return (done > deadline) | (done.isna() & (deadline < end))
