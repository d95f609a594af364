"""Customers divided into blocks that answer questions, against the same customers in one."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_targeting_decide import REASONS, columns, people, some_actions

from winback.response import assumed_effects
from winback.response.individual import UpliftShifts
from winback.settings import TargetingSettings
from winback.targeting import Candidates, decide
from winback.targeting.blocks import Block, Here
from winback.targeting.cycle import Choice, Cycle, People, choose, totals_of
from winback.targeting.demand import Demand
from winback.targeting.kernels import certain, respond
from winback.targeting.limits import Prices
from winback.targeting.sizes import Sizes, whole_steps


@dataclass
class Divided:
    """Blocks elsewhere: questions travel as bytes, as to a cluster, and only a few customers are handed over."""

    blocks: list[Block]
    few: int
    asked: int = 0

    def add_up(self, question: Any) -> Any:
        self.asked += 1
        sent = pickle.dumps(question)
        # the last first: no order may matter
        return reduce(add, [pickle.loads(sent)(block) for block in reversed(self.blocks)])

    def first(self, question: Any, count: int) -> Any:
        return self.add_up(question).in_order(count)


def made_in_parts(
    cycle: Cycle, candidates: Candidates, part: np.ndarray, few: int, shifts: UpliftShifts | None = None
) -> tuple[dict[str, np.ndarray], Any, Choice]:
    places = [np.flatnonzero(part == number) for number in range(int(part.max()) + 1)]
    parts = [People.of(cycle, candidates.rows(rows), None if shifts is None else shifts.rows(rows)) for rows in places]
    survey = reduce(add, [some.survey() for some in parts])
    blocks = [some.block(survey) for some in parts]
    choice = choose(Divided(blocks, few), survey, cycle)
    said = [some.decided(block, choice) for some, block in zip(parts, blocks, strict=True)]
    found = {}
    for name in said[0][0]:
        found[name] = np.empty(len(candidates), said[0][0][name].dtype)
        for some, rows, (column, _) in zip(parts, places, said, strict=True):
            found[name][rows[some.order]] = column[name]
    sums = reduce(add, [own for _, own in said])
    return found, totals_of(choice, sums, survey, cycle, 0.0 if shifts is None else shifts.scale_error), choice


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 150),
    parts=st.integers(1, 7),
    few=st.integers(1, 60),
    budget=st.one_of(st.none(), st.floats(0, 4000)),
    explore=st.sampled_from([0.0, 0.05, 0.6]),
    capacity=st.one_of(st.none(), st.integers(0, 10)),
    own=st.booleans(),
)
def test_any_division_gives_the_same_decisions(
    seed: int,
    n: int,
    parts: int,
    few: int,
    budget: float | None,
    explore: float,
    capacity: int | None,
    own: bool,
) -> None:
    candidates, rng = people(n, seed), np.random.default_rng(seed)
    actions = some_actions(capacity=capacity, capacity_per_manager=capacity)
    targeting = TargetingSettings(
        budget_amount=budget, holdout_share=0.1, explore_share=explore, capacity_per_manager=7, max_value_share=0.5
    )
    effects = assumed_effects(actions, REASONS)
    shifts = UpliftShifts(rng.normal(0, 0.05, (4, n, len(actions))).astype(np.float32), 0.2) if own else None
    cycle = Cycle(actions, effects, targeting, "2024-05-06", 7)
    wanted = decide(candidates, actions, effects, targeting, cycle="2024-05-06", seed=7, shifts=shifts)
    found, totals, _ = made_in_parts(cycle, candidates, rng.integers(0, parts, n), few, shifts)
    for name, column in columns(wanted).items():
        np.testing.assert_array_equal(found[name], column, err_msg=name)
    assert totals.curve == wanted.totals.curve
    assert totals.counts == wanted.totals.counts
    assert totals.managers == wanted.totals.managers
    for field in fields(Prices):
        np.testing.assert_array_equal(getattr(totals.prices, field.name), getattr(wanted.totals.prices, field.name))
    # only these sums are of numbers that are no whole steps
    plain = ("spent", "expected_net_value", "low", "high", "bound", "gap_share", "exploration_price")
    for name in plain:
        assert getattr(totals, name) == pytest.approx(getattr(wanted.totals, name), rel=1e-9, abs=1e-9), name


def random_block(seed: int, n: int, k: int = 4, m: int = 5) -> Block:
    rng = np.random.default_rng(seed)
    cost = rng.lognormal(3, 1, (n, k))
    value = rng.lognormal(4, 1, (n, 1)) * rng.random((n, k)) - cost
    whole_steps(cost, 2.0**-30)
    whole_steps(value, 2.0**-30)
    value[(rng.random((n, k)) < 0.2) | (value <= 0)] = -np.inf
    return Block.of(value, cost, rng.integers(0, m, n).astype(np.int32))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 2), st.floats(0, 1), st.floats(0, 40), st.floats(0, 10))
def test_a_choice_called_certain_is_made_at_all_prices_between(
    seed: int, budget: float, budget_width: float, place: float, width: float
) -> None:
    block, rng = random_block(seed, 60), np.random.default_rng(seed)
    low = place * rng.random((5, 4))
    high = low + width * rng.random((5, 4))
    is_certain, action = certain(block.value, block.cost, block.manager, (budget, budget + budget_width), low, high)
    for share in (0.0, 0.3, 1.0):
        unit = low + share * (high - low)
        price = budget + budget_width * rng.choice([0.0, 0.5, 1.0])
        surplus = block.value - price * block.cost - unit[block.manager]
        best = np.where(surplus.max(axis=1) > 0, surplus.argmax(axis=1), -1)
        np.testing.assert_array_equal(action[is_certain], best[is_certain])
    same = certain(block.value, block.cost, block.manager, (budget, budget), low, low)[0]
    assert same.all(), "without a width nothing is open"


def test_equal_actions_leave_nothing_open_at_given_prices() -> None:
    """Everyone is indifferent between two actions at all prices; few are handed over all the same."""
    block = random_block(5, 300)
    twice = replace(block, value=np.repeat(block.value, 2, axis=1), cost=np.repeat(block.cost, 2, axis=1))
    demand, here = Demand(Divided([twice.rows(slice(100)), twice.rows(slice(100, None))], 9)), Demand(Here(twice))
    prices = Prices(0.3, np.zeros(8), np.zeros(5), np.zeros((5, 8)))
    found, wanted = demand.at(prices), here.at(prices)
    assert (found.gained, found.spend) == (wanted.gained, wanted.spend)
    np.testing.assert_array_equal(found.usage, wanted.usage)
    assert not wanted.usage[:, 1::2].any()


def test_sums_are_the_same_near_the_margin_and_far_from_it() -> None:
    """Few are asked here while prices move a little; what comes out is what asking everyone gives, to the bit."""
    block, rng = random_block(3, 4000), np.random.default_rng(4)
    blocks = [block.rows(rows) for rows in np.array_split(rng.permutation(4000), 9)]
    elsewhere, here = Divided(blocks, 400), Demand(Here(block))
    demand = Demand(elsewhere)
    assert demand.sizes == here.sizes
    price, unit = 0.5, np.zeros((5, 4))
    for _ in range(40):
        price, unit = price * rng.uniform(0.98, 1.02), np.maximum(unit + rng.normal(0, 0.1, (5, 4)), 0)
        prices = Prices(price, np.zeros(4), np.zeros(5), unit)
        found, wanted = demand.at(prices), here.at(prices)
        assert (found.gained, found.spend) == (wanted.gained, wanted.spend)
        np.testing.assert_array_equal(found.usage, wanted.usage)
        assert wanted.gained == respond(block.value, block.cost, block.manager, price, prices.per_offer())[0]
    assert elsewhere.asked < 20, "they are not asked anew at every step"
    steps = np.array([0.1, 0.4, 2.0])
    np.testing.assert_array_equal(demand.spends(steps, unit), here.spends(steps, unit))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=200), st.integers(0, 100))
def test_whole_steps_add_up_the_same_in_any_order(numbers: list[float], seed: int) -> None:
    given = np.array(numbers)
    step = Sizes.of(given).step()
    whole, above = given.copy(), given.copy()
    whole_steps(whole, step)
    whole_steps(above, step, up=True)
    assert (whole <= given).all()
    assert (given - whole < step).all()
    assert (above >= given).all()
    assert (above - whole <= step).all()
    assert step * len(given) <= given.sum() * 2.0**-50 * len(given)
    order = np.random.default_rng(seed).permutation(len(given))
    there = reduce(add, whole.tolist())
    assert there == reduce(add, whole[order].tolist())
    assert there == sum(int(number / step) for number in whole) * step


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e3, 1e9, allow_subnormal=False), min_size=1, max_size=200), st.integers(0, 200))
def test_sizes_are_those_of_the_numbers_however_they_are_divided(numbers: list[float], cut: int) -> None:
    given = np.array(numbers)
    sizes = Sizes.of(given[:cut]) + Sizes.of(given[cut:])
    positive = given[given > 0]
    assert len(sizes) == len(positive)
    assert sizes.median() == Sizes.of(given).median()
    if len(positive):
        exact = np.quantile(positive, [0, 0.5, 1], method="nearest")
        shares = sizes.quantiles([0, 0.5, 1])
        assert (shares <= exact).all()
        np.testing.assert_allclose(shares[[0, 2]], exact[[0, 2]], rtol=2.0**-8)
        assert sizes.above() > positive.max()
