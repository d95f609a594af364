"""Watching through the whole chain: a cycle's promises are checked when its window has closed; a job can alarm."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from small_project import SmallProject


@pytest.fixture(scope="module")
def later(finished: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The same project with a cycle scored 100 days earlier: its window of 90 days has closed since."""
    project = finished.copy(tmp_path_factory.mktemp("watch") / "project")
    as_of = date.fromisoformat(project.cycle.name)
    for day in (as_of - timedelta(days=100), as_of - timedelta(days=30), as_of):
        said = project.winback("score", "--as-of", day.isoformat(), "--json")
        assert said.code == 0, said.err
    return project


def test_promises_are_checked_against_what_came(later: SmallProject) -> None:
    watch = later.winback("watch", "--json").json
    cycle, open_cycle = sorted(path.name for path in (later.folder / "data/scored").glob("[0-9]*"))[:2]
    assert [row["cycle"] for row in watch["open"]] == [open_cycle]
    found = {row["population"]: row for row in watch["promises"]}
    assert {row["cycle"] for row in found.values()} == {cycle}
    ranking = pd.read_parquet(later.folder / "data/scored" / cycle / "ranking.parquet")
    orders = pd.read_parquet(later.folder / "data/staging/orders.parquet")
    start = pd.Timestamp(cycle)
    inside = (orders["ordered_at"] >= start) & (orders["ordered_at"] < start + pd.Timedelta(days=90))
    kept = set(orders.loc[inside & (orders["amount"] >= 0), "customer_id"])
    for population, row in found.items():
        alone = ranking[(ranking["population"] == population) & (ranking["decision"] != "contact")]
        assert row["customers"] == len(alone)
        assert row["churned"] == sum(customer not in kept for customer in alone["customer_id"])
        assert row["predicted"] == pytest.approx(alone["churn_probability"].mean())


def test_manifest_and_page_hold_what_was_watched(later: SmallProject) -> None:
    watch = later.manifest()["watch"]
    shown = later.winback("watch", "--json").json
    assert {key: shown[key] for key in watch} == watch
    assert {"features", "scores", "volumes", "promises", "alarms", "tested"} <= set(watch)
    assert all(row["drift"] >= 0 for row in watch["features"])
    page = (later.cycle / "report.html").read_text(encoding="utf-8")
    assert '<section id="watching"' in page
    assert "What past cycles said, and what came" in page


def test_a_job_can_alarm(later: SmallProject, tmp_path: Path) -> None:
    project = later.copy(tmp_path / "project")
    path = project.cycle / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["watch"]["alarms"] = []
    path.write_text(json.dumps(content), encoding="utf-8")
    assert project.winback("watch", "--alarm").code == 0
    content["watch"]["alarms"] = [{"kind": "few_facts", "name": "orders", "value": 0.2, "limit": 0.5}]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert project.winback("watch").code == 0, "only who asks for it is alarmed"
    said = project.winback("watch", "--alarm")
    assert said.code == 1
    assert "alarm: Table orders: only 20% of the usual facts came in" in said.out.replace("\xa0", "")


def test_a_broken_feed_is_seen_by_the_next_run(later: SmallProject, tmp_path: Path) -> None:
    project = later.copy(tmp_path / "project")
    path = project.folder / "data/raw/tickets.parquet"
    tickets = pd.read_parquet(path)
    last = date.fromisoformat(project.cycle.name)
    opened = pd.to_datetime(tickets["opened_at"])
    tickets[opened < pd.Timestamp(last - timedelta(days=28)).tz_localize(opened.dt.tz)].to_parquet(path)
    assert project.winback("score", "--as-of", last.isoformat(), "--json").code == 0
    alarms = project.winback("watch", "--json", "--alarm")
    assert alarms.code == 1
    assert ("few_facts", "tickets") in {(alarm["kind"], alarm["name"]) for alarm in alarms.json["alarms"]}


def test_nothing_scored_yet_is_said(simulated: SmallProject) -> None:
    said = simulated.winback("watch")
    assert said.code == 2
    assert "Nothing has been scored yet" in said.err
