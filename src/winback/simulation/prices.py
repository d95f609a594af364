"""Prices and assortment: what goods cost whom, and which of them can be had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import CATEGORIES, GRIEVANCE, MEMORY, PRODUCTS
from winback.simulation.population import Floats
from winback.simulation.state import Scene

#: List prices in the first week: a fixed assortment from cheap to dear.
BASE_PRICE = np.round(np.exp(np.random.default_rng(20230101).normal(3.6, 0.7, PRODUCTS)), 2)
#: Purchase price as a share of the list price of the first week.
COST_SHARE = 0.68

#: Price differences below it go unnoticed; the grievance per unit of difference above it; where it ends.
UNNOTICED, FELT, WORST = 0.035, 13.0, 0.25
#: Weekly chance that a discount is cut, and by how much.
TIGHTENED, CUT_FROM, CUT_TO = 0.0035, 0.06, 0.13
#: Grievance when the whole basket is cut.
MISSED = 3.5


def price_level(scene: Scene, rows: NDArray[np.int64], week: int) -> Floats:
    """Price level of each slot of the customers' baskets, shape (rows, SLOTS)."""
    state, people = scene.state, scene.people
    level = scene.calendar.price_level[week]
    return np.asarray(level[state.basket[rows] % CATEGORIES, people.department[rows][:, None]])


def advance_prices(scene: Scene) -> None:
    """Change prices and discounts of the week, and what customers feel about them."""
    state, generator = scene.state, scene.streams.prices
    rows = np.arange(len(scene.people))
    before = (price_level(scene, rows, max(state.week - 1, 0)) * state.basket_weight).sum(axis=1)
    after = (price_level(scene, rows, state.week) * state.basket_weight).sum(axis=1)
    costs = scene.calendar.cost_level
    # everyone's prices rise with costs, and nobody blames the company for that
    ratio = after / before * costs[max(state.week - 1, 0)] / costs[state.week]
    cut = np.where(
        state.present & (generator.random(rows.size) < TIGHTENED), generator.uniform(CUT_FROM, CUT_TO, rows.size), 0
    )
    lower = np.clip(state.discount - cut, 0, None)
    ratio *= (1 - lower) / (1 - state.discount)
    state.discount = lower
    state.dearness = np.where(state.present, state.dearness * ratio, 1.0)
    state.grievance[:, GRIEVANCE["price"]] = FELT * np.clip(state.dearness - 1 - UNNOTICED, 0, WORST)


def forget_prices(scene: Scene) -> None:
    """Let customers get used to what they pay."""
    state = scene.state
    state.dearness = 1 + (state.dearness - 1) * MEMORY[GRIEVANCE["price"]]


def advance_assortment(scene: Scene) -> None:
    """Take products out of the assortment; their buyers replace some of them and miss the others."""
    state, generator = scene.state, scene.streams.prices
    cut = scene.calendar.cut[state.week] & state.sold
    if not cut.any():
        return
    state.sold &= ~cut
    hit = cut[state.basket]
    lost = (state.basket_weight * hit).sum(axis=1)
    state.grievance[:, GRIEVANCE["assortment"]] += MISSED * lost * state.present
    replaced = hit & (generator.random(hit.shape) < 0.5)
    # the first products, one of each category, are never cut
    state.basket = np.where(hit, state.basket % CATEGORIES, state.basket).astype(np.int32)
    weight = np.where(hit & ~replaced, 0.0, state.basket_weight)
    weight[:, 0] += weight.sum(axis=1) <= 0
    state.basket_weight = weight / weight.sum(axis=1, keepdims=True)


def margin_share(scene: Scene) -> Floats:
    """Margin of the customers' usual baskets as a share of what they pay now."""
    week = min(scene.state.week, scene.calendar.cost_level.size - 1)
    rows = np.arange(len(scene.people))
    level = (price_level(scene, rows, week) * scene.state.basket_weight).sum(axis=1)
    return np.asarray(1 - COST_SHARE * scene.calendar.cost_level[week] / (level * (1 - scene.state.discount)))
