"""The decision of one cycle: whom to contact, with what, and why not the others."""

from __future__ import annotations

from winback.actions import Actions
from winback.response import Effects
from winback.response.individual import UpliftShifts
from winback.settings import TargetingSettings
from winback.targeting.blocks import Here
from winback.targeting.candidates import Candidates
from winback.targeting.cycle import Cycle, People, choose, totals_of
from winback.targeting.decisions import Decisions


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
    >>> import numpy as np
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
    of_cycle = Cycle(actions, effects, settings, cycle, seed)
    people = People.of(of_cycle, candidates, shifts)
    survey = people.survey()
    block = people.block(survey)
    choice = choose(Here(block), survey, of_cycle, with_curve=with_curve)
    rows, sums = people.decided(block, choice)
    totals = totals_of(choice, sums, survey, of_cycle, 0.0 if shifts is None else shifts.scale_error)
    return Decisions(**people.as_given(rows), totals=totals, action_names=actions.names)
