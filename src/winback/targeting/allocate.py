"""From prices to an allocation that keeps every limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.targeting.blocks import Block, Customers, Who
from winback.targeting.kernels import NONE, best_moves, best_two, fitting, grant_in_order
from winback.targeting.limits import Limits, Prices
from winback.targeting.wishes import Outcomes, Wishes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Choice = NDArray[np.int16]

#: Rounds of filling what is left; the last ones change next to nothing.
_ROUNDS = 25


@dataclass(frozen=True, eq=False)
class Room:
    """What of the limits is still unused; the arrays change as wishes are granted."""

    budget: Floats
    action: Floats
    manager: Floats
    manager_action: Floats

    @classmethod
    def of(cls, limits: Limits) -> Room:
        """Start with everything unused."""
        # capacities are counted in whole offers
        floors = (np.floor(part) for part in (limits.action, limits.manager, limits.manager_action))
        return cls(np.array([limits.budget]), *floors)

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the arrays in the order that the kernels take them."""
        return self.budget, self.action, self.manager, self.manager_action

    def limits(self) -> Limits:
        """Return what is left as limits of others."""
        return Limits(float(self.budget[0]), *(part.copy() for part in self.arrays()[1:]))

    def fits(self, wishes: Wishes) -> Bools:
        """Tell which wishes would fit, each for itself."""
        more = wishes.cost - wishes.old_cost
        return np.asarray(fitting(wishes.manager, wishes.action, wishes.old, more, *self.arrays()))

    def grant(self, wishes: Wishes, back: Room) -> Bools:
        """Grant wishes in their order where they fit; what is given up for them is added to ``back``."""
        more = wishes.cost - wishes.old_cost
        notes = back.budget, back.action, back.manager_action
        return np.asarray(grant_in_order(wishes.manager, wishes.action, wishes.old, more, *self.arrays(), *notes))

    def nothing(self) -> Room:
        """Return room of the same shape in which nothing is."""
        return Room(*(np.zeros_like(part) for part in self.arrays()))

    def add(self, back: Room) -> None:
        """Take back what has been given up."""
        for mine, other in zip(self.arrays(), back.arrays(), strict=True):
            mine += other


@dataclass(frozen=True, eq=False)
class Standing:
    """What customers have: what they would take at prices, but for some of whom something else is known.

    Parameters
    ----------
    prices : Prices
        From `find_prices`.
    outcomes : Outcomes
        Of those who have something else.
    who : callable
        Tells which customers of a block take part; all others have nothing.
    """

    prices: Prices
    outcomes: Outcomes
    who: Who = Block.possible

    def taken(self, block: Block) -> Choice:
        """Return what each customer of a block has; −1 nothing."""
        return self.outcomes.put(self.wanted(block)[0], block.key)

    def wanted(self, block: Block) -> tuple[Choice, Floats]:
        """Return what each customer would take at the prices, and its priced surplus."""
        first, _, top, _ = best_two(block.value, block.cost, block.manager, self.prices.budget, self.prices.per_offer())
        return np.where((top > 0) & self.who(block), first, NONE).astype(np.int16), top


def allocate(customers: Customers, limits: Limits, prices: Prices, who: Who = Block.possible) -> tuple[Standing, Room]:
    """Choose pairs within the limits, near what the prices ask for.

    Customers get what they want in the order of urgency as long as it fits. Then, round by round, whoever has a pair
    of larger value that fits into what is left gets it, the best after prices first.

    Parameters
    ----------
    customers : Customers
        Here or elsewhere.
    limits : Limits
        What may be used.
    prices : Prices
        From `find_prices`.
    who : callable
        Tells which customers of a block take part.

    Returns
    -------
    standing : Standing
        What each customer has.
    room : Room
        What is left of every limit; never below 0.
    """
    return allocate_rest(customers, Standing(prices, Outcomes.none(), who), Room.of(limits))


def allocate_rest(customers: Customers, standing: Standing, room: Room) -> tuple[Standing, Room]:
    """Allocate to all customers of whom no outcome is known, as `allocate` does, within what room is left."""
    refused = [wishes.key[~got] for wishes, got in grant_all(customers, _Wanted(standing), room, room.nothing())]
    keys = np.concatenate(refused)
    outcomes = standing.outcomes.replaced(keys, np.full(len(keys), NONE, np.int16))
    standing = Standing(standing.prices, outcomes, standing.who)
    for _ in range(_ROUNDS):
        back, made = room.nothing(), 0
        for moves, got in grant_all(customers, _Better(standing, room.limits()), room, back, only_fitting=True):
            outcomes = outcomes.replaced(moves.key[got], moves.action[got])
            made += int(got.sum())
        room.add(back)
        standing = Standing(standing.prices, outcomes, standing.who)
        if not made:
            break
    return standing, room


def grant_all(
    customers: Customers,
    question: Callable[[Block], Wishes],
    room: Room,
    back: Room,
    *,
    only_fitting: bool = False,
) -> Iterator[tuple[Wishes, Bools]]:
    """Grant wishes of all customers in their order, as many at a time as may be handed over.

    Parameters
    ----------
    customers : Customers
        Here or elsewhere.
    question : callable
        Gives the wishes of a block.
    room, back : Room
        What is left, and where to what is given up is added; both change.
    only_fitting : bool
        Leave out wishes for which there is no room any more: room only shrinks while they are granted.

    Yields
    ------
    wishes : Wishes
        The next ones, in order.
    granted : ndarray of bool
        Which of them are granted.
    """
    page = _Page(question)
    while True:
        page = _Page(question, page.after, room if only_fitting else None)
        wishes = customers.first(page, customers.few)
        yield wishes, room.grant(wishes, back)
        if len(wishes) < customers.few:
            return
        page = _Page(question, (float(wishes.urgency[-1]), int(wishes.key[-1])))


@dataclass(frozen=True, eq=False)
class _Page:
    """Wishes after a place in their order, of which only those that fit are asked for where room is given."""

    question: Callable[[Block], Wishes]
    after: tuple[float, int] | None = None
    room: Room | None = None

    def __call__(self, block: Block) -> Wishes:
        wishes = self.question(block)
        if self.after is not None:
            wishes = wishes.after(*self.after)
        return wishes if self.room is None else wishes.rows(self.room.fits(wishes))


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What customers of whom no outcome is known would take at prices."""

    standing: Standing

    def __call__(self, block: Block) -> Wishes:
        action, urgency = self.standing.wanted(block)
        rows = np.flatnonzero((action != NONE) & ~self.standing.outcomes.known(block.key))
        return wishes_of(block, rows, action[rows], urgency[rows])


@dataclass(frozen=True, eq=False)
class _Better:
    """Pairs of larger value than what customers have that fit into what is left."""

    standing: Standing
    left: Limits

    def __call__(self, block: Block) -> Wishes:
        taken, prices = self.standing.taken(block), self.standing.prices
        room = Room.of(self.left).arrays()
        move, gain = best_moves(block.value, block.cost, block.manager, prices.budget, prices.per_offer(), taken, *room)
        rows = np.flatnonzero((move != NONE) & self.standing.who(block))
        return wishes_of(block, rows, move[rows], gain[rows], taken[rows])


def wishes_of(
    block: Block, rows: NDArray[np.int64], action: Choice, urgency: Floats, old: Choice | None = None
) -> Wishes:
    """Return that some customers of a block would have actions, and give up others for them."""
    before = np.full(len(rows), NONE, np.int16) if old is None else old
    old_cost = np.where(before == NONE, 0.0, block.cost[rows, before])
    return Wishes(urgency, block.key[rows], block.manager[rows], action, before, block.cost[rows, action], old_cost)
