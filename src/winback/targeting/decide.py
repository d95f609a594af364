"""The decision of one cycle: whom to contact, with what, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.actions import Actions
from winback.response import Effects
from winback.response.individual import UpliftShifts
from winback.settings import TargetingSettings
from winback.targeting.arithmetic import arithmetic
from winback.targeting.candidates import Candidates
from winback.targeting.decisions import DECISIONS, Decisions, Totals
from winback.targeting.draws import keyed_draws
from winback.targeting.forecast import net_value_interval
from winback.targeting.kernels import NONE
from winback.targeting.pairs import make_limits, price_pairs
from winback.targeting.plan import Plan, make_plan
from winback.targeting.problem import Problem
from winback.targeting.verdicts import give_verdicts

Bools = NDArray[np.bool_]


def decide(
    candidates: Candidates,
    actions: Actions,
    effects: Effects,
    settings: TargetingSettings,
    *,
    cycle: str,
    seed: int,
    shifts: UpliftShifts | None = None,
    with_curve: bool = True,
) -> Decisions:
    """Choose at most one action per customer to maximise the total expected net value within all limits.

    Holdouts are drawn first, by a keyed hash; they use no budget and no capacity. Prices of the limits are found for
    the others (`find_prices`), which makes the choice separate per customer; `allocate` repairs it to feasibility.
    The same prices give the drawn customers the action that they would have had: those who would have been contacted
    are the holdout. A share of the contacts (and of the holdout, so that both arms stay alike) has its second-best
    action instead, drawn by the same kind of hash.

    Parameters
    ----------
    candidates : Candidates
        All customers, those that rules exclude as well.
    actions : Actions
        What may be done.
    effects : Effects
        What it is believed to do; made for the same actions.
    settings : TargetingSettings
        Budget, capacities, shares and minima.
    cycle : str
        Name of the cycle, its ``as_of`` date.
    seed : int
        ``run.seed``.
    shifts : UpliftShifts, optional
        What an adopted uplift learner adds for every candidate, in their order.
    with_curve : bool
        Also work out the spend-versus-gain curve.

    Returns
    -------
    Decisions
        One row per candidate, in the order given; the same whatever that order is.

    Examples
    --------
    >>> from winback.response import assumed_effects
    >>> from winback.settings import ActionSettings
    >>> actions = Actions.from_settings({"gift": ActionSettings(contact_cost=100, save_probability=0.1)})
    >>> text = lambda *words: np.array(words, dtype=object)
    >>> candidates = Candidates(text("a", "b", "c"), np.ones(3, np.int8), np.array([0.5, 0.5, 0.5]),
    ...     np.array([9000.0, 8000.0, 900.0]), np.zeros(3), text("", "", ""), text("", "", ""),
    ...     np.ones(3, bool), np.ones(3, bool), text("", "", ""))
    >>> settings = TargetingSettings(budget_amount=150, holdout_share=0, explore_share=0)
    >>> made = decide(candidates, actions, assumed_effects(actions), settings, cycle="2024-05-06", seed=7)
    >>> made.decision.tolist(), made.totals.expected_net_value
    (['contact', 'no_budget', 'not_worth_it'], 350.0)
    """
    draws = keyed_draws(candidates.customer_id, cycle, seed)
    # working in the order of the draws makes the result independent of the order of the rows
    order = np.lexsort((draws[:, 1], draws[:, 0]))
    sorted_candidates, draws = candidates.rows(order), draws[order]
    sorted_shifts = None if shifts is None else shifts.rows(order)
    cycle_of = _Cycle(sorted_candidates, actions, effects, settings, sorted_shifts)
    return _in_order(cycle_of.decisions(draws, with_curve=with_curve), order)


@dataclass(frozen=True)
class _Cycle:
    """One cycle's customers, in the order of their draws, and all that is decided with."""

    candidates: Candidates
    actions: Actions
    effects: Effects
    settings: TargetingSettings
    shifts: UpliftShifts | None

    def decisions(self, draws: NDArray[np.uint64], *, with_curve: bool) -> Decisions:
        codes, words = pd.factorize(self.candidates.manager_id, sort=True)
        managers = tuple(str(word) for word in words)
        limits = make_limits(self.actions, self.settings, np.array([word != "" for word in managers], dtype=np.bool_))
        pairs = price_pairs(self.candidates, self.actions, self.effects, self.settings, self.shifts)
        # nothing that a rule excludes ever reaches the allocation
        pairs.eligible[self.candidates.excluded_rule != ""] = -np.inf
        problem = Problem(pairs.eligible, pairs.cost, codes.astype(np.int32), limits)
        plan = make_plan(problem, self.settings, draws, with_curve=with_curve)
        verdicts = give_verdicts(
            problem,
            pairs,
            plan.prices,
            plan.room,
            offered=np.maximum(plan.taken, plan.shadow),
            is_held=plan.is_held,
            explored=plan.explored,
            rule=self.candidates.excluded_rule,
            minimum=self.settings.min_net_value,
        )
        rows = arithmetic(self.candidates, self.actions, self.effects, verdicts.action, self.shifts) | {
            "decision": verdicts.decision,
            "text_id": verdicts.text_id,
            "amount": verdicts.amount,
            "is_exploration": plan.explored,
            "arm": np.select([plan.taken != NONE, plan.shadow != NONE], ["treated", "holdout"], "").astype(object),
            "propensity": plan.propensity,
        }
        return Decisions(**rows, totals=self._totals(rows, plan, managers), action_names=self.actions.names)

    def _totals(self, rows: dict[str, NDArray[Any]], plan: Plan, managers: tuple[str, ...]) -> Totals:
        decision, contact = rows["decision"], plan.taken != NONE
        earned = float(rows["expected_net_value"][contact].sum())
        low, high = self._interval(rows, contact)
        short = plan.bound - plan.exploration_price - earned
        counts = {name: int((decision == name).sum()) for name in DECISIONS}
        return Totals(
            budget=self.settings.budget_amount,
            spent=float(rows["expected_cost"][contact].sum()),
            expected_net_value=earned,
            low=low,
            high=high,
            bound=plan.bound,
            gap_share=max(short / plan.bound, 0.0) if plan.bound > 0 else 0.0,
            exploration_price=plan.exploration_price,
            counts=counts | {"explored": int((plan.explored & contact).sum())},
            managers=managers,
            prices=plan.prices,
            curve=plan.curve,
        )

    def _interval(self, rows: dict[str, NDArray[Any]], contact: Bools) -> tuple[float, float]:
        people = self.candidates.rows(np.flatnonzero(contact))
        action = rows["action"][contact].astype(np.int64)
        shifts = None if self.shifts is None else self.shifts.rows(np.flatnonzero(contact))
        return net_value_interval(
            self.effects,
            action=action,
            population=people.population,
            reason=self.effects.reason_codes(people.reason),
            weights=self.effects.weights(people.population, people.churn_probability, people.silence_days),
            value_if_kept=people.value_if_kept,
            uplift=rows["uplift"][contact],
            offer_cost=rows["offer_cost"][contact],
            accept=rows["accept"][contact],
            expected_net_value=rows["expected_net_value"][contact],
            shift_variance=0.0 if shifts is None else shifts.total_variance(action, people.value_if_kept),
        )


def _in_order(made: Decisions, order: NDArray[np.int64]) -> Decisions:
    """Put the rows back where they came from."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    columns = {field.name: getattr(made, field.name) for field in fields(made)}
    sorted_back: dict[str, Any] = {
        name: column[place] for name, column in columns.items() if isinstance(column, np.ndarray)
    }
    return replace(made, **sorted_back)
