"""How much dearer what a customer buys has become, also where it never came back to pay it.

What the customer itself paid says nothing of a rise after its last order. What others pay for the same products does:
the price level of a product is what the customers of the same department paid for it, against prices in general.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from winback.features import purchases
from winback.history import DAY_US, Events, History
from winback.reasons.facts import Facts, share_of
from winback.settings import FeatureSettings

Array = NDArray[Any]

#: Prices of the last weeks are compared with those of so many weeks before them.
NOW_WEEKS, BEFORE_WEEKS = 4, 26
#: A product sold to a department less often has no price level; in either of the compared spans, at least so often.
MIN_LINES, MIN_LINES_IN_SPAN = 20, 2
#: What a customer buys are the products of its order lines in so many days.
BASKET_DAYS = 365
#: Days in which what a customer is used to as its discount moves half of the way to the present one.
USED_TO_DAYS = 56
#: Dearness weighs from these shares on; a larger one weighs no more than the largest.
DEARER_BY, LARGEST = (0.0, 0.03, 0.06, 0.1), 0.4
WEEK_US = 7 * DAY_US


@dataclass(frozen=True, eq=False)
class Levels:
    """Price levels by week over all customers of the company.

    Parameters
    ----------
    of : MultiIndex
        The pairs of product and department that are sold often enough; a level's number is its place here.
    sums : float64[levels, weeks + 1]
        Logarithms of prices relative to the pair's average and to prices in general, cumulated over weeks.
    counts : int64[levels, weeks + 1]
        How many prices there were, cumulated likewise.
    first_week : int
        Number of the first week.
    """

    of: pd.MultiIndex
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]
    first_week: int

    @classmethod
    def derive(cls, cells: pa.Table) -> Levels | None:
        """Take them from the number and the sum of logarithms of prices by product, department and week.

        Prices relative to the pair's average, less the mean of these of all pairs in the same week.
        """
        if not cells.num_rows:
            return None
        week = cells["week"].to_numpy().astype(np.int64)
        first_week, weeks = int(week.min()), int(np.ptp(week)) + 1
        pair, pairs = _factorize(cells)
        number, price = cells["number"].to_numpy().astype(np.int64), cells["price"].to_numpy()
        total = np.bincount(pair, number)
        often = total >= MIN_LINES
        some = often[pair]
        pair, week, number, price = pair[some], week[some] - first_week, number[some], price[some]
        relative = price - number * share_of(np.bincount(pair, price, total.size), total)[pair]
        general = share_of(np.bincount(week, relative, weeks), np.bincount(week, number, weeks))
        shape = (int(often.sum()), weeks + 1)
        place = (np.cumsum(often) - 1)[pair] * shape[1] + week + 1
        size = shape[0] * shape[1]
        return cls(
            pairs[often],
            np.cumsum(np.bincount(place, relative - number * general[week], size).reshape(shape), axis=1),
            np.cumsum(np.bincount(place, number, size).reshape(shape), axis=1).astype(np.int64),
            first_week,
        )


def _factorize(cells: pa.Table) -> tuple[NDArray[np.int64], pd.MultiIndex]:
    """Number the pairs of product and department of the cells."""
    product, department = (cells[name].dictionary_encode().combine_chunks() for name in ("product", "department"))
    code = product.indices.to_numpy().astype(np.int64) * len(department.dictionary) + department.indices.to_numpy()
    pair, codes = pd.factorize(code)
    words = [
        column.dictionary.take(pa.array(part)).to_pylist()
        for column, part in zip((product, department), np.divmod(codes, len(department.dictionary)), strict=True)
    ]
    return pair, pd.MultiIndex.from_arrays(words)


@dataclass(frozen=True, eq=False)
class PriceLevels:
    """What customers buy, and the price levels of it by week.

    Parameters
    ----------
    lines : Events
        Order lines with a price.
    level : int64[lines]
        Which price level each line belongs to; -1: none.
    amount : float64[lines]
        What it cost.
    levels : Levels
        Those of the company.
    begins_at : int
        When the first week begins (microseconds); the last full week ends with the history.
    """

    lines: Events
    level: NDArray[np.int64]
    amount: NDArray[np.float64]
    levels: Levels
    begins_at: int

    @classmethod
    def of(cls, history: History) -> PriceLevels | None:
        """Take the price levels of a history; None where nobody bought anything at a price."""
        return history.once("price levels", lambda: cls._made_of(history))

    @classmethod
    def _made_of(cls, history: History) -> PriceLevels | None:
        if not history.has("order_items", "product_id", "quantity", "unit_price"):
            return None
        lines = history.events("order_items", text=("product_id",))
        lines = lines.where(lines.columns["unit_price"] > 0)
        code, pairs = _pairs(history, lines)
        levels = history.everyone.cells("price levels", _cells(lines, code, pairs, history.ends_at), Levels.derive)
        if levels is None:
            return None
        amount = lines.columns["unit_price"] * np.nan_to_num(lines.columns["quantity"])
        begins_at = history.ends_at + levels.first_week * WEEK_US
        return cls(lines, levels.of.get_indexer(pairs)[code].astype(np.int64), amount, levels, begins_at)

    def change(self, customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much more the prices of what each row's customer buys rose than prices in general.

        Parameters
        ----------
        customer : int32[n]
            Customer codes.
        at : int64[n]
            Instants; full weeks before them count.

        Returns
        -------
        float64[n]
            Difference of logarithms, weighted by what the customer spent; 0 where nothing is known.
        """
        result = np.zeros(customer.size)
        _change(
            self.lines.at, self.lines.offsets, self.level, self.amount, self.levels.sums, self.levels.counts,
            self.begins_at,
            customer, at, result,
        )  # fmt: skip
        return result


