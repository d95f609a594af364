"""Who counts as lost at an instant, by each of the rules that may say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US, NO_TIME, Events, History
from winback.settings import KpiSettings

Mask = NDArray[np.bool_]

#: Own rhythm: silence of so many of a customer's own median gaps, within these bounds (days).
RHYTHM_GAPS = 3.0
RHYTHM_DAYS = (30.0, 365.0)
DETRACTOR_NPS = 6
#: More enquiries than these, and nothing bought since.
ENQUIRIES = 3


@dataclass(frozen=True)
class Standing:
    """How customers stand at one instant.

    Parameters
    ----------
    bought : bool[n]
        Has bought before.
    lost_by : mapping of str to bool[n]
        Which rule says that a customer who bought before is lost.
    is_customer : bool[n]
        Has bought before, and no rule that is switched on says lost.
    """

    bought: Mask
    lost_by: Mapping[str, Mask]
    is_customer: Mask


class LostRules:
    """The rules of ``settings.kpis``, ready to be asked for any instant of a history.

    Parameters
    ----------
    history : History
        All that is known.
    settings : KpiSettings
        Which rules count, and after how many days of silence a customer is lost.
    """

    def __init__(self, history: History, settings: KpiSettings) -> None:
        self._purchases = history.purchases()
        self._history = history
        self.threshold_days = silence_thresholds(self._purchases, settings.lost_after_days)
        self.rules: dict[str, Callable[[int, NDArray[np.int64]], Mask]] = {"silence": self._silent}
        if history.has("surveys", "nps"):
            surveys = history.events("surveys")
            self._surveys = surveys.where(~np.isnan(surveys.columns["nps"]))
            self.rules["nps"] = self._detractor
        if history.has("tickets", "kind"):
            self.rules["conflict"] = self._in_conflict
            self.rules["enquiries"] = self._only_asking
        self.switched_on = frozenset(_switched_on(settings)) & frozenset(self.rules)
        self.absent = frozenset(_switched_on(settings)) - frozenset(self.rules)
        self.at = lru_cache(maxsize=4)(self._at)

    @property
    def typical_days(self) -> float:
        """Days of silence after which a typical customer counts as lost."""
        return float(np.median(self.threshold_days)) if self.threshold_days.size else RHYTHM_DAYS[1]

    def _at(self, instant: int) -> Standing:
        last = last_before(self._purchases, instant)
        bought = last >= 0
        lost_by = {name: rule(instant, last) & bought for name, rule in self.rules.items()}
        lost = np.logical_or.reduce([lost_by[name] for name in sorted(self.switched_on)])
        return Standing(bought, lost_by, bought & ~lost)

    def _silent(self, instant: int, last: NDArray[np.int64]) -> Mask:
        silent = np.zeros(last.size, dtype=np.bool_)
        there = np.flatnonzero(last >= 0)
        place = last[there]
        silent[there] = instant - self._purchases.at[place] >= self.threshold_days[place] * DAY_US
        return silent

    def _detractor(self, instant: int, last: NDArray[np.int64]) -> Mask:
        answer = last_before(self._surveys, instant)
        unhappy = np.zeros(last.size, dtype=np.bool_)
        there = np.flatnonzero(answer >= 0)
        unhappy[there] = self._surveys.columns["nps"][answer[there]] <= DETRACTOR_NPS
        return unhappy

    def _in_conflict(self, instant: int, last: NDArray[np.int64]) -> Mask:
        tickets = self._history.events("tickets")
        is_open = (tickets.columns["kind"] == tickets.code_of("kind", "conflict")) & (tickets.at < instant)
        if tickets.has("resolved_at"):
            resolved = tickets.columns["resolved_at"]
            is_open &= (resolved == NO_TIME) | (resolved >= instant)
        return np.bincount(tickets.customer[is_open], minlength=last.size) > 0

    def _only_asking(self, instant: int, last: NDArray[np.int64]) -> Mask:
        tickets = self._history.events("tickets")
        asks = (tickets.columns["kind"] == tickets.code_of("kind", "enquiry")) & (tickets.at < instant)
        last_at = np.where(last >= 0, self._purchases.at[np.maximum(last, 0)], NO_TIME)
        asks &= tickets.at > last_at[tickets.customer]
        return np.bincount(tickets.customer[asks], minlength=last.size) > ENQUIRIES


def _switched_on(settings: KpiSettings) -> list[str]:
    optional = {
        "nps": settings.lost_by_nps,
        "conflict": settings.lost_by_conflict,
        "enquiries": settings.lost_by_enquiries,
    }
    return ["silence", *(name for name, is_on in optional.items() if is_on)]


def last_before(events: Events, instant: int) -> NDArray[np.int64]:
    """Place of each customer's last event before an instant, -1 where there is none."""
    seen = np.concatenate([[0], np.cumsum(events.at < instant)])
    count = seen[events.offsets[1:]] - seen[events.offsets[:-1]]
    return np.where(count > 0, events.offsets[:-1] + count - 1, -1)


def silence_thresholds(purchases: Events, lost_after_days: int | str) -> NDArray[np.float64]:
    """Days of silence after which the customer of each purchase counts as lost, if no other purchase follows.

    Parameters
    ----------
    purchases : Events
        All purchases.
    lost_after_days : int or "own_rhythm"
        A number of days for all, or three times the median gap between the customer's purchases so far, at least 30
        and at most 365 days. A customer without a gap yet is given the median threshold of the others.

    Returns
    -------
    float64[len(purchases)]
        Each knows only the purchases up to its own: last year's statistics do not change when new data arrives.
    """
    if lost_after_days != "own_rhythm":
        return np.full(len(purchases), float(lost_after_days))
    median_gap = expanding_median_gaps(purchases.at, purchases.offsets) / DAY_US
    thresholds = np.clip(RHYTHM_GAPS * median_gap, *RHYTHM_DAYS)
    unknown = np.isnan(thresholds)
    typical = float(np.median(thresholds[~unknown])) if not unknown.all() else 90.0
    return np.where(unknown, typical, thresholds)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def expanding_median_gaps(at: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Median gap between a customer's purchases up to each of them; gaps of less than a day (one errand) do not count.

    Parameters
    ----------
    at : int64[n]
        Times of purchases, sorted within each customer (microseconds).
    offsets : int64[customers + 1]
        Where each customer's purchases begin.

    Returns
    -------
    float64[n]
        Microseconds; NaN before the first gap.
    """
    medians = np.full(at.size, np.nan)
    for customer in range(offsets.size - 1):
        start, end = offsets[customer], offsets[customer + 1]
        gaps = np.empty(max(end - start, 1))
        known = 0
        for place in range(start + 1, end):
            gap = at[place] - at[place - 1]
            if gap >= 86_400_000_000:
                # insertion into the sorted gaps so far
                hole = known
                while hole > 0 and gaps[hole - 1] > gap:
                    gaps[hole] = gaps[hole - 1]
                    hole -= 1
                gaps[hole] = gap
                known += 1
            if known > 0:
                medians[place] = (gaps[(known - 1) // 2] + gaps[known // 2]) / 2
    return medians
