"""Splits: oldest to newest, with a gap as long as the horizon, and fewer parts where data is short."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.errors import HistoryTooShortError
from winback.history import DAY_US
from winback.splits import TimeSplit, split_cutoffs


def parts_of(split: TimeSplit) -> list[tuple[int, ...]]:
    """Different parts that are there, oldest first."""
    return list(dict.fromkeys(part for part in (split.fit, split.stop, split.calibrate, split.test) if part))


@given(st.lists(st.integers(0, 900), min_size=1, max_size=60), st.integers(1, 120))
def test_no_label_reaches_into_the_next_part(days: list[int], horizon: int) -> None:
    cutoffs = [day * DAY_US for day in days]
    split = split_cutoffs(cutoffs, horizon)
    parts = parts_of(split)
    for earlier, later in pairwise(parts):
        assert max(earlier) + horizon * DAY_US <= min(later)
    assert split.fit
    assert {cutoff for part in parts for cutoff in part} <= set(cutoffs)
    assert max(cutoffs) in parts[-1], "the newest cutoff is not wasted"
    assert bool(split.stop) == bool(split.calibrate)
    assert bool(split.notes) == (len(parts) < 4)


@pytest.mark.parametrize(
    ("count", "fit", "parts"),
    [(24, 15, 4), (12, 3, 4), (11, 5, 3), (7, 1, 3), (6, 3, 2), (4, 1, 2), (3, 3, 1), (1, 1, 1)],
)
def test_monthly_cutoffs_with_a_horizon_of_three_months(count: int, fit: int, parts: int) -> None:
    split = split_cutoffs([month * 30 * DAY_US for month in range(count)], 90)
    assert (len(split.fit), len(parts_of(split))) == (fit, parts)
    assert bool(split.test) == (parts > 2)


def test_short_data_says_what_could_not_be_done() -> None:
    assert split_cutoffs([month * 30 * DAY_US for month in range(12)], 90).notes == ()
    ids = [
        [note["id"] for note in split_cutoffs([90 * DAY_US * place for place in range(n)], 90).notes] for n in (3, 2, 1)
    ]
    both = "model-note-one-for-both"
    assert ids == [[both], [both, "model-note-no-test"], ["model-note-no-parts"]]


def test_a_long_history_gives_larger_parts() -> None:
    split = split_cutoffs([month * 30 * DAY_US for month in range(60)], 90)
    assert len(split.test) == len(split.calibrate) == len(split.stop) > 1


def test_nothing_to_split_is_refused() -> None:
    with pytest.raises(HistoryTooShortError, match="no labelled cutoff"):
        split_cutoffs([], 90)
