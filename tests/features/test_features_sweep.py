"""The kernels of one pass against plain loops over what each row sees; and rows that do not know of each other."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_company import company_snapshots, load_company, random_tables

from winback.features import codes, compute_features, moments, rhythm
from winback.features.sweep import find_edges
from winback.history import DAY_US, customer_offsets
from winback.settings import FeatureSettings

NAN = math.nan
#: Windows by their ends, in days before the cutoff.
WINDOWS = ((10_000, 0), (40, 0), (15, 0), (40, 15), (3, 0), (60, 45))
EDGES = sorted({day for window in WINDOWS for day in window}, reverse=True)


class Case:
    """Events of three customers, of which a share became known late, and five cutoffs of each of two."""

    def __init__(self, seed: int, late: float) -> None:
        r = np.random.default_rng(seed)
        count = int(r.integers(0, 60))
        customer = np.sort(r.integers(0, 3, count)).astype(np.int32)
        at = r.integers(0, 100 * 24, count) * (DAY_US // 24)
        at = np.where(r.random(count) < 0.2, r.permutation(at), at)
        order = np.lexsort((at, customer))
        self.customer, self.at = customer[order], at[order]
        lag = (r.exponential(8, count) * DAY_US).astype(np.int64)
        self.known_at = np.where(r.random(count) < late, self.at + lag, self.at)
        self.offsets = customer_offsets(self.customer, 3)
        self.who = np.repeat(np.array([0, 2], np.int32), 5)
        self.cutoff = np.sort(r.integers(0, 110 * 24, (2, 5)), axis=1).ravel() * (DAY_US // 24)
        self.value = np.where(r.random(count) < 0.2, NAN, np.round(r.gamma(2, 40, count), 2) * r.choice([1, -1], count))
        self.value[r.random(count) < 0.1] *= 1e9
        self.code = r.integers(-1, 4, count).astype(np.int32)
        self.day = (self.at // DAY_US).astype(np.int32)

    def run(self, kernel: Callable[..., None], values: np.ndarray, kind: int, *sizes: int) -> np.ndarray:
        """The kernel's answer for all windows and rows."""
        return self.run_rows(slice(None), kernel, values, kind, *sizes)

    def run_rows(
        self, rows: slice, kernel: Callable[..., None], values: np.ndarray, kind: int, *sizes: int
    ) -> np.ndarray:
        who, cutoff = self.who[rows], self.cutoff[rows]
        edges = np.empty((who.size, len(EDGES)), np.int64)
        find_edges(self.at, self.offsets, who, cutoff, np.array(EDGES) * DAY_US, edges)
        cells = np.array([[EDGES.index(begin), EDGES.index(end), kind] for begin, end in WINDOWS], np.int64)
        out = np.empty((len(WINDOWS), who.size))
        kernel(self.at, self.known_at, values, self.offsets, who, cutoff, edges, cells, out, *sizes)
        return out

    def plainly(self, of: Callable[[list[int], int], float]) -> np.ndarray:
        """The same from a function of the places of the events that a row sees, and its cutoff."""
        out = np.empty((len(WINDOWS), self.who.size))
        for window, (begin, end) in enumerate(WINDOWS):
            for row, (who, now) in enumerate(zip(self.who, self.cutoff, strict=True)):
                in_time = (self.at >= now - begin * DAY_US) & (self.at < now - end * DAY_US) & (self.known_at < now)
                out[window, row] = of(list(np.flatnonzero((self.customer == who) & in_time)), int(now))
        return out


def _moments(case: Case) -> dict[int, Callable[[list[int], int], float]]:
    def valid(seen: list[int]) -> list[float]:
        return [float(number) for number in case.value[seen] if not math.isnan(number)]

    return {
        moments.COUNT: lambda seen, _: len(seen),
        moments.VALID: lambda seen, _: len(valid(seen)),
        moments.SUM: lambda seen, _: math.fsum(valid(seen)) if valid(seen) or not seen else NAN,
        moments.MEAN: lambda seen, _: math.fsum(valid(seen)) / len(valid(seen)) if valid(seen) else NAN,
        moments.MINIMUM: lambda seen, _: min(valid(seen), default=NAN),
        moments.MAXIMUM: lambda seen, _: max(valid(seen), default=NAN),
        moments.FIRST: lambda seen, _: (valid(seen) or [NAN])[0],
        moments.LAST: lambda seen, _: (valid(seen) or [NAN])[-1],
        moments.DEVIATION: lambda seen, _: statistics.stdev(valid(seen)) if len(valid(seen)) > 1 else NAN,
        moments.SINCE_LAST: lambda seen, now: (now - case.at[seen[-1]]) / DAY_US if seen else NAN,
        moments.SINCE_FIRST: lambda seen, now: (now - case.at[seen[0]]) / DAY_US if seen else NAN,
    }


