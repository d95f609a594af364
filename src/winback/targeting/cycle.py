"""A cycle's decision in three steps, each of which customers take in whatever division.

1. Everyone is asked what managers there are, and how large values and costs are (`Survey`).
2. Prices and what is left of the limits are found from sums and from those near the margin (`choose`).
3. With these every customer's decision is its own, and what the cycle comes to is a sum again (`CycleSums`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.actions import Actions
from winback.response import Effects
from winback.response.individual import UpliftShifts
from winback.settings import TargetingSettings
from winback.targeting.arithmetic import arithmetic
from winback.targeting.blocks import Block, Customers
from winback.targeting.candidates import Candidates
from winback.targeting.decisions import DECISIONS, Totals
from winback.targeting.demand import Demand
from winback.targeting.draws import below, keyed_draws, keys_of
from winback.targeting.forecast import NetValueSums
from winback.targeting.kernels import NONE
from winback.targeting.pairs import Pairs, make_limits, price_pairs
from winback.targeting.plan import Plan, make_plan, treatable
from winback.targeting.sizes import Sizes, whole_steps
from winback.targeting.verdicts import Ladder, give_verdicts, make_ladder

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cycle:
    """What is decided with.

    Parameters
    ----------
    actions : Actions
        What may be done.
    effects : Effects
        What it is believed to do; made for the same actions.
    settings : TargetingSettings
        Budget, capacities, shares and minima.
    name : str
        The ``as_of`` date.
    seed : int
        ``run.seed``.
    """

    actions: Actions
    effects: Effects
    settings: TargetingSettings
    name: str
    seed: int


@dataclass(frozen=True, eq=False)
class Survey:
    """What must be known of all customers before any is decided on.

    Parameters
    ----------
    managers : tuple of str
        Who looks after any of them, in order; ``""`` stands for none.
    value, cost : Sizes
        The largest of each customer's values and costs; no cycle uses more than their sums.
    """

    managers: tuple[str, ...]
    value: Sizes
    cost: Sizes

    def __add__(self, other: Survey) -> Survey:
        managers = tuple(sorted({*self.managers, *other.managers}))
        return Survey(managers, self.value + other.value, self.cost + other.cost)


@dataclass(frozen=True, eq=False)
class Choice:
    """What decides on every customer: a plan, and what more budget would reach."""

    plan: Plan
    ladder: Ladder | None


@dataclass(frozen=True, eq=False)
class CycleSums:
    """What decided customers come to; sums of parts add up.

    Parameters
    ----------
    counts : ndarray of int64
        Customers per decision, in the order of `DECISIONS`, and explored contacts.
    spent : float
        Expected cost of contacts.
    net_value : NetValueSums
        What contacts earn.
    """

    counts: NDArray[np.int64]
    spent: float
    net_value: NetValueSums

    def __add__(self, other: CycleSums) -> CycleSums:
        return CycleSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def choose(customers: Customers, survey: Survey, cycle: Cycle, *, with_curve: bool = True) -> Choice:
    """Find prices and what is left of the limits for customers in blocks, here or elsewhere.

    Parameters
    ----------
    customers : Customers
        Blocks that `People.block` has made.
    survey : Survey
        What all of them have said.
    cycle : Cycle
        What is decided with.
    with_curve : bool
        Also work out the spend-versus-gain curve.
    """
    has_manager = np.array([word != "" for word in survey.managers], dtype=np.bool_)
    limits = make_limits(cycle.actions, cycle.settings, has_manager)
    demand = Demand(customers, treatable)
    plan = make_plan(customers, limits, demand, cycle.settings, with_curve=with_curve)
    return Choice(plan, make_ladder(customers, demand, plan))


@dataclass(frozen=True, eq=False)
class People:
    """Customers at hand, all of a cycle's or some of them.

    Parameters
    ----------
    cycle : Cycle
        What is decided with.
    candidates : Candidates
        Who they are.
    shifts : UpliftShifts or None
        What an adopted uplift learner adds for each of them.
    order : ndarray of int64, shape (n,)
        Where each was among those given.
    draws : ndarray of uint64, shape (n, 2)
        Each one's own (`keyed_draws`).
    pairs : Pairs
        What every action would earn.
    """

    cycle: Cycle
    candidates: Candidates
    shifts: UpliftShifts | None
    order: NDArray[np.int64]
    draws: NDArray[np.uint64]
    pairs: Pairs

    @classmethod
    def of(cls, cycle: Cycle, candidates: Candidates, shifts: UpliftShifts | None) -> People:
        """Draw for customers, put them into the order of their draws, and work out what every action would earn."""
        draws = keyed_draws(candidates.customer_id, cycle.name, cycle.seed)
        # the order of the rows then changes no sum
        order = np.lexsort((draws[:, 1], draws[:, 0]))
        people, own = candidates.rows(order), None if shifts is None else shifts.rows(order)
        pairs = price_pairs(people, cycle.actions, cycle.effects, cycle.settings, own)
        # nothing that a rule excludes ever reaches the allocation
        pairs.eligible[people.excluded_rule != ""] = -np.inf
        return cls(cycle, people, own, order, draws[order], pairs)

    def survey(self) -> Survey:
        """Say what must be known of all customers."""
        possible = self.pairs.eligible > 0
        cost = np.where(possible, self.pairs.cost, 0.0).max(axis=1, initial=0.0)
        return Survey(
            tuple(sorted(set(self.candidates.manager_id))),
            Sizes.of(self.pairs.eligible.max(axis=1, initial=-np.inf)),
            Sizes.of(cost),
        )

    def block(self, survey: Survey) -> Block:
        """Return the customers as `choose` takes them; values are rounded down and costs up to whole steps.

        They are rounded where they stand, once `survey` has seen them: all pairs twice would not fit into memory.
        """
        shares = self.cycle.settings
        whole_steps(self.pairs.eligible, survey.value.step())
        whole_steps(self.pairs.cost, survey.cost.step(), up=True)
        return Block(
            self.pairs.eligible,
            self.pairs.cost,
            self._managers(survey),
            keys_of(self.draws),
            below(self.draws[:, 0], shares.holdout_share),
            below(self.draws[:, 1], shares.explore_share),
        )

    def _managers(self, survey: Survey) -> NDArray[np.int32]:
        codes, own = pd.factorize(self.candidates.manager_id)
        place = {word: code for code, word in enumerate(survey.managers)}
        return np.array([place[word] for word in own], np.int32)[codes]

    def decided(self, block: Block, choice: Choice) -> tuple[dict[str, NDArray[Any]], CycleSums]:
        """Return the columns of `Decisions` for these customers, in the order of their draws, and what they come to."""
        people, cycle = self.candidates, self.cycle
        chosen = choice.plan.chosen(block)
        verdicts = give_verdicts(
            block,
            self.pairs,
            choice.plan,
            chosen,
            choice.ladder,
            rule=people.excluded_rule,
            minimum=cycle.settings.min_net_value,
        )
        rows = arithmetic(people, cycle.actions, cycle.effects, verdicts.action, self.shifts) | {
            "decision": verdicts.decision,
            "text_id": verdicts.text_id,
            "amount": verdicts.amount,
            "is_exploration": chosen.explored,
            "arm": np.select([chosen.taken != NONE, chosen.shadow != NONE], ["treated", "holdout"], "").astype(object),
            "propensity": chosen.propensity,
        }
        return rows, self._sums(rows, chosen.taken != NONE)

    def as_given(self, rows: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return columns in the order in which the customers were given."""
        place = np.empty_like(self.order)
        place[self.order] = np.arange(len(self.order))
        return {name: column[place] for name, column in rows.items()}

    def _sums(self, rows: dict[str, NDArray[Any]], contact: Bools) -> CycleSums:
        counts = [int((rows["decision"] == name).sum()) for name in DECISIONS]
        explored = int((rows["is_exploration"] & contact).sum())
        index = np.flatnonzero(contact)
        shifts = None if self.shifts is None else self.shifts.rows(index)
        contacts = {name: column[index] for name, column in rows.items()}
        net = NetValueSums.of(self.candidates.rows(index), contacts, self.cycle.effects, shifts)
        return CycleSums(np.array([*counts, explored]), float(contacts["expected_cost"].sum()), net)


def totals_of(choice: Choice, sums: CycleSums, survey: Survey, cycle: Cycle, scale_error: float) -> Totals:
    """Return the cycle in sums.

    Parameters
    ----------
    choice, sums, survey, cycle
        As decided, and of all customers.
    scale_error : float
        Of an uplift learner's shifts; 0 without one.
    """
    plan, earned = choice.plan, sums.net_value.total
    low, high = sums.net_value.interval(cycle.effects, scale_error)
    short = plan.bound - plan.exploration_price - earned
    return Totals(
        budget=cycle.settings.budget_amount,
        spent=sums.spent,
        expected_net_value=earned,
        low=low,
        high=high,
        bound=plan.bound,
        gap_share=max(short / plan.bound, 0.0) if plan.bound > 0 else 0.0,
        exploration_price=plan.exploration_price,
        counts=dict(zip((*DECISIONS, "explored"), sums.counts.tolist(), strict=True)),
        managers=survey.managers,
        prices=plan.prices,
        curve=plan.curve,
    )
