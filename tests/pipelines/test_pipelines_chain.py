"""From raw tables to the list, on a small demo company: what comes out, and that it keeps every rule."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from small_project import SmallProject, new_project

pytestmark = [pytest.mark.xdist_group("small_project"), pytest.mark.slow]

#: DESIGN §10, letter by letter.
COLUMNS = [
    "rank",
    "customer_id",
    "as_of",
    "population",
    "churn_probability",
    "value_if_kept",
    "value_at_risk",
    "reason_1",
    "reason_1_text",
    "reason_2",
    "reason_2_text",
    "reason_3",
    "reason_3_text",
    "action",
    "uplift",
    "uplift_low",
    "uplift_high",
    "uplift_source",
    "expected_cost",
    "expected_net_value",
    "decision",
    "decision_text",
    "manager_id",
    "days_since_order",
    "model_version",
]
FILES = {
    "ranking.parquet",
    "ranking.csv",
    "ranking.xlsx",
    "offers.parquet",
    "report.html",
    "manifest.json",
    "explained.json",
}
BUDGET, CALLS, CALLS_PER_MANAGER, CONTACTS_PER_MANAGER = 2000.0, 12, 1, 6


@pytest.fixture(scope="module")
def tight(finished: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The company with little money and few hands, the settings edited as another program would."""
    project = finished.copy(tmp_path_factory.mktemp("tight") / "project")
    actions = yaml.safe_load(project.params.read_text(encoding="utf-8"))["actions"]
    actions["phone_call"] |= {"capacity": CALLS, "capacity_per_manager": CALLS_PER_MANAGER, "contact_cost": 20}
    actions["gift"] = {"contact_cost": 1, "save_probability": 0.05, "capacity": 0}
    project.edit(
        {
            "actions": {name: actions[name] for name in ("email", "phone_call", "gift", "apology")},
            "targeting": {
                "budget_amount": BUDGET,
                "capacity_per_manager": CONTACTS_PER_MANAGER,
                "holdout_share": 0.25,
                "explore_share": 0.2,
            },
        }
    )
    said = project.winback("score", "--json")
    assert said.code == 0, said.err
    return project


