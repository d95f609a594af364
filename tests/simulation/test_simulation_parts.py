"""The small parts on which the world rests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.settings import Settings
from winback.simulation.belief import Belief
from winback.simulation.calendar import make_calendar, spells
from winback.simulation.company import CAUSES, GRIEVANCES, KINDS, MEMORY, WEIGHT
from winback.simulation.effects import ACTIONS, effect_matrix, persuasion
from winback.simulation.log import DAY_US, Log, day_shares, moments
from winback.simulation.population import OVERDUE, long_run_rate, make_population, order_increment
from winback.simulation.streams import Streams


def test_constants_have_an_entry_for_everything():
    assert len(WEIGHT) == len(MEMORY) == len(GRIEVANCES)
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)
    assert {name for kind in KINDS for name in kind.sensitivity} <= set(GRIEVANCES)
    assert {name for action in ACTIONS.values() for name in action.effect} <= {*CAUSES, "other"}


def test_true_costs_are_those_of_a_new_project():
    from importlib.resources import files

    from winback.settings import parse_settings

    template = parse_settings(files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8"))
    assert isinstance(template, Settings)
    assert set(template.actions) == set(ACTIONS)
    for name, action in template.actions.items():
        truth = ACTIONS[name]
        assert (action.contact_cost, action.offer_cost, action.offer_share) == (
            truth.contact_cost,
            truth.offer_cost,
            truth.offer_share,
        ), name
        assert (action.channel or "") == truth.reach


@given(gap=st.floats(1, 15), shape=st.floats(1, 3.5))
@settings(max_examples=40, deadline=None)
def test_gaps_follow_the_weibull_law_until_they_are_overdue(gap, shape):
    from math import gamma as gamma_function

    gaps, shapes = np.array([gap]), np.array([shape])
    total = 0.0
    for silence in range(1, int(OVERDUE * gap) + 1):
        total += order_increment(gaps, shapes, float(silence))[0]
        expected = (silence * gamma_function(1 + 1 / shape) / gap) ** shape
        assert total == pytest.approx(expected)
    late = [order_increment(gaps, shapes, OVERDUE * gap + extra)[0] for extra in (2.0, 5.0, 50.0)]
    assert late == pytest.approx([late[0]] * 3)


@given(gap=st.floats(1, 12), shape=st.floats(1, 3.5))
@settings(max_examples=10, deadline=None)
def test_the_long_run_rate_is_what_a_long_life_shows(gap, shape):
    gaps, shapes = np.array([gap]), np.array([shape])
    chance = [1 - np.exp(-order_increment(gaps, shapes, float(s))[0]) for s in range(1, 400)]
    generator, silence, orders, weeks = np.random.default_rng(1), 0, 0, 30_000
    for luck in generator.random(weeks):
        silence += 1
        if luck < chance[silence - 1]:
            orders, silence = orders + 1, 0
    assert orders / weeks == pytest.approx(long_run_rate(gaps, shapes)[0], rel=0.06)


def test_a_longer_calendar_begins_with_the_same_weeks():
    short = make_calendar(np.random.default_rng(3), 30, 0)
    long = make_calendar(np.random.default_rng(3), 50, 0)
    for name in type(short).__dataclass_fields__:
        np.testing.assert_allclose(getattr(long, name)[:30], getattr(short, name), err_msg=name)


def test_spells_last_as_long_as_said():
    on = spells(np.random.default_rng(5), 2000, 3, onset=0.01, shortest=4, longest=6)
    edges = np.flatnonzero(np.diff(on[:, 0].astype(int)) == 1)
    for edge in edges[:-1]:
        length = np.argmin(on[edge + 1 :, 0])
        assert length >= 4
    assert 0.01 < on.mean() < 0.12


def test_every_seed_has_streams_of_its_own():
    draws = {name: getattr(Streams.of(1), name).random() for name in Streams.__dataclass_fields__}
    assert len(set(draws.values())) == len(draws)
    assert Streams.of(2).orders.random() != draws["orders"]


def test_moments_lie_in_working_hours_of_the_week():
    at = moments(np.random.default_rng(1), 5 * DAY_US, 2000)
    assert at.min() >= 5 * DAY_US
    assert at.max() < 12 * DAY_US
    hour = at % DAY_US / 3.6e9
    assert hour.min() >= 8
    assert hour.max() < 19
    assert (at % 1_000_000 == 0).all()
    assert day_shares(0).sum() == pytest.approx(1)


def test_a_log_that_keeps_nothing_keeps_nothing():
    log = Log(keep=False)
    log.add("orders", customer=np.arange(3))
    assert log.table("orders") == {}


def test_belief_follows_bayes():
    belief = Belief.of_active(2)
    share = np.full((2, len(CAUSES)), 1 / len(CAUSES))
    belief.leave(np.array([0.1, 0.1]), share, np.zeros((2, len(CAUSES))))
    one = np.ones(2)
    # the first ordered, which only active customers do half of the time; the second did not
    belief.see(np.array([0.5, 0.5]), np.array([0.0, 1.0]), np.array([0.0, 1.0]), one)
    belief.settle()
    assert belief.active[0] == pytest.approx(1)
    assert belief.active[1] == pytest.approx(0.9 * 0.5 / (0.9 * 0.5 + 0.1))


def test_impossible_evidence_is_refused():
    belief = Belief.of_active(1)
    zero = np.zeros(1)
    belief.see(zero, zero, zero)
    with pytest.raises(FloatingPointError, match="impossible evidence for 1 customers"):
        belief.settle()


def test_effects_depend_on_the_cause_and_fade():
    effects = effect_matrix(tuple(ACTIONS))
    best = {cause: list(ACTIONS)[effects[:, column].argmax()] for column, cause in enumerate(CAUSES)}
    assert best["conflict"] == "apology"
    assert best["service"] == "service_offer"
    assert best["price"] == "price_offer"
    assert best["delivery"] == "director_guarantee"
    assert not effects[:, CAUSES.index("life_event")].any()
    np.testing.assert_allclose(persuasion(np.array([1.0, 1.0]), np.array([0.0, 24.0])), [1, 0.5])


def test_customers_who_arrive_later_come_evenly():
    people = make_population(np.random.default_rng(1), 1000, 100, 120)
    assert (people.arrival < 0).sum() == 300
    assert (people.arrival < 100).sum() == 1000
    assert np.bincount(people.arrival[people.arrival >= 0]).max() <= 8
    assert len(people) == 1140
    assert np.allclose(people.basket_weight.sum(axis=1), 1)
    assert all(len(set(row)) == len(row) for row in people.basket[:50].tolist())
