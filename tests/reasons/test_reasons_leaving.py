"""When customers were leaving, and what they said about it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winback.history import DAY_US, NO_TIME, History
from winback.reasons import WORDS, leaving_of
from winback.reasons.facts import Facts
from winback.reasons.leaving import WAIT_DAYS
from winback.reasons.stated import stated_reasons
from winback.settings import PopulationSettings
from winback.snapshots import snapshots_at

DAY0 = pd.Timestamp("2024-01-01")


def orders(days_of):
    rows = [(name, DAY0 + pd.Timedelta(days=day)) for name, days in days_of.items() for day in days]
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    frame["order_id"] = [f"o{place}" for place in range(len(frame))]
    frame["amount"] = 10.0
    return frame


def instant(day):
    return int((DAY0 + pd.Timedelta(days=day)).value // 1000)


@pytest.fixture
def load(make_staging):
    return lambda tables, day=151: History.load(make_staging(tables), as_of=instant(day))


def test_a_lapsed_customer_left_when_its_next_order_was_due(load):
    history = load({"orders": orders({"a": [0, 20, 40], "b": [0, 140, 150], "c": [100]})})
    leaving = leaving_of(history, snapshots_at(history, [instant(151)], PopulationSettings()))
    assert leaving.gap_days[:2].tolist() == [20, 75]
    assert np.isnan(leaving.gap_days[2])
    # a: last order and its usual gap; b: not yet due; c: no gap of its own, waits the others' median, bounded
    assert ((leaving.anchor - instant(0)) / DAY_US).tolist() == [60, 151, 100 + 45]
    assert leaving.is_overdue.tolist() == [True, False, True]
    assert leaving.silence_days.tolist() == [111, 1, 51]
    assert leaving.order_count.tolist() == [3, 3, 1]


def test_controls_are_seen_from_the_anchor(load):
    history = load({"orders": orders({"a": [0, 20, 40]})})
    leaving = leaving_of(history, snapshots_at(history, [instant(151)], PopulationSettings()))
    assert leaving.controls(leaving.anchor).tolist() == [[20, 20, 3, 60]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.lists(st.integers(0, 150), min_size=1, max_size=6), min_size=1, max_size=5))
def test_anchor_follows_the_rule_and_knows_nothing_of_the_future(load, days):
    named = {f"c{place}": values for place, values in enumerate(days)}
    history = load({"orders": orders(named)})
    for cutoff in (80, 151):
        known = {name: sorted(d for d in values if d < cutoff) for name, values in named.items()}
        rows = [name for name in sorted(known) if known[name]]
        if not rows:
            continue
        leaving = leaving_of(history, snapshots_at(history, [instant(cutoff)], PopulationSettings()))
        gaps = {name: np.diff(sorted(set(known[name]))) for name in rows}
        medians = [float(np.median(gap)) for gap in gaps.values() if gap.size]
        usual = float(np.median(medians)) if medians else WAIT_DAYS[1]
        for place, name in enumerate(rows):
            wait = np.clip(np.median(gaps[name]) if gaps[name].size else usual, *WAIT_DAYS)
            expected = min(cutoff, known[name][-1] + wait)
            assert (leaving.anchor[place] - instant(0)) / DAY_US == expected


def test_the_latest_statement_since_the_last_order_counts(load):
    exits = pd.DataFrame(
        [
            ("a", 50, "price"),
            ("a", 60, "Late delivery"),
            ("b", 30, "price"),
            ("c", 50, "no idea"),
            ("d", 50, "price"),
            ("d", 55, "no idea"),
            ("e", 149, "price"),
        ],
        columns=["customer_id", "day", "reason"],
    )
    exits["recorded_at"] = DAY0 + pd.to_timedelta(exits.pop("day"), unit="D")
    names = {name: [0, 20, 40] for name in "abcde"}
    history = load({"orders": orders(names), "exits": exits})
    rows = snapshots_at(history, [instant(149)], PopulationSettings())
    stated = stated_reasons(history, rows, leaving_of(history, rows), {})
    words = [WORDS[code] if code >= 0 else "" for code in stated.code]
    # b spoke before its last order; e's words were not yet known; d's earlier words are the last that are understood
    assert words == ["delivery", "", "", "price", ""]
    assert stated.at[0] == instant(60)
    assert stated.at[1] == NO_TIME


def test_a_closed_customer_left_because_it_closed(load):
    customers = pd.DataFrame({"customer_id": ["a", "b"], "closed_at": [DAY0 + pd.Timedelta(days=50), pd.NaT]})
    history = load({"orders": orders({"a": [0, 20], "b": [0]}), "customers": customers})
    for cutoff, words in ((50, ["", ""]), (51, ["life_event", ""])):
        rows = snapshots_at(history, [instant(cutoff)], PopulationSettings())
        stated = stated_reasons(history, rows, leaving_of(history, rows), {})
        assert [WORDS[code] if code >= 0 else "" for code in stated.code] == words
        assert stated.is_closed.tolist() == [word != "" for word in words]


def test_without_exits_nobody_said_anything(load):
    history = load({"orders": orders({"a": [0]})})
    rows = snapshots_at(history, [instant(10)], PopulationSettings())
    assert stated_reasons(history, rows, leaving_of(history, rows), {}).code.tolist() == [-1]


@settings(max_examples=60, deadline=None)
@given(
    facts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40), st.integers(0, 3)), max_size=40),
    rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 45)), min_size=1, max_size=10),
)
def test_windows_count_what_a_loop_counts(facts, rows):
    customer = np.array([fact[0] for fact in facts], np.int32)
    at = np.array([fact[1] for fact in facts], np.int64) * DAY_US
    order = np.lexsort((at, customer))
    measured = Facts(at[order], np.searchsorted(customer[order], np.arange(6)))
    values = np.array([np.nan if fact[2] == 3 else fact[2] for fact in facts], float)[order]
    ends = np.array([row[1] for row in rows], np.int64) * DAY_US
    window = measured.window(np.array([row[0] for row in rows], np.int32), ends, days=10)
    for place, (who, end) in enumerate(rows):
        inside = [fact for fact in facts if fact[0] == who and end - 10 <= fact[1] < end]
        known = [fact[2] for fact in inside if fact[2] != 3]
        assert window.count[place] == len(inside)
        assert window.number(values)[place] == len(known)
        assert window.total(values)[place] == sum(known)
        if known:
            assert window.mean(values)[place] == pytest.approx(np.mean(known))
        if inside:
            assert window.last(measured.at, 0)[place] == max(fact[1] for fact in inside) * DAY_US