def test_files_and_columns(finished):
    assert {path.name for path in finished.cycle.iterdir()} == FILES
    ranking = finished.ranking()
    assert list(ranking.columns) == COLUMNS
    assert list(pd.read_csv(finished.cycle / "ranking.csv", nrows=1).columns) == COLUMNS
    assert list(finished.offers().columns) == [
        "cycle", "customer_id", "action", "offered_at", "arm", "cost", "propensity",
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(finished.cycle / "ranking.xlsx", read_only=True).worksheets[0]
    assert sheet.max_row >= len(ranking) + 1
    assert not finished.half_written()


def test_everyone_who_ordered_is_ranked_once(finished):
    ranking = finished.ranking()
    orders = pd.read_parquet(finished.folder / "data/staging/orders.parquet")
    names = pd.read_parquet(finished.folder / "data/staging/customer_index.parquet")
    bought = set(names["customer_id"][orders.loc[orders["amount"] >= 0, "customer"].unique()])
    assert set(ranking["customer_id"]) == bought
    assert ranking["rank"].tolist() == list(range(1, len(ranking) + 1))
    assert set(ranking["as_of"]) == {finished.cycle.name}


@pytest.mark.parametrize("which", ["finished", "tight"])
def test_order_and_arithmetic_of_the_list(which, request):
    ranking = request.getfixturevalue(which).ranking()
    excluded = (ranking["decision"] == "excluded").to_numpy()
    assert not (excluded[:-1] & ~excluded[1:]).any(), "excluded customers come last"
    worth = ranking.loc[~excluded, "expected_net_value"].fillna(-np.inf).to_numpy()
    assert (np.diff(worth) <= 0).all() or np.isinf(worth).any()
    assert ranking["churn_probability"].between(0, 1).all()
    assert (ranking["value_if_kept"] >= 0).all()
    np.testing.assert_allclose(
        ranking["value_at_risk"], ranking["churn_probability"] * ranking["value_if_kept"], rtol=1e-9
    )
    mine = ranking[ranking["action"].notna() & (ranking["action"] != "")]
    np.testing.assert_allclose(
        mine["expected_net_value"], mine["uplift"] * mine["value_if_kept"] - mine["expected_cost"], atol=1e-6
    )
    assert ((mine["uplift_low"] <= mine["uplift"]) & (mine["uplift"] <= mine["uplift_high"])).all()
    assert mine["uplift_source"].isin(["assumed", "measured"]).all()
    assert (ranking["decision_text"].str.len() > 0).all()
    assert (ranking["reason_1_text"].str.len() > 0).all()


@pytest.mark.parametrize("which", ["finished", "tight"])
def test_nobody_is_approached_who_must_not_be(which, request):
    project = request.getfixturevalue(which)
    raw = project.folder / "data/raw"
    customers = pd.read_parquet(raw / "customers.parquet").drop_duplicates("customer_id").set_index("customer_id")
    as_of = pd.Timestamp(project.cycle.name)
    ranking = project.ranking().set_index("customer_id")
    facts = customers.reindex(ranking.index)
    forbidden = facts["do_not_contact"].eq(True) | facts["do_not_win_back"].eq(True) | (facts["closed_at"] < as_of)
    assert forbidden.any(), "the company must have somebody to spare, or this test says nothing"
    assert set(ranking.loc[forbidden, "decision"]) == {"excluded"}
    log = pd.read_parquet(raw / "offers.parquet")
    recent = log.loc[log["offered_at"] >= as_of - pd.Timedelta(days=90), "customer_id"]
    resting = ranking.index.isin(recent)
    assert resting.any()
    assert set(ranking.loc[resting, "decision"]) == {"excluded"}
    by_mail = ranking[
        ranking["decision"].isin(["contact", "holdout"]) & ranking["action"].isin(["email", "video_message"])
    ]
    assert customers.loc[by_mail.index, "has_email"].all()
    by_phone = ranking[ranking["decision"].isin(["contact", "holdout"]) & (ranking["action"] == "phone_call")]
    assert customers.loc[by_phone.index, "has_phone"].all()


def test_budget_and_capacities_are_kept_and_used(tight):
    ranking = tight.ranking()
    contacted = ranking[ranking["decision"] == "contact"]
    assert 0 < contacted["expected_cost"].sum() <= BUDGET + 1e-6
    assert contacted["expected_cost"].sum() > 0.5 * BUDGET, "money that earns is not left lying about"
    calls = contacted[contacted["action"] == "phone_call"]
    assert len(calls) <= CALLS
    assert (calls.groupby("manager_id").size() <= CALLS_PER_MANAGER).all()
    with_manager = contacted[contacted["manager_id"].notna() & (contacted["manager_id"] != "")]
    assert (with_manager.groupby("manager_id").size() <= CONTACTS_PER_MANAGER).all()
    assert "gift" not in set(contacted["action"]), "a capacity of none is none"
    assert {"no_capacity", "no_budget"} & set(ranking["decision"])


@pytest.mark.parametrize("which", ["finished", "tight"])
def test_offers_are_the_contacts_and_the_holdouts(which, request):
    project = request.getfixturevalue(which)
    ranking, offers = project.ranking(), project.offers()
    named = ranking[ranking["decision"].isin(["contact", "holdout"])].set_index("customer_id")
    log = offers.set_index("customer_id")
    assert set(log.index) == set(named.index)
    assert log.index.is_unique
    arm = named["decision"].map({"contact": "treated", "holdout": "holdout"})
    assert (log["arm"] == arm.reindex(log.index)).all()
    assert (log["action"] == named["action"].reindex(log.index)).all()
    assert set(log["cycle"]) == {project.cycle.name}
    assert log["propensity"].between(0, 1, inclusive="right").all()
    assert (log.loc[log["arm"] == "holdout", "cost"] == 0).all()
    assert (log["arm"] == "holdout").any(), "somebody must be left alone, or nothing is learnt"


@pytest.mark.parametrize("which", ["finished", "tight"])
def test_manifest_adds_up(which, request):
    project = request.getfixturevalue(which)
    ranking, manifest = project.ranking(), project.manifest()
    contacted = ranking[ranking["decision"] == "contact"]
    totals = manifest["totals"]
    counts = ranking["decision"].value_counts()
    assert {name: totals["counts"][name] for name in counts.index} == counts.to_dict()
    assert totals["spent"] == pytest.approx(contacted["expected_cost"].sum())
    assert totals["expected_net_value"] == pytest.approx(contacted["expected_net_value"].sum())
    assert manifest["rows"]["customers"] == len(ranking)
    assert manifest["rows"]["offers"] == len(project.offers())
    assert str(project.folder) not in (project.cycle / "manifest.json").read_text(encoding="utf-8")


def test_holdouts_are_those_drawn_and_no_others(finished, tmp_path):
    without = finished.copy(tmp_path / "none")
    without.edit({"targeting": {"holdout_share": 0.0, "explore_share": 0.0}})
    assert without.winback("score", "--quiet").code == 0
    assert "holdout" not in set(without.ranking()["decision"])
    more = finished.copy(tmp_path / "more")
    more.edit({"targeting": {"holdout_share": 0.4}})
    assert more.winback("score", "--quiet").code == 0

    def held(project):
        ranking = project.ranking()
        return set(ranking.loc[ranking["decision"] == "holdout", "customer_id"])

    # a larger share keeps whom the smaller one drew, as long as the budget binds nobody
    assert held(finished) < held(more)


def test_second_run_does_nothing_twice_and_gives_the_same_bytes(finished, tmp_path):
    project = finished.copy(tmp_path / "again")
    before, manifest = project.records(), project.manifest()
    bytes_before = {name: (project.cycle / name).read_bytes() for name in FILES - {"manifest.json"}}
    said = project.winback("run", "--json")
    assert said.code == 0, said.err
    changed = {name for name, at in project.records().items() if at != before[name]}
    assert changed == {"score"}
    for name, content in bytes_before.items():
        assert (project.cycle / name).read_bytes() == content, name
    after = project.manifest()
    manifest.pop("timings"), after.pop("timings")
    assert after == manifest


def test_the_page_written_again_has_the_same_bytes(finished, tmp_path):
    project = finished.copy(tmp_path / "again")
    page = project.cycle / "report.html"
    before = page.read_bytes()
    page.unlink()
    said = project.winback("report", "--json")
    assert said.code == 0, said.err
    assert page.read_bytes() == before


def test_only_what_reads_a_setting_runs_again(finished, tmp_path):
    project = finished.copy(tmp_path / "changed")
    before = project.records()
    project.edit({"run": {"threads": 2}})
    assert project.winback("run", "--quiet").code == 0
    assert {name for name, at in project.records().items() if at != before[name]} == {"score"}
    project.edit({"targeting": {"budget_amount": 500}})
    assert project.winback("run", "--quiet").code == 0
    assert {name for name, at in project.records().items() if at != before[name]} == {"score"}
    ranking = project.ranking()
    assert ranking.loc[ranking["decision"] == "contact", "expected_cost"].sum() <= 500


def _auc(risk: pd.Series, left: pd.Series) -> float:
    ranks = risk.rank().to_numpy()
    lost = left.to_numpy(bool)
    return float((ranks[lost].sum() - lost.sum() * (lost.sum() + 1) / 2) / (lost.sum() * (~lost).sum()))


def test_model_beats_recency_on_who_really_left(tmp_path):
    project = new_project(
        tmp_path / "larger", {"simulate": {"customers": 700, "days": 600}, "model": {"max_rounds": 100}}
    )
    assert project.winback("simulate", "--quiet").code == 0
    said = project.winback("run", "--quiet")
    assert said.code == 0, said.err
    truth = pd.read_parquet(project.folder / "data/truth/as_of.parquet").set_index("customer_id")["is_churned"]
    ranking = project.ranking().set_index("customer_id")
    active = ranking[ranking["population"] == "active"]
    left = truth.reindex(active.index)
    model, recency = _auc(active["churn_probability"], left), _auc(active["days_since_order"], left)
    assert model > recency + 0.02, (model, recency)
    assert model > 0.7
    calibration = active["churn_probability"].mean() - left.mean()
    assert abs(calibration) < 0.08
