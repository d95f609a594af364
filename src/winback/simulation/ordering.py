"""Orders and what is in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import CHANNELS, FADE_BASKET, FADE_ORDERING, FADING, GONE, SLOTS
from winback.simulation.deliveries import deliver
from winback.simulation.log import DAY_US, Orders, moments
from winback.simulation.population import Floats, order_increment, seasonal_factor
from winback.simulation.prices import BASE_PRICE, COST_SHARE, price_level
from winback.simulation.state import Scene

#: Extra lines of an order beyond the first, on average; the most lines.
EXTRA_LINES, MOST_LINES = 0.8, 5
#: Share of orders that come in another than the customer's usual channel, and of those by phone typed in a day late.
OTHER_CHANNEL, TYPED_LATE = 0.12, 0.10
#: Share of defective deliveries whose goods are sent back.
SENT_BACK = 0.5


def advance_orders(scene: Scene) -> None:
    """Let customers order, and tell the observer who did."""
    # this stream gives one number per customer and week whatever happens, so that worlds can be compared
    state, people, generator = scene.state, scene.people, scene.streams.orders
    season = seasonal_factor(people.season, people.season_peak, float(scene.calendar.day_of_year[state.week]))
    increment = order_increment(people.gap_weeks, people.regularity, np.maximum(state.silence, 1.0)) * season
    calm = np.where(state.present, 1 - np.exp(-increment), 0.0)
    faint = np.where(state.present, 1 - np.exp(-FADE_ORDERING * increment), 0.0)
    chance = np.select([state.ordering, state.phase == FADING, state.phase == GONE], [1.0, faint, 0.0], calm)
    ordered = generator.random(len(people)) < chance
    certain = (state.ordering & (state.silence == 0)).astype(np.float64)
    scene.belief.see(
        _of_what_came(ordered, np.maximum(calm, certain)),
        _of_what_came(ordered, faint),
        _of_what_came(ordered, np.zeros(len(people))),
        ordered.astype(np.float64),
    )
    state.silence[ordered] = 0
    state.ordering[:] = False
    _fill_baskets(scene, scene.customers(ordered))


def _of_what_came(came: NDArray[np.bool_], chance: Floats) -> Floats:
    """Likelihood of what came, where it had that chance."""
    return np.where(came, chance, 1 - chance)


def _fill_baskets(scene: Scene, rows: NDArray[np.int64]) -> None:
    """Choose products and quantities, and record the orders."""
    state, people, generator = scene.state, scene.people, scene.streams.baskets
    lines = np.minimum(1 + generator.poisson(EXTRA_LINES, rows.size), MOST_LINES)
    slot = _choose_slots(generator, state.basket_weight[rows])
    taken = (np.arange(SLOTS) < lines[:, None]) & (np.take_along_axis(state.basket_weight[rows], slot, axis=1) > 0)
    product = np.take_along_axis(state.basket[rows], slot, axis=1)
    level = np.take_along_axis(price_level(scene, rows, state.week), slot, axis=1)
    listed = BASE_PRICE[product] * level
    price = np.round(listed * (1 - state.discount[rows])[:, None], 2)
    fading = np.where(state.phase[rows] == FADING, FADE_BASKET, 1.0)
    target = np.exp(generator.normal(people.log_amount[rows], people.amount_spread[rows])) * fading
    part = np.where(taken, generator.gamma(4, 1, taken.shape), 0.0)
    wanted = target[:, None] * part / part.sum(axis=1, keepdims=True)
    quantity = np.where(taken, np.maximum(np.round(wanted / price), 1), 0)
    amount = np.round((quantity * price).sum(axis=1), 2)
    _see_amounts(scene, rows, amount)
    cost = (quantity * BASE_PRICE[product]).sum(axis=1) * COST_SHARE * scene.calendar.cost_level[state.week]
    channel = _channels(scene, rows)
    at = moments(generator, scene.week_start, rows.size)
    orders = Orders(
        number=scene.log.order_numbers(rows.size),
        customer=rows,
        ordered_at=at,
        main_product=product[:, 0].astype(np.int64),
        amount=amount,
        margin=np.round(amount - cost, 2),
        channel=channel,
        recorded_at=at + _typing_delay(scene, channel),
    )
    _record(scene, orders, np.round((quantity * listed).sum(axis=1) - amount, 2))
    order, line = np.nonzero(taken)
    scene.log.add(
        "order_items",
        number=orders.number[order],
        product=product[order, line],
        quantity=quantity[order, line],
        unit_price=price[order, line],
        ordered_at=orders.ordered_at[order],
        recorded_at=orders.recorded_at[order],
    )
    _send_back(scene, orders, deliver(scene, orders))


def _choose_slots(generator: np.random.Generator, weight: Floats) -> NDArray[np.int64]:
    """Order the slots at random, heavy ones earlier (Efraimidis and Spirakis, 2006); empty ones come last."""
    with np.errstate(divide="ignore"):
        key = np.log(generator.random(weight.shape)) / weight
    return np.argsort(-key, axis=1, kind="stable")


def _see_amounts(scene: Scene, rows: NDArray[np.int64], amount: Floats) -> None:
    """A small basket hints at fading: likelihood of the amount in each phase, up to a common factor."""
    people = scene.people
    distance = (np.log(amount) - people.log_amount[rows]) / people.amount_spread[rows]
    shift = np.log(FADE_BASKET) / people.amount_spread[rows]
    fading = np.ones(len(people))
    fading[rows] = np.exp(np.clip((distance**2 - (distance - shift) ** 2) / 2, -6, 6))
    one = np.ones(len(people))
    scene.belief.see(one, fading, one)


def _channels(scene: Scene, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    generator = scene.streams.baskets
    other = generator.integers(0, len(CHANNELS), rows.size)
    return np.where(generator.random(rows.size) < OTHER_CHANNEL, other, scene.people.channel[rows]).astype(np.int64)


def _typing_delay(scene: Scene, channel: NDArray[np.int64]) -> NDArray[np.int64]:
    """Some orders by phone are typed in a day late."""
    late = (channel == CHANNELS.index("phone")) & (scene.streams.baskets.random(channel.size) < TYPED_LATE)
    return np.where(late, DAY_US, 0)


def _record(scene: Scene, orders: Orders, discount: Floats) -> None:
    scene.log.add(
        "orders",
        number=orders.number,
        customer=orders.customer,
        ordered_at=orders.ordered_at,
        amount=orders.amount,
        margin=orders.margin,
        discount=np.maximum(discount, 0),
        channel=orders.channel,
        recorded_at=orders.recorded_at,
    )


def _send_back(scene: Scene, orders: Orders, defective_until: NDArray[np.int64]) -> None:
    """Half of what came defective is sent back some days later: an order below zero.

    ``defective_until`` is when the defective goods came, 0 for good ones.
    """
    generator = scene.streams.baskets
    back = (defective_until > 0) & (generator.random(defective_until.size) < SENT_BACK)
    part = generator.uniform(0.3, 1.0, back.size)[back]
    at = defective_until[back] + generator.integers(1, 6, back.size)[back] * DAY_US
    scene.log.add(
        "orders",
        number=scene.log.order_numbers(part.size),
        customer=orders.customer[back],
        ordered_at=at,
        amount=-np.round(orders.amount[back] * part, 2),
        margin=-np.round(orders.margin[back] * part, 2),
        discount=np.zeros(part.size),
        channel=orders.channel[back],
        recorded_at=at,
    )