def _pairs(history: History, lines: Events) -> tuple[NDArray[np.int64], pd.MultiIndex]:
    """Return the code of each line's product and department, and the words behind the codes."""
    departments: tuple[str, ...] = ("",)
    code = lines.columns["product_id"].astype(np.int64)
    attributes = history.attributes()
    if attributes.has("department"):
        departments = (*attributes.categories["department"], "")
        # the last word stands for who has none (-1)
        code = code * len(departments) + attributes.columns["department"][lines.customer] % len(departments)
    return code, pd.MultiIndex.from_product([lines.categories["product_id"], departments])


def _cells(lines: Events, code: NDArray[np.int64], pairs: pd.MultiIndex, ends_at: int) -> pa.Table:
    """Number and sum of logarithms of prices by product, department and week, counted back from an instant."""
    week = (lines.at - ends_at) // WEEK_US
    first = int(week.min(initial=0))
    weeks = int(week.max(initial=first)) - first + 1
    table = pa.table({"key": code * weeks + (week - first), "price": np.log(lines.columns["unit_price"])})
    summed = table.group_by("key", use_threads=False).aggregate([("price", "count"), ("price", "sum")])
    pair, week = np.divmod(summed["key"].to_numpy(), weeks)
    products, departments = (pa.array(list(words), pa.string()) for words in pairs.levels)
    codes = [np.asarray(part)[pair].astype(np.int32) for part in pairs.codes]
    return pa.table(
        {
            "product": pa.DictionaryArray.from_arrays(codes[0], products),
            "department": pa.DictionaryArray.from_arrays(codes[1], departments),
            "week": pa.array(week + first, pa.int32()),
            "number": summed["price_count"],
            "price": summed["price_sum"],
        }
    )


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _change(
    line_at: Any, offsets: Any, level: Any, amount: Any, sums: Any, counts: Any, begins_at: int, customer: Any,
    instant: Any, out: Any,
) -> None:  # fmt: skip
    weeks = sums.shape[1] - 1
    for row in range(customer.size):
        until = min((instant[row] - begins_at) // WEEK_US, weeks)
        if until < 1:
            continue
        middle = max(until - NOW_WEEKS, 0)
        begin = max(middle - BEFORE_WEEKS, 0)
        first, end = offsets[customer[row]], offsets[customer[row] + 1]
        stop = first + np.searchsorted(line_at[first:end], instant[row])
        place = stop - 1
        total, spent = 0.0, 0.0
        while place >= first and line_at[place] >= instant[row] - BASKET_DAYS * DAY_US:
            of = level[place]
            if of >= 0:
                now, before = counts[of, until] - counts[of, middle], counts[of, middle] - counts[of, begin]
                if now >= MIN_LINES_IN_SPAN and before >= MIN_LINES_IN_SPAN:
                    rise = (sums[of, until] - sums[of, middle]) / now - (sums[of, middle] - sums[of, begin]) / before
                    total += amount[place] * rise
                    spent += amount[place]
            place -= 1
        if spent > 0:
            out[row] = total / spent


@dataclass(frozen=True, eq=False)
class Discounts:
    """The discount of each purchase, and the one that the customer was used to by then."""

    purchases: Facts
    given: NDArray[np.float64]
    usual: NDArray[np.float64]

    @classmethod
    def of(cls, history: History, settings: FeatureSettings) -> Discounts | None:
        """Take the discounts of a history; None without them."""
        if not history.has("orders", "discount"):
            return None
        facts = Facts.of_stream(purchases.ORDERS, history, settings, "is_purchase")
        discount = np.nan_to_num(facts.measures["discount"])
        given = np.clip(share_of(discount, np.nan_to_num(facts.measures["listed"])), 0, 0.9)
        usual = given.copy()
        _used_to(facts.at, facts.offsets, given, usual)
        return cls(facts, given, usual)

    def cut(self, customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return by how much the last discount makes dearer than the one used to; it is got used to with time."""
        place = self.purchases.window(customer, at, 0).stop - 1
        bought = place >= self.purchases.offsets[customer]
        place = np.maximum(place, 0)
        change = np.log((1 - self.given[place]) / (1 - self.usual[place]))
        fading = 0.5 ** ((at - self.purchases.at[place]) / (USED_TO_DAYS * DAY_US))
        return np.where(bought, change * fading, 0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _used_to(at: Any, offsets: Any, given: Any, usual: Any) -> None:
    for customer in range(offsets.size - 1):
        for place in range(offsets[customer] + 1, offsets[customer + 1]):
            left = 0.5 ** ((at[place] - at[place - 1]) / (USED_TO_DAYS * DAY_US))
            usual[place] = given[place - 1] + (usual[place - 1] - given[place - 1]) * left


@dataclass(frozen=True, eq=False)
class Dearness:
    """How much dearer the company has become for a customer: by prices, and by a discount that was cut."""

    levels: PriceLevels | None
    discounts: Discounts | None

    @classmethod
    def of(cls, history: History, settings: FeatureSettings) -> Dearness | None:
        """Take it from a history; None where it knows neither prices nor discounts."""
        levels, discounts = PriceLevels.of(history), Discounts.of(history, settings)
        return None if levels is None and discounts is None else cls(levels, discounts)

    def at(self, customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the logarithm of how much dearer, up to `LARGEST`; negative where it has become cheaper."""
        change = np.zeros(customer.size)
        if self.levels is not None:
            change += self.levels.change(customer, at)
        if self.discounts is not None:
            change += self.discounts.cut(customer, at)
        return np.minimum(change, LARGEST)