def _codes(case: Case) -> dict[int, Callable[[list[int], int], float]]:
    def words(seen: list[int]) -> list[int]:
        return [int(code) for code in case.code[seen] if code >= 0]

    def most(seen: list[int]) -> tuple[int, int]:
        return max(((times, -code) for code, times in Counter(words(seen)).items()), default=(0, 0))

    return {
        codes.DISTINCT: lambda seen, _: len(set(words(seen))),
        codes.LARGEST_SHARE: lambda seen, _: most(seen)[0] / len(words(seen)) if words(seen) else NAN,
        codes.MOST_FREQUENT: lambda seen, _: -most(seen)[1] if words(seen) else NAN,
        codes.LAST_CODE: lambda seen, _: words(seen)[-1] if words(seen) else NAN,
    }


def _rhythm(case: Case) -> dict[int, Callable[[list[int], int], float]]:
    def gaps(seen: list[int]) -> list[int]:
        return [int(gap) for gap in np.diff(sorted(set(case.day[seen].tolist())))]

    def of_some(function: Callable[[list[int]], float], least: int = 1) -> Callable[[list[int], int], float]:
        return lambda seen, _: function(gaps(seen)) if len(gaps(seen)) >= least else NAN

    def silent(seen: list[int], now: int) -> float:
        silence = (now - case.at[seen[-1]]) / DAY_US if seen else 0
        return float(np.mean([gap <= silence for gap in gaps(seen)])) if gaps(seen) else NAN

    return {
        rhythm.GAP_COUNT: lambda seen, _: len(gaps(seen)),
        rhythm.GAP_MEAN: of_some(statistics.fmean),
        rhythm.GAP_MEDIAN: of_some(statistics.median),
        rhythm.GAP_DEVIATION: of_some(statistics.stdev, 2),
        rhythm.GAP_LAST: of_some(lambda found: found[-1]),
        rhythm.GAP_MAXIMUM: of_some(max),
        rhythm.GAP_RECENT_MEAN: of_some(lambda found: statistics.fmean(found[-rhythm.RECENT_GAPS :])),
        rhythm.SILENCE_SHARE: silent,
    }


def _families(case: Case) -> list[tuple[Callable[..., None], np.ndarray, tuple[int, ...], dict]]:
    return [
        (moments.window_moments, case.value, (), _moments(case)),
        (codes.window_codes, case.code, (4,), _codes(case)),
        (rhythm.window_rhythm, case.day, (110,), _rhythm(case)),
    ]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), late=st.sampled_from([0.0, 0.2, 1.0]))
def test_kernels_equal_plain_loops(seed: int, late: float) -> None:
    case = Case(seed, late)
    for kernel, values, sizes, kinds in _families(case):
        for kind, of in kinds.items():
            # amounts that differ by a factor of 1e9 and cancel leave nothing but a rounding of cents
            np.testing.assert_allclose(
                case.run(kernel, values, kind, *sizes), case.plainly(of), rtol=1e-12, atol=1e-9,
                err_msg=f"{kernel.__name__} {kind}",
            )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), late=st.sampled_from([0.0, 0.2, 1.0]))
def test_rows_do_not_know_of_each_other(seed: int, late: float) -> None:
    case = Case(seed, late)
    for kernel, values, sizes, kinds in _families(case):
        for kind in kinds:
            together = case.run(kernel, values, kind, *sizes)
            alone = [case.run_rows(slice(row, row + 1), kernel, values, kind, *sizes) for row in range(10)]
            np.testing.assert_array_equal(np.concatenate(alone, axis=1), together)


@pytest.mark.parametrize("before", [0, 1, 1000])
def test_sums_of_money_do_not_depend_on_a_long_history(before: int) -> None:
    r = np.random.default_rng(before)
    recent = np.round(r.gamma(2, 40, 30), 2)
    value = np.concatenate([np.round(r.gamma(2, 4e8, before), 2), recent])
    at = np.arange(value.size, dtype=np.int64) * DAY_US
    offsets, who = np.array([0, value.size]), np.zeros(1, np.int32)
    cutoff, edges = np.array([value.size * DAY_US]), np.empty((1, 2), np.int64)
    find_edges(at, offsets, who, cutoff, np.array([30, 0]) * DAY_US, edges)
    out = np.empty((1, 1))
    moments.window_moments(at, at, value, offsets, who, cutoff, edges, np.array([[0, 1, moments.SUM]]), out)
    assert out[0, 0] == math.fsum(recent)


def test_threads_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = load_company(random_tables(5), tmp_path)
    rows = company_snapshots(history)
    monkeypatch.setattr("winback.features.blocks.BLOCK_ROWS", 2)
    one, three = (compute_features(history, rows, FeatureSettings(), threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.values.view(np.int32), three.values.view(np.int32))
