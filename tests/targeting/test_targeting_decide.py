"""One cycle: who is contacted, who is held out, who must not be approached, and why not the others."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.actions import Actions
from winback.errors import DataError
from winback.response import assumed_effects
from winback.settings import ActionSettings, TargetingSettings
from winback.targeting import DECISIONS, Candidates, Decisions, decide, exclusion_rules, keyed_draws
from winback.targeting.exclusions import DAY_US, NO_TIME
from winback.texts import Texts

REASONS = ("price", "delivery", "neglect", "unknown")
RULES = ("", "", "", "", "", "", "do_not_contact", "do_not_win_back", "closed", "cooldown", "life_event")


def some_actions(**changes: Any) -> Actions:
    made = {
        "email": ActionSettings(contact_cost=2, save_probability=0.03, channel="email", accept_probability=0.1),
        "call": ActionSettings(
            contact_cost=60,
            save_probability={"default": 0.1, "neglect": 0.3},
            channel="phone",
            capacity_per_manager=changes.get("capacity_per_manager"),
        ),
        "gift": ActionSettings(
            contact_cost=20,
            offer_cost=80,
            accept_probability=0.5,
            save_probability=0.12,
            capacity=changes.get("capacity"),
        ),
        "discount": ActionSettings(
            contact_cost=10, offer_share=0.1, accept_probability=0.6, save_probability={"default": 0.05, "price": 0.3}
        ),
        "farewell": ActionSettings(contact_cost=5, save_probability=0.05, populations=("lapsed",)),
    }
    return Actions.from_settings(made)


def people(n: int, seed: int = 0, *, prefix: str = "c") -> Candidates:
    rng = np.random.default_rng(seed)

    def pick(words: tuple[str, ...]) -> np.ndarray:
        return np.array(words, dtype=object)[rng.integers(0, len(words), n)]

    return Candidates(
        np.array([f"{prefix}{i}" for i in range(n)], dtype=object),
        rng.integers(0, 2, n).astype(np.int8),
        rng.random(n),
        rng.lognormal(7, 1.3, n),
        rng.lognormal(5, 1, n),
        pick(REASONS),
        pick(("anna", "boris", "")),
        rng.random(n) < 0.8,
        rng.random(n) < 0.8,
        pick(RULES),
    )


def decided(
    candidates: Candidates, actions: Actions | None = None, *, with_curve: bool = True, **changes: Any
) -> Decisions:
    chosen = some_actions() if actions is None else actions
    targeting = TargetingSettings(**({"budget_amount": 20.0 * len(candidates)} | changes))
    effects = assumed_effects(chosen, REASONS)
    return decide(candidates, chosen, effects, targeting, cycle="2024-05-06", seed=7, with_curve=with_curve)


def columns(made: Decisions) -> dict[str, np.ndarray]:
    return {f.name: getattr(made, f.name) for f in fields(made) if isinstance(getattr(made, f.name), np.ndarray)}


def joined(one: Candidates, other: Candidates) -> Candidates:
    columns = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(one) if getattr(one, f.name) is not None]
    return Candidates(*(np.concatenate(pair) for pair in columns))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 120),
    budget=st.one_of(st.none(), st.floats(0, 5000)),
    holdout=st.floats(0, 0.5),
    explore=st.floats(0, 0.9),
    capacity=st.one_of(st.none(), st.integers(0, 10)),
    minimum=st.floats(-50, 200),
)
def test_constraints_are_never_violated(
    seed: int,
    n: int,
    budget: float | None,
    holdout: float,
    explore: float,
    capacity: int | None,
    minimum: float,
) -> None:
    candidates, actions = people(n, seed), some_actions(capacity=capacity, capacity_per_manager=capacity)
    made = decided(
        candidates,
        actions,
        budget_amount=budget,
        holdout_share=holdout,
        explore_share=explore,
        min_net_value=minimum,
        capacity_per_manager=5,
        max_value_share=0.5,
    )
    contact, names = made.decision == "contact", made.names()
    assert set(made.decision) <= set(DECISIONS)
    assert budget is None or made.expected_cost[contact].sum() <= budget * (1 + 1e-12)
    assert (candidates.excluded_rule[contact | (made.decision == "holdout")] == "").all()
    assert (made.decision[candidates.excluded_rule != ""] == "excluded").all()
    assert candidates.has_email[contact & (names == "email")].all()
    assert candidates.has_phone[contact & (names == "call")].all()
    assert (candidates.population[contact & (names == "farewell")] == 1).all()
    assert (made.expected_net_value[contact] > max(minimum, 0)).all()
    assert (made.expected_cost[contact] <= 0.5 * candidates.value_if_kept[contact]).all()
    for manager in ("anna", "boris"):
        mine = contact & (candidates.manager_id == manager)
        assert mine.sum() <= 5
        assert capacity is None or (mine & (names == "call")).sum() <= capacity
    assert capacity is None or (contact & (names == "gift")).sum() <= capacity
    assert made.totals.gap_share >= 0
    assert sum(made.totals.counts[word] for word in DECISIONS) == n


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 80))
def test_order_of_rows_changes_nothing(seed: int, n: int) -> None:
    candidates = people(n, seed)
    order = np.random.default_rng(seed).permutation(n)
    there, back = decided(candidates), decided(candidates.rows(order))
    for name, column in columns(there).items():
        assert np.array_equal(column[order], columns(back)[name], equal_nan=column.dtype.kind == "f"), name
    assert there.totals.content(there.action_names) == back.totals.content(back.action_names)


def test_the_arithmetic_can_be_redone_by_hand() -> None:
    candidates = people(300)
    made = decided(candidates)
    some = made.action >= 0
    cost = made.contact_cost + made.offer_cost * made.accept
    assert made.expected_cost[some] == pytest.approx(cost[some])
    assert made.expected_net_value[some] == pytest.approx(
        (made.uplift * candidates.value_if_kept - made.expected_cost)[some]
    )
    call = made.names() == "call"
    save = np.where(candidates.reason == "neglect", 0.3, 0.1)
    assert made.uplift[call] == pytest.approx((candidates.churn_probability * save)[call])
    assert ((made.uplift_low <= made.uplift) & (made.uplift <= made.uplift_high)).all()
    contact = made.decision == "contact"
    assert made.totals.spent == pytest.approx(made.expected_cost[contact].sum())
    assert made.totals.expected_net_value == pytest.approx(made.expected_net_value[contact].sum())
    assert made.totals.low < made.totals.expected_net_value < made.totals.high


def test_uncontacted_rows_show_their_best_action() -> None:
    candidates = people(200)
    made = decided(candidates, budget_amount=0)
    actions = some_actions()
    effects = assumed_effects(actions, REASONS)
    codes = effects.reason_codes(candidates.reason)
    best = np.full(len(candidates), -np.inf)
    for code in range(len(actions)):
        uplift = effects.uplift(code, candidates.population, codes, candidates.churn_probability)
        net = uplift * candidates.value_if_kept - actions.costs(code, candidates.horizon_revenue)
        possible = actions.reachable(code, candidates.has_email, candidates.has_phone)
        best = np.maximum(best, np.where(possible & actions.meant_for(code, candidates.population), net, -np.inf))
    assert made.expected_net_value == pytest.approx(best)


def test_holdouts_are_drawn_by_customer_and_cycle_alone() -> None:
    candidates = people(2000)
    ids = candidates.customer_id
    first = keyed_draws(ids, "2024-05-06", 7)
    assert np.array_equal(first, keyed_draws(ids, "2024-05-06", 7))
    assert np.array_equal(first[:10], keyed_draws(ids[:10], "2024-05-06", 7))
    for other in (keyed_draws(ids, "2024-05-13", 7), keyed_draws(ids, "2024-05-06", 8)):
        assert not (first == other).any()
    share = (first[:, 0] < 2**64 // 10).mean()
    assert 0.07 < share < 0.13
    assert abs(np.corrcoef(first.astype(float).T)[0, 1]) < 0.08


def test_holdout_stays_the_same_when_other_customers_come() -> None:
    few, more = people(300, seed=1), people(300, seed=2, prefix="new")
    alone = decided(few, budget_amount=None)
    together = decided(joined(few, more), budget_amount=None)
    held = alone.decision == "holdout"
    assert held.sum() > 5
    assert np.array_equal(held, together.decision[:300] == "holdout")


def test_holdouts_use_nothing_and_have_the_action_of_the_same_prices() -> None:
    candidates = people(3000)
    with_holdout = decided(candidates, holdout_share=0.3, explore_share=0)
    held = with_holdout.decision == "holdout"
    # without those drawn, the very same contacts are made
    drawn = keyed_draws(candidates.customer_id, "2024-05-06", 7)[:, 0].astype(float) < 0.3 * 2.0**64
    rest = decided(candidates.rows(np.flatnonzero(~drawn)), holdout_share=0, explore_share=0, budget_amount=60_000)
    assert np.array_equal(with_holdout.decision[~drawn] == "contact", rest.decision == "contact")
    assert np.array_equal(with_holdout.action[~drawn], rest.action)
    # arms are alike: same mix of actions, within what chance allows
    treated = with_holdout.decision == "contact"
    for code in range(len(with_holdout.action_names)):
        ours, theirs = (float((with_holdout.action[arm] == code).mean()) for arm in (treated, held))
        assert ours == pytest.approx(theirs, abs=0.12)
    assert (with_holdout.arm[held] == "holdout").all()


def test_exploration_is_second_best_and_its_propensity_is_logged() -> None:
    candidates = people(4000)
    made = decided(candidates, explore_share=0.2, holdout_share=0.1)
    plain = decided(candidates, explore_share=0, holdout_share=0.1)
    contact, explored = made.decision == "contact", made.is_exploration
    assert explored[contact].mean() == pytest.approx(0.2, abs=0.06)
    both = explored & (plain.decision == "contact")
    assert (made.action[both] != plain.action[both]).mean() > 0.9
    assert made.propensity[contact & explored] == pytest.approx(0.9 * 0.2)
    assert set(np.round(made.propensity[contact & ~explored], 9)) <= {0.72, 0.9}
    held = made.decision == "holdout"
    assert made.propensity[held & explored] == pytest.approx(0.1 * 0.2)
    assert np.isnan(made.propensity[~contact & ~held]).all()
    assert made.totals.exploration_price > 0
    assert plain.totals.exploration_price == 0
    assert made.totals.expected_net_value < plain.totals.expected_net_value
    assert made.totals.gap_share < 0.005


def test_more_budget_reaches_who_was_told_that_it_would() -> None:
    candidates = people(1500)
    changes = {"explore_share": 0, "holdout_share": 0}
    made = decided(candidates, budget_amount=8000, **changes)
    told = np.flatnonzero(made.text_id == "decision-no-budget")
    assert len(told) > 50
    assert (made.amount[told] > 8000).all()
    rows = told[:: len(told) // 24]
    reached = {factor: [] for factor in (0.9, 1.05)}
    for row in rows:
        for factor, found in reached.items():
            budget = float(made.amount[row]) * factor
            enough = decided(candidates, with_curve=False, budget_amount=budget, **changes)
            found.append(enough.decision[row] == "contact")
    assert np.mean(reached[1.05]) >= 0.8
    assert np.mean(reached[0.9]) <= 0.2


def test_capacity_is_named_when_it_is_what_lacks() -> None:
    candidates = replace(people(400), excluded_rule=np.full(400, "", dtype=object))
    only_gift = Actions.from_settings({"gift": ActionSettings(contact_cost=1, save_probability=0.3, capacity=20)})
    made = decided(candidates, only_gift, budget_amount=None, explore_share=0)
    beaten = made.decision == "no_capacity"
    assert beaten.sum() > 100
    assert (made.text_id[beaten] == "decision-no-capacity-action").all()
    assert (made.amount[beaten] == 20).all()
    booked = decided(candidates, budget_amount=None, capacity_per_manager=3, explore_share=0)
    beaten = booked.decision == "no_capacity"
    assert (booked.text_id[beaten] == "decision-no-capacity-manager").all()
    assert "" not in set(candidates.manager_id[beaten])


def test_curve_rises_with_falling_steps() -> None:
    made = decided(people(2000), explore_share=0)
    budgets = np.array([point.budget for point in made.totals.curve])
    values = np.array([point.net_value for point in made.totals.curve])
    assert (np.diff(budgets) > 0).all()
    assert (np.diff(values) >= -1e-6 * values.max()).all()
    slopes = np.diff(values) / np.diff(budgets)
    assert (np.diff(slopes) <= 1e-3 * slopes.max()).all()
    own = [point for point in made.totals.curve if point.budget == made.totals.budget]
    assert own[0].net_value == pytest.approx(made.totals.bound, rel=1e-4)
    # what one more unit of money earns lies between the slopes beside it
    assert slopes.min() - 1e-9 <= made.totals.prices.budget <= slopes.max()


def test_unreachable_and_unmeant_are_excluded() -> None:
    candidates = replace(people(50), has_email=np.zeros(50, bool), excluded_rule=np.full(50, "", dtype=object))
    mail = Actions.from_settings({"mail": ActionSettings(contact_cost=1, save_probability=0.2, channel="email")})
    assert set(decided(candidates, mail).text_id) == {"decision-excluded-unreachable"}
    lapsed = ActionSettings(contact_cost=1, save_probability=0.2, populations=("lapsed",))
    made = decided(candidates, Actions.from_settings({"back": lapsed}))
    assert set(made.text_id[candidates.population == 0]) == {"decision-excluded-no-action"}


def test_without_actions_nothing_is_offered() -> None:
    made = decided(people(20), Actions.from_settings({}))
    assert set(made.decision) == {"excluded"}
    assert (made.action == -1).all()
    assert made.totals.expected_net_value == 0


def test_nobody_to_decide_on() -> None:
    made = decided(people(0))
    assert len(made) == 0
    assert made.totals.spent == 0


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_decision_can_be_worded(language: str) -> None:
    texts = Texts(language, "EUR")
    candidates = people(600)
    actions = some_actions(capacity=5, capacity_per_manager=3)
    for changes in ({}, {"min_net_value": 300}, {"max_value_share": 0.01}, {"capacity_per_manager": 4}):
        made = decided(candidates, actions, **changes)
        details = made.details(np.full(600, "anna", object), minimum=300.0, cooldown_days=30)
        for text_id in set(made.text_id):
            row = int(np.flatnonzero(made.text_id == text_id)[0])
            detail = {name: values[row] for name, values in details.items()}
            assert texts.format(str(text_id), **(detail | {"action": texts.action(detail["action"] or "email")}))


def test_faults_of_candidates_are_told_together() -> None:
    good = people(3)
    with pytest.raises(DataError, match="1 values outside 0 to 1") as caught:
        replace(
            good,
            churn_probability=np.array([0.5, 1.5, 0.1]),
            value_if_kept=np.array([1.0, np.nan, 1.0]),
            customer_id=np.array(["a", "a", "b"], dtype=object),
        )
    assert len(caught.value.faults) == 3


def test_cooldown_counts_days_since_the_last_offer() -> None:
    days_ago = np.array([0, 29, 30, 31, 0])
    last = (100 - days_ago) * DAY_US
    last[4] = NO_TIME
    no = np.zeros(5, dtype=bool)
    flags = {"do_not_contact": no, "do_not_win_back": no, "is_closed": no, "has_life_event": no}
    rules = exclusion_rules(as_of=100 * DAY_US, cooldown_days=30, last_offer_at=last, **flags)
    assert rules.tolist() == ["cooldown", "cooldown", "cooldown", "", ""]
    longer = exclusion_rules(as_of=100 * DAY_US, cooldown_days=30, last_offer_at=last, window_days=90, **flags)
    assert longer.tolist() == ["cooldown"] * 4 + [""]


def test_what_the_customer_asked_for_outranks_the_calendar() -> None:
    yes = np.ones(1, dtype=bool)
    flags = {"do_not_contact": yes, "do_not_win_back": yes, "is_closed": yes, "has_life_event": yes}
    rules = exclusion_rules(as_of=DAY_US, cooldown_days=30, last_offer_at=np.zeros(1, dtype=np.int64), **flags)
    assert rules.tolist() == ["do_not_contact"]
