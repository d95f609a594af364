"""What customers together would use and earn at prices, wherever they are.

Customers who are here are asked one by one. Of customers elsewhere most choose the same at all prices near those that
a search has reached: of these the sums are fetched once, and only those whose choice lies near the margin are handed
over and asked here, until the prices leave their neighbourhood. How wide it is decides how often others are asked,
never what comes out: sums of whole steps are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.targeting.blocks import Block, Customers, Who
from winback.targeting.kernels import NONE, certain, respond, spend_at
from winback.targeting.limits import Prices
from winback.targeting.sizes import Sizes

Floats = NDArray[np.float64]
#: Budget prices and prices per offer between which choices are looked at: (low, high), low, high.
Range = tuple[tuple[float, float], Floats, Floats]

#: Widths of a neighbourhood that are tried, in usual sizes of a price; the last one always does.
WIDTHS = (4.0, 1.0, 1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 1024, 0.0)
#: Place of the one that is tried first.
_FIRST_WIDTH = 2


@dataclass(frozen=True, eq=False)
class Response:
    """Sums over customers who each take their best pair after prices.

    Parameters
    ----------
    gained, spend : float
        Of values and costs.
    usage : ndarray of float64, shape (m, k)
        Pairs taken per manager and action.
    """

    gained: float
    spend: float
    usage: Floats

    def __add__(self, other: Response) -> Response:
        return Response(self.gained + other.gained, self.spend + other.spend, self.usage + other.usage)


@dataclass(frozen=True, eq=False)
class Magnitudes:
    """Sizes of customers' best values, of their value per money, and how many customers there are with a pair."""

    best: Sizes
    per_money: Sizes
    customers: int

    def __add__(self, other: Magnitudes) -> Magnitudes:
        return Magnitudes(self.best + other.best, self.per_money + other.per_money, self.customers + other.customers)

    def usual(self) -> tuple[float, float]:
        """Return the medians of the best values (money), and of value per money over all possible pairs."""
        return self.best.median(), self.per_money.median()


class Demand:
    """Some of the customers, asked again and again at different prices.

    Parameters
    ----------
    customers : Customers
        Here or elsewhere.
    who : callable
        Tells of a block's customers which take part.
    """

    def __init__(self, customers: Customers, who: Who = Block.possible) -> None:
        self._customers, self._who = customers, who
        magnitudes = customers.add_up(_Measure(who))
        #: Usual sizes of a customer's best value, and of value per money.
        self.sizes = magnitudes.usual()
        self._near: Block | None = None
        self._far: Response | None = None
        self._range: Range | None = None
        self._width = _FIRST_WIDTH
        if magnitudes.customers <= customers.few:
            self._near = customers.add_up(_Take(who))

    def at(self, prices: Prices) -> Response:
        """Return what all would take at prices."""
        unit = prices.per_offer()
        if self._near is None or not _inside(self._range, prices.budget, unit):
            self._move_to(prices.budget, unit)
        assert self._near is not None
        here = _respond(self._near, prices.budget, unit)
        return here if self._far is None else here + self._far

    def spends(self, budget_prices: Floats, unit: Floats) -> Floats:
        """Return what all would spend at each of many rising prices of the budget."""
        if self._near is not None and self._range is None:
            return _Spend(Block.possible, budget_prices, unit)(self._near)
        return self._customers.add_up(_Spend(self._who, budget_prices, unit))

    def _move_to(self, budget_price: float, unit: Floats) -> None:
        """Fetch those whose choice may change near prices, and the sums over all others."""
        best, per_money = self.sizes
        ranges = tuple(_around(budget_price, unit, per_money * width, best * width) for width in WIDTHS)
        # most often what fitted the last time does, and is fetched with the counts that show it
        parted = self._customers.add_up(_Part(self._who, ranges, self._width, self._customers.few))
        tried, self._width = self._width, parted.widest()
        if tried < self._width:
            parted = self._customers.add_up(_Part(self._who, ranges, self._width, self._customers.few))
            tried = self._width
        self._range, self._near, self._far = ranges[tried], parted.near, parted.far


def _inside(range_: Range | None, budget_price: float, unit: Floats) -> bool:
    if range_ is None:
        return True
    (low, high), low_unit, high_unit = range_
    return bool(low <= budget_price <= high and (low_unit <= unit).all() and (unit <= high_unit).all())


def _around(budget_price: float, unit: Floats, budget_width: float, width: float) -> Range:
    budget_prices = (max(budget_price - budget_width, 0.0), budget_price + budget_width)
    return budget_prices, np.maximum(unit - width, 0.0), unit + width


def _respond(block: Block, budget_price: float, unit: Floats) -> Response:
    return Response(*respond(block.value, block.cost, block.manager, budget_price, unit))


@dataclass(frozen=True)
class _Measure:
    who: Who

    def __call__(self, block: Block) -> Magnitudes:
        mine = block.rows(self.who(block))
        possible = mine.value > 0
        best = mine.value.max(axis=1, initial=-np.inf)
        costs = np.maximum(mine.cost[possible], np.finfo(np.float64).tiny)
        return Magnitudes(Sizes.of(best), Sizes.of(np.minimum(mine.value[possible] / costs, 1e6)), len(mine))


@dataclass(frozen=True)
class _Take:
    who: Who

    def __call__(self, block: Block) -> Block:
        return block.rows(self.who(block))


@dataclass(frozen=True, eq=False)
class _Spend:
    who: Who
    budget_prices: Floats
    unit: Floats

    def __call__(self, block: Block) -> Floats:
        mine = block.rows(self.who(block))
        return np.asarray(spend_at(mine.value, mine.cost, mine.manager, self.budget_prices, self.unit))


@dataclass(frozen=True, eq=False)
class _Parted:
    """Customers whose choice may change, the sums over all others, and how many may change in each of several ranges.

    No more than a few customers are kept: what would be more is of no use, whatever part it comes from.
    """

    near: Block
    far: Response
    counts: NDArray[np.int64]
    few: int

    def __add__(self, other: _Parted) -> _Parted:
        near = self.near + other.near
        return _Parted(near.rows(slice(self.few + 1)), self.far + other.far, self.counts + other.counts, self.few)

    def widest(self) -> int:
        """Return the place of the widest range in which only few may change; in one without a width nobody does."""
        return int(np.flatnonzero(self.counts <= self.few)[0])


@dataclass(frozen=True, eq=False)
class _Part:
    """Parts customers by one of several ranges of prices, and counts for all of them."""

    who: Who
    ranges: tuple[Range, ...]
    place: int
    few: int

    def __call__(self, block: Block) -> _Parted:
        mine = block.rows(self.who(block))
        known = [certain(mine.value, mine.cost, mine.manager, *one) for one in self.ranges]
        counts = np.array([len(mine) - int(is_certain.sum()) for is_certain, _ in known])
        is_certain, action = known[self.place]
        usage = np.zeros(self.ranges[0][1].shape)
        rows = np.flatnonzero(action != NONE)
        taken: Any = action[rows]
        np.add.at(usage, (mine.manager[rows], taken), 1.0)
        far = Response(float(mine.value[rows, taken].sum()), float(mine.cost[rows, taken].sum()), usage)
        near = mine.rows(np.flatnonzero(~is_certain)[: self.few + 1])
        return _Parted(near, far, counts, self.few)
