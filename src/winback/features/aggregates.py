"""What can be made of the events in a window. Names only: how they are computed is the engine's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

#: Families that are computed together.
Family = Literal["moments", "codes", "rhythm"]


@dataclass(frozen=True)
class Aggregate:
    """What is made of the events in a window.

    Parameters
    ----------
    measure : str
        The stream's measure that is aggregated; events where it is missing do not count. Empty for aggregates of the
        events themselves.
    """

    measure: str = ""
    family: ClassVar[Family] = "moments"
    kind: ClassVar[Literal["number", "category"]] = "number"

    def recipe(self) -> dict[str, Any]:
        """Name and measure, as JSON-like data."""
        return {"aggregate": type(self).__name__, "measure": self.measure}


class Count(Aggregate):
    """Number of events (with a measure: of those where it is not missing); 0 where there are none."""


class Sum(Aggregate):
    """Total; 0 where there are no events, missing where there are some and all their measures are missing."""


class Mean(Aggregate):
    """Average; of a 0/1 measure the share. Missing without values, like all that follow."""


class Minimum(Aggregate):
    """Smallest value."""


class Maximum(Aggregate):
    """Largest value."""


class First(Aggregate):
    """Value of the earliest event."""


class Last(Aggregate):
    """Value of the latest event."""


class Deviation(Aggregate):
    """Standard deviation of the sample (divisor n - 1); missing for fewer than two values."""


class DaysSinceLast(Aggregate):
    """Days from the latest event to the cutoff."""


class DaysSinceFirst(Aggregate):
    """Days from the earliest event to the cutoff."""


@dataclass(frozen=True)
class CodeAggregate(Aggregate):
    """An aggregate of a category's codes or of small whole numbers."""

    family: ClassVar[Family] = "codes"


class DistinctCount(CodeAggregate):
    """Number of different values; 0 where there are no events."""


class LargestShare(CodeAggregate):
    """Share of the most frequent value."""


class MostFrequent(CodeAggregate):
    """The most frequent word; of equally frequent ones the first in the alphabet."""

    kind: ClassVar[Literal["number", "category"]] = "category"


class LastWord(CodeAggregate):
    """The word of the latest event."""

    kind: ClassVar[Literal["number", "category"]] = "category"


@dataclass(frozen=True)
class RhythmAggregate(Aggregate):
    """An aggregate of the gaps between the local calendar days on which there were events.

    Several events on one day are one; a gap is a whole number of days, at least 1.
    """

    family: ClassVar[Family] = "rhythm"


class GapCount(RhythmAggregate):
    """Number of gaps; 0 for fewer than two days with events."""


class GapMean(RhythmAggregate):
    """Average gap; missing without gaps, like all that follow."""


class GapMedian(RhythmAggregate):
    """Median gap (the average of the two middle ones)."""


class GapDeviation(RhythmAggregate):
    """Standard deviation of the gaps (divisor n - 1); missing for fewer than two."""


class GapLast(RhythmAggregate):
    """Latest gap."""


class GapMaximum(RhythmAggregate):
    """Longest gap."""


class GapRecentMean(RhythmAggregate):
    """Average of the latest three gaps (or of all, where there are fewer)."""


class SilenceShare(RhythmAggregate):
    """Share of the gaps that are not longer than the silence since the latest event."""
