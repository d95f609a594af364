"""The truth is true: closed forms against lived futures, and the company is neither too easy nor too hard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from winback.simulation import Interventions, World, look_ahead
from winback.simulation.company import ACTIVE, CAUSES, GONE, GRIEVANCES
from winback.simulation.effects import ACTIONS
from winback.simulation.forecast import forecast
from winback.simulation.log import Log
from winback.simulation.outreach import apply
from winback.simulation.world import advance

FUTURES = 16
INFERABLE = CAUSES[:7]


@pytest.fixture(scope="module")
def silent_share(world):
    """Share of futures in which each customer did not order for 90 days."""
    return 1 - np.mean([look_ahead(world.scene, 90, seed=1000 + each) for each in range(FUTURES)], axis=0)


@pytest.fixture(scope="module")
def outlook(world):
    return forecast(world.scene, np.flatnonzero(world.scene.state.present), tuple(ACTIONS), horizon_days=90)


def deviations(expected, shares, groups=8):
    """Mean difference per group of similar forecasts, in standard errors of that mean."""
    group = np.argsort(np.argsort(expected, kind="stable"), kind="stable") * groups // expected.size
    result = []
    for each in range(groups):
        rows = group == each
        error = np.sqrt((expected[rows] * (1 - expected[rows]) / FUTURES).sum()) / rows.sum()
        result.append((shares[rows].mean() - expected[rows].mean()) / max(error, 0.002))
    return np.array(result)


def test_probabilities_of_one_who_knows_the_phase_are_what_futures_bring(world, outlook, silent_share):
    shares = silent_share[world.scene.state.present]
    assert np.abs(deviations(outlook.lost_known, shares)).max() < 5


def test_the_observer_is_calibrated_and_less_sharp_than_one_who_knows(world, outlook, silent_share):
    shares = silent_share[world.scene.state.present]
    for low, high in zip(np.linspace(0, 0.9, 10), np.linspace(0.1, 1.0, 10), strict=True):
        rows = (outlook.lost >= low) & (outlook.lost <= high)
        if rows.sum() > 60:
            # the phase of each customer was drawn once, so whole customers vary
            tolerance = 4 * np.sqrt(shares[rows].var() / rows.sum()) + 0.01
            assert abs(shares[rows].mean() - outlook.lost[rows].mean()) < tolerance
    assert outlook.lost.var() < outlook.lost_known.var()


def test_beliefs_are_probabilities_that_come_true(world):
    scene = world.scene
    present = scene.state.present
    belief = scene.belief
    total = belief.active + belief.fading.sum(axis=1) + belief.gone.sum(axis=1)
    np.testing.assert_allclose(total[present], 1)
    gone = belief.gone.sum(axis=1)[present]
    for low, high in ((0, 0.05), (0.05, 0.4), (0.4, 0.9), (0.9, 1)):
        rows = (gone >= low) & (gone <= high)
        error = np.sqrt((gone[rows] * (1 - gone[rows])).sum()) / rows.sum()
        came = (scene.state.phase[present][rows] == GONE).mean()
        assert came == pytest.approx(gone[rows].mean(), abs=4 * error + 0.003)
    closed = present & (scene.state.closed_at > 0)
    assert closed.any()
    assert (belief.gone[closed, CAUSES.index("life_event")] == 1).all()


@pytest.mark.parametrize("name", ["phone_call", "apology", "director_guarantee"])
def test_uplifts_are_what_futures_with_the_action_bring(world, outlook, silent_share, name):
    rows = np.flatnonzero(world.scene.state.present)
    kept = np.zeros(len(world.scene.people))
    for each in range(FUTURES):
        # the same luck as in the futures without the action
        scene = world.scene.twin(1000 + each)
        apply(scene, Interventions(rows, np.zeros(rows.size, dtype=np.int64), (name,)))
        kept += look_ahead(scene, 90)
    lived = kept[rows] / FUTURES - (1 - silent_share[rows])
    told = outlook.lost_known - outlook.lost_known_with[:, list(ACTIONS).index(name)]
    strong = told > np.quantile(told, 0.8)
    assert lived[strong].mean() == pytest.approx(told[strong].mean(), rel=0.15)
    assert lived[~strong].mean() == pytest.approx(told[~strong].mean(), abs=0.006)


def test_margins_are_what_futures_earn(world, outlook):
    rows = np.flatnonzero(world.scene.state.present)
    earned = np.zeros((4, len(world.scene.people)))
    for each in range(4):
        scene = world.scene.twin(3000 + each)
        scene.log = Log()
        for _ in range(52):
            advance(scene)
        orders = scene.log.table("orders")
        age = (orders["ordered_at"] - world.scene.week_start) / 86_400e6
        np.add.at(earned[each], orders["customer"], orders["margin"] * 1.1 ** (-age / 365))
    mean = earned.mean(axis=0)[rows]
    expected = outlook.lost * outlook.margin_if_lost + (1 - outlook.lost) * outlook.margin_if_kept
    assert mean.sum() == pytest.approx(expected.sum(), rel=0.08)
    group = np.argsort(np.argsort(expected)) * 5 // expected.size
    for each in range(1, 5):
        assert mean[group == each].sum() == pytest.approx(expected[group == each].sum(), rel=0.2)
    assert (outlook.margin_if_kept >= outlook.margin_if_lost).mean() > 0.99


def test_leaving_is_neither_rare_nor_common_and_neither_easy_nor_hard_to_foresee(world, silent_share):
    scene = world.scene
    state, rows = scene.state, np.flatnonzero(scene.state.present)
    active = state.silence[rows] < 13
    told = forecast(scene, rows, (), horizon_days=90)
    assert 0.25 < 1 - active.mean() < 0.45
    assert 0.09 < silent_share[rows][active].mean() < 0.20
    future = np.concatenate([~look_ahead(scene, 90, seed=4000 + each)[rows][active] for each in range(4)])
    scores = {"recency": state.silence[rows][active], "observer": told.lost[active], "knowing": told.lost_known[active]}
    auc = {name: roc_auc_score(future, np.tile(score, 4)) for name, score in scores.items()}
    assert 0.63 < auc["recency"] < 0.77
    assert 0.80 < auc["observer"] < 0.90
    assert auc["observer"] < auc["knowing"]


def test_all_causes_occur_and_grievances_tell_most_but_not_all(company):
    left = company.truth("departures")
    share = left["cause"].value_counts(normalize=True)
    assert set(share.index) == set(CAUSES)
    assert (share[list(INFERABLE)] > 0.03).all()
    inferable = left[left["cause"].isin(INFERABLE)]
    hazard = inferable[[f"{name}_hazard" for name in INFERABLE]]
    guess = hazard.idxmax(axis=1).str.removesuffix("_hazard")
    assert 0.62 < (guess == inferable["cause"]).mean() < 0.80
    assert inferable["cause"].value_counts(normalize=True).max() < 0.40


def test_the_mix_of_causes_can_be_set():
    world = World(seed=4, customers=800, days=400, mix={"delivery": 4, "price": 0, "unknown": 0.5})
    plain = World(seed=4, customers=800, days=400)
    share = {}
    for name, each in (("mixed", world), ("plain", plain)):
        each.live()
        share[name] = np.bincount(each.scene.log.table("departures")["cause"], minlength=len(CAUSES))
    assert share["mixed"][CAUSES.index("price")] == 0
    assert share["mixed"][CAUSES.index("delivery")] > 2 * share["plain"][CAUSES.index("delivery")]


def test_truth_tables_agree_with_each_other_and_with_the_input(company):
    people, state, actions = company.truth("customers"), company.truth("as_of"), company.truth("actions")
    assert list(people["customer_id"]) == list(state["customer_id"]) == list(company.raw("customers")["customer_id"])
    assert len(actions) == len(state) * len(ACTIONS)
    joined = actions.merge(state, on="customer_id")
    np.testing.assert_allclose(
        joined["kept_probability"] - (1 - joined["churn_probability"]), joined["uplift"], atol=1e-12
    )
    np.testing.assert_allclose(joined["gain"], joined["uplift"] * joined["value_if_kept"])
    assert actions["kept_probability"].between(0, 1).all()
    assert actions["accept_probability"].between(0, 1).all()
    gone = people[people["phase"] != "active"]
    assert gone["cause"].notna().all()
    assert (gone["left_at"] < company.as_of).all()
    last = company.raw("orders").query("amount > 0").groupby("customer_id")["ordered_at"].max()
    stopped = gone[gone["phase"] == "gone"].set_index("customer_id")
    fades = company.truth("departures").groupby("customer_id")["is_fading"].last()
    sudden = stopped.index[~fades[stopped.index]].intersection(last.index)
    assert (last[sudden] <= stopped.loc[sudden, "left_at"] + pd.Timedelta("7D")).all()
    closed = company.raw("customers").set_index("customer_id")["closed_at"].dropna().index
    assert (people.set_index("customer_id").loc[closed, "cause"] == "life_event").all()


def test_the_treated_stay_more_often_than_the_held_out(company):
    offers = company.truth("offers")
    treated = offers["is_treated"]
    lift = offers["kept_probability_with"] - offers["kept_probability_without"]
    assert 0.01 < lift.mean() < 0.2
    assert lift[offers["phase"] == "gone"].mean() > lift[offers["phase"] == "active"].mean()
    assert offers.loc[treated, "kept_probability_without"].mean() == pytest.approx(
        offers.loc[~treated, "kept_probability_without"].mean(), abs=0.05
    )
    # and what customers did bears it out
    log = company.raw("offers").merge(
        offers.drop(columns=["action"]), on=["cycle", "customer_id"], validate="one_to_one"
    )
    log = log[log["offered_at"] + pd.Timedelta("90D") < company.as_of]
    orders = company.raw("orders").query("amount > 0")
    pairs = log.merge(orders[["customer_id", "ordered_at"]], on="customer_id")
    since = pairs["ordered_at"] - pairs["offered_at"]
    kept = pairs[(since > pd.Timedelta(0)) & (since < pd.Timedelta("90D"))]
    keys = set(zip(kept["cycle"], kept["customer_id"], strict=True))
    came = np.array([key in keys for key in zip(log["cycle"], log["customer_id"], strict=True)])
    for arm, column in (("treated", "kept_probability_with"), ("holdout", "kept_probability_without")):
        rows = (log["arm"] == arm).to_numpy()
        assert came[rows].mean() == pytest.approx(log.loc[rows, column].mean(), abs=0.05)


def test_contented_customers_are_only_bothered(world, outlook):
    scene = world.scene
    rows = np.flatnonzero(scene.state.present)
    known_active = (scene.state.phase[rows] == ACTIVE) & (scene.state.grievance[rows].sum(axis=1) < 0.05)
    harm = outlook.lost_known_with[known_active] - outlook.lost_known[known_active][:, None]
    assert known_active.sum() > 20
    assert (harm[:, list(ACTIONS).index("change_manager")] > 0.001).all()
    assert harm.mean() > 0


def test_no_action_helps_against_a_life_event(world, outlook):
    scene = world.scene
    rows = np.flatnonzero(scene.state.present)
    moved = (scene.state.cause[rows] == CAUSES.index("life_event")) & (scene.state.phase[rows] == GONE)
    np.testing.assert_allclose(outlook.lost_known_with[moved], 1)


def test_a_policy_changes_what_customers_do_and_only_that(world):
    def kept(interventions):
        twin = world.scene.twin()
        if interventions is not None:
            apply(twin, interventions)
        return look_ahead(twin, 90)

    state = world.scene.state
    lost = np.flatnonzero(state.present & (state.phase == GONE) & (state.cause == CAUSES.index("neglect")))
    calls = Interventions(lost, np.zeros(lost.size, dtype=np.int64), ("phone_call",))
    with_calls, without = kept(calls), kept(None)
    assert with_calls[lost].sum() > without[lost].sum() + 5
    np.testing.assert_array_equal(kept(None), without)


def test_a_world_lives_on_beyond_its_data_with_newcomers():
    world = World(seed=9, customers=200, days=280, ahead_weeks=6)
    world.live()
    before = world.scene.state.present.sum()
    rows = np.flatnonzero(world.scene.state.present)[:20]
    accepted = world.step(Interventions(rows, np.zeros(20, dtype=np.int64), ("gift",)))
    assert accepted.shape == (20,)
    for _ in range(5):
        world.step()
    assert before == 200
    assert world.scene.state.present.sum() > before
    assert len(GRIEVANCES) == world.scene.state.grievance.shape[1]
