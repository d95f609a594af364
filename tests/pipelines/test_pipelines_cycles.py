"""The demo company lives on under a policy: offers go into its log, and only what is done makes a difference."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from small_project import QUICK, SmallProject
from winback.pipelines.cycles import world_of
from winback.pipelines.live import WeekResult, live_on
from winback.settings import Settings, parse_settings
from winback.settings.load import load_settings
from winback.simulation import World

TEMPLATE = Path(__file__).parents[2] / "src/winback/settings/template.yaml"


@cache
def company() -> tuple[World, Settings]:
    content = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    content["simulate"] |= {"customers": 400, "days": 420}
    content["targeting"] |= {"budget_amount": 2000.0}
    settings = parse_settings(yaml.safe_dump(content))
    return world_of(settings, 6), settings


def live(policy: str, weeks: int = 6) -> tuple[World, list[WeekResult]]:
    world, settings = company()
    twin = deepcopy(world)
    return twin, live_on(twin, settings, policy, weeks, lambda _: None)


def test_the_same_policy_lives_the_same_weeks() -> None:
    assert live("random")[1] == live("random")[1]


def test_where_nothing_is_done_nothing_is_spent_or_logged() -> None:
    before = len(company()[0].scene.log.table("offers")["customer"])
    world, weeks = live("nobody")
    assert len(world.scene.log.table("offers")["customer"]) == before
    assert all(week.contacts == week.cost == week.true_net_value == 0 for week in weeks)


def test_weeks_are_alike_until_something_is_done() -> None:
    world, settings = company()
    one, other = deepcopy(world), deepcopy(world)
    live_on(one, settings, "nobody", 3, lambda _: None)
    live_on(other, settings, "random", 3, lambda _: None)
    treated = np.zeros(len(world.scene.people), dtype=bool)
    offers = other.scene.log.table("offers")
    treated[offers["customer"][offers["offered_at"] >= world.scene.week_start]] = True
    # luck is drawn for everyone alike: whom nobody approached lives on as in the other world, but for a few whom
    # the others' orders crowd (deliveries and calls are shared)
    same = one.scene.state.silence == other.scene.state.silence
    assert treated.any()
    assert same[~treated].mean() > 0.97


def test_offers_are_logged_as_they_were_paid() -> None:
    begin = company()[0].scene.week_start
    world, weeks = live("random")
    offers = world.scene.log.table("offers")
    new = offers["offered_at"] >= begin
    assert new.sum() == sum(week.contacts for week in weeks) > 0
    assert offers["cost"][new].sum() == pytest.approx(sum(week.cost for week in weeks))
    # nobody a second time within the window
    assert len(set(offers["customer"][new])) == new.sum()


def test_perfect_knowledge_is_expected_to_earn_more_than_chance() -> None:
    perfect, random = (sum(week.true_net_value for week in live(policy)[1]) for policy in ("perfect", "random"))
    assert perfect > 0
    assert perfect > random + 1000


def test_the_command_writes_tables_truth_and_weeks(simulated: SmallProject, tmp_path: Path) -> None:
    project = simulated.copy(tmp_path / "project")
    project.edit({"simulate": QUICK["simulate"] | {"customers": 150, "days": 500}})
    said = project.winback("simulate", "--cycles", "2", "--json")
    assert said.code == 0, said.err
    assert [week["held_out"] >= 0 for week in said.json["weeks"]] == [True, True]
    offers = pd.read_parquet(project.folder / "data/raw/offers.parquet")
    weeks = {week["week"]: week for week in said.json["weeks"]}
    logged = offers[offers["cycle"].isin(weeks)]
    assert (logged["arm"] == "treated").sum() == said.json["contacts"]
    assert logged.loc[logged["arm"] == "holdout", "cost"].sum() == 0
    about = json.loads((project.folder / "data/truth/company.json").read_text(encoding="utf-8"))
    assert about["weeks"] == said.json["weeks"]
    last = pd.Timestamp(about["as_of"])
    assert (last - pd.Timestamp(max(weeks))).days == 7
    orders = pd.read_parquet(project.folder / "data/raw/orders.parquet")
    assert orders["ordered_at"].max() < last
    assert load_settings(project.params).simulate.customers == 150


def test_a_policy_without_cycles_is_refused(simulated: SmallProject) -> None:
    said = simulated.winback("simulate", "--policy", "nobody")
    assert said.code == 2
    assert "--cycles" in said.err


def test_actions_that_the_company_does_not_know_are_refused(simulated: SmallProject, tmp_path: Path) -> None:
    project = simulated.copy(tmp_path / "project")
    content = {"parade": {"contact_cost": 5, "save_probability": 0.5}}
    project.edit({"actions": content, "simulate": {"customers": 50, "days": 280}})
    said = project.winback("simulate", "--cycles", "1", "--policy", "random")
    assert said.code == 2
    assert "parade" in said.err
