"""Calendar periods in the company's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from winback.history import instant_of

MONTHS_OF = {"month": 1, "quarter": 3}
#: The tables by dimension look at so many whole months.
RECENT_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """A run of whole months.

    Parameters
    ----------
    grain : str
        ``month``, ``quarter`` or ``recent`` (the last twelve whole months).
    first_on, last_on : date
        First day, and the day after the last.
    starts_at, ends_at : int
        The same as instants (microseconds, UTC).
    is_complete : bool
        The data covers all of it.
    """

    grain: str
    first_on: date
    last_on: date
    starts_at: int
    ends_at: int
    is_complete: bool


def month_after(day: date, months: int = 1) -> date:
    """First day of the month so many months after a day's.

    Examples
    --------
    >>> month_after(date(2024, 11, 30), 3), month_after(date(2024, 3, 31), -3)
    (datetime.date(2025, 2, 1), datetime.date(2023, 12, 1))
    """
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def local_day(instant: int, timezone: str) -> date:
    """Local calendar day of an instant.

    Examples
    --------
    >>> local_day(86_400_000_000 - 1, "UTC"), local_day(86_400_000_000 - 1, "Europe/Moscow")
    (datetime.date(1970, 1, 1), datetime.date(1970, 1, 2))
    """
    return datetime.fromtimestamp(instant // 1_000_000, ZoneInfo(timezone)).date()


@dataclass(frozen=True)
class Coverage:
    """What time the data covers.

    Parameters
    ----------
    first_at, ends_at : int
        First purchase, and the instant before which facts are known (microseconds, UTC).
    timezone : str
        Zone of the calendar.
    """

    first_at: int
    ends_at: int
    timezone: str

    def day(self, instant: int) -> date:
        """Local calendar day of an instant."""
        return local_day(instant, self.timezone)


def calendar_periods(coverage: Coverage, grain: str) -> list[Period]:
    """All months or quarters that the data touches, oldest first; the first and the last may be incomplete."""
    months = MONTHS_OF[grain]
    first = coverage.day(coverage.first_at)
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    periods = []
    while instant_of(start, coverage.timezone) < coverage.ends_at:
        periods.append(_period(coverage, grain, start, month_after(start, months)))
        start = month_after(start, months)
    return periods


def recent_period(coverage: Coverage, settled_at: int) -> Period | None:
    """Last whole months that begin when the data can tell who is a customer, twelve at most.

    Parameters
    ----------
    coverage : Coverage
        What the data covers.
    settled_at : int
        From this instant on it is known who is a customer (microseconds).

    Returns
    -------
    Period or None
        ``None`` where there is not one such month.
    """
    end = month_after(coverage.day(coverage.ends_at), 0)
    first = coverage.day(max(settled_at, coverage.first_at))
    first_whole = first if first.day == 1 and settled_at <= instant_of(first, coverage.timezone) else month_after(first)
    start = max(month_after(end, -RECENT_MONTHS), first_whole)
    return _period(coverage, "recent", start, end) if start < end else None


def _period(coverage: Coverage, grain: str, first_on: date, last_on: date) -> Period:
    starts_at, ends_at = instant_of(first_on, coverage.timezone), instant_of(last_on, coverage.timezone)
    is_complete = coverage.ends_at >= ends_at and coverage.day(coverage.first_at) <= first_on
    return Period(grain, first_on, last_on, starts_at, ends_at, is_complete)
