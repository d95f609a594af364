"""What the world has recorded so far: rows of the input tables, as arrays with codes instead of names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
WEEK_US = 7 * DAY_US
#: Marks a time that has not come.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Orders:
    """The orders of one week, one entry each; ``main_product`` is the first line's."""

    number: NDArray[np.int64]
    customer: NDArray[np.int64]
    ordered_at: NDArray[np.int64]
    recorded_at: NDArray[np.int64]
    main_product: NDArray[np.int64]
    amount: NDArray[np.float64]
    margin: NDArray[np.float64]
    channel: NDArray[np.int64]


@dataclass
class Log:
    """Rows by table; a table's batches all have the same columns.

    Parameters
    ----------
    keep : bool
        False: nothing is recorded, for worlds that only look ahead.

    Examples
    --------
    >>> import numpy as np
    >>> log = Log()
    >>> log.add("contacts", customer=np.array([1, 2]), contacted_at=np.array([10, 20]))
    >>> log.add("contacts", customer=np.array([3]), contacted_at=np.array([30]))
    >>> log.table("contacts")["customer"]
    array([1, 2, 3])
    """

    keep: bool = True
    batches: dict[str, list[dict[str, NDArray[Any]]]] = field(default_factory=lambda: defaultdict(list))
    orders: int = 0
    tickets: int = 0

    def add(self, table: str, **columns: NDArray[Any]) -> None:
        """Append rows; empty batches are dropped."""
        if self.keep and next(iter(columns.values())).size:
            self.batches[table].append(columns)

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """Return all rows of a table, in the order in which they were added; no columns when there are none."""
        batches = self.batches.get(name, [])
        if not batches:
            return {}
        return {column: np.concatenate([batch[column] for batch in batches]) for column in batches[0]}

    def order_numbers(self, count: int) -> NDArray[np.int64]:
        """Give out the next order numbers."""
        self.orders += count
        return np.arange(self.orders - count, self.orders)

    def ticket_numbers(self, count: int) -> NDArray[np.int64]:
        """Give out the next ticket numbers."""
        self.tickets += count
        return np.arange(self.tickets - count, self.tickets)


def moments(
    generator: np.random.Generator, week_start: int, count: int, *, first_hour: float = 8, last_hour: float = 19
) -> NDArray[np.int64]:
    """Draw times in the week that begins at ``week_start``, in working hours, rarely on a weekend.

    Returns
    -------
    ndarray of int64
        Microseconds since the epoch, to the second.
    """
    day = generator.choice(7, count, p=day_shares(week_start))
    second = np.floor(generator.uniform(first_hour, last_hour, count) * 3600).astype(np.int64)
    return np.asarray(week_start + day * DAY_US + second * 1_000_000)


def day_shares(week_start: int) -> NDArray[np.float64]:
    """Shares of the week's seven days in what happens, starting with the day of ``week_start``.

    Examples
    --------
    >>> day_shares(0).round(2)   # the first of January 1970 was a Thursday
    array([0.19, 0.19, 0.04, 0.01, 0.19, 0.19, 0.19])
    """
    by_weekday = np.array([0.19, 0.19, 0.19, 0.19, 0.19, 0.04, 0.01])
    monday_is_0 = (week_start // DAY_US + 3) % 7
    return np.roll(by_weekday, -int(monday_is_0))
