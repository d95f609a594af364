"""What happens to the whole company: crises of regions, overload, bad lots, price rises, cuts of the assortment.

Everything is drawn for all weeks at once, each kind by its own generator and week by week, so that a longer
calendar begins with the same weeks as a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from winback.simulation.company import CATEGORIES, DEPARTMENTS, PRODUCTS, REGIONS

DAYS_A_YEAR = 365.25


def spells(
    generator: Generator, weeks: int, width: int, *, onset: float, shortest: int, longest: int
) -> NDArray[np.bool_]:
    """Draw spells of weeks during which something is so.

    Parameters
    ----------
    generator : numpy.random.Generator
        Its children are used, so that a longer calendar starts with the same weeks.
    weeks, width : int
        Shape of the result.
    onset : float
        Weekly chance that a spell begins.
    shortest, longest : int
        Bounds of a spell's weeks, inclusive.

    Returns
    -------
    ndarray of bool, shape (weeks, width)

    Examples
    --------
    >>> import numpy as np
    >>> spells(np.random.default_rng(1), 3, 2, onset=1, shortest=1, longest=1).all()
    np.True_
    """
    starts, lengths = generator.spawn(2)
    begins = starts.random((weeks, width)) < onset
    lasts = lengths.integers(shortest, longest + 1, (weeks, width))
    until = np.zeros(width, dtype=np.int64)
    result = np.zeros((weeks, width), dtype=bool)
    for week in range(weeks):
        until = np.where(begins[week], np.maximum(until, week + lasts[week]), until)
        result[week] = until > week
    return result


@dataclass(frozen=True)
class Calendar:
    """Everything that is drawn before the first week; arrays have the week as their first axis.

    Parameters
    ----------
    day_of_year : ndarray of float, shape (weeks,)
        Of the middle of the week, 0 to 365.
    late_probability : ndarray of float, shape (weeks, regions)
        Chance that a delivery that falls due is late.
    overloaded : ndarray of bool, shape (weeks, departments)
        The service desk does not keep up.
    defect_probability : ndarray of float, shape (weeks, products)
        Chance that a delivery of the product is defective.
    price_level : ndarray of float, shape (weeks, categories, departments)
        List price relative to the first week.
    cost_level : ndarray of float, shape (weeks,)
        Purchase prices relative to the first week.
    cut : ndarray of bool, shape (weeks, products)
        The product leaves the assortment in this week.
    reward_paused : ndarray of bool, shape (weeks, departments)
        No loyalty points are given.
    competitor : ndarray of bool, shape (weeks, regions)
        A competitor courts the region.
    """

    day_of_year: NDArray[np.float64]
    late_probability: NDArray[np.float64]
    overloaded: NDArray[np.bool_]
    defect_probability: NDArray[np.float64]
    price_level: NDArray[np.float64]
    cost_level: NDArray[np.float64]
    cut: NDArray[np.bool_]
    reward_paused: NDArray[np.bool_]
    competitor: NDArray[np.bool_]


def make_calendar(generator: Generator, weeks: int, first_day_of_year: int) -> Calendar:
    """Draw the company's fate.

    Parameters
    ----------
    generator : numpy.random.Generator
    weeks : int
        How many weeks are needed, at least one.
    first_day_of_year : int
        Day of the year of the first week's first day, 0 for the first of January.
    """
    late, desk, lots, prices, cuts, rewards, rivals = generator.spawn(7)
    day_of_year = (first_day_of_year + 7 * np.arange(weeks, dtype=np.float64) + 3.5) % DAYS_A_YEAR
    growth = 1.03 ** (np.arange(weeks) * 7 / DAYS_A_YEAR)
    return Calendar(
        day_of_year=day_of_year,
        late_probability=_late_probability(late, day_of_year),
        overloaded=spells(desk, weeks, len(DEPARTMENTS), onset=0.022, shortest=4, longest=9),
        defect_probability=np.where(spells(lots, weeks, PRODUCTS, onset=0.008, shortest=6, longest=14), 0.20, 0.012),
        price_level=_price_level(prices, growth),
        cost_level=growth,
        cut=_cuts(cuts, weeks),
        reward_paused=spells(rewards, weeks, len(DEPARTMENTS), onset=0.012, shortest=10, longest=20),
        competitor=spells(rivals, weeks, len(REGIONS), onset=0.006, shortest=8, longest=20),
    )


def _late_probability(generator: Generator, day_of_year: NDArray[np.float64]) -> NDArray[np.float64]:
    """Regions differ, winters are worse, and now and then a region's warehouse fails."""
    habit, crises = generator.spawn(2)
    by_region = habit.uniform(0.04, 0.09, len(REGIONS))
    crisis = spells(crises, day_of_year.size, len(REGIONS), onset=0.016, shortest=5, longest=10)
    winter = 0.08 * np.clip(np.cos(2 * np.pi * (day_of_year - 15) / DAYS_A_YEAR), 0, None) ** 2
    return np.clip(by_region + winter[:, None] + 0.38 * crisis, 0, 0.9)


def _price_level(generator: Generator, growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices follow costs, and sometimes a category becomes markedly dearer in one department."""
    onset, size = generator.spawn(2)
    shape = (growth.size, CATEGORIES, len(DEPARTMENTS))
    rise = np.where(onset.random(shape) < 0.009, size.uniform(0.08, 0.20, shape), 0.0)
    # most of a rise is given back by rises that costs would have asked for anyway
    drift = np.cumsum(np.log1p(rise), axis=0)
    trend = drift.mean(axis=(1, 2), keepdims=True)
    return np.asarray(growth[:, None, None] * np.exp(drift - trend * 0.8))


def _cuts(generator: Generator, weeks: int) -> NDArray[np.bool_]:
    """Now and then a category loses a quarter of its products; one product of each always stays."""
    when, which = generator.spawn(2)
    category = np.arange(PRODUCTS) % CATEGORIES
    cutting = when.random((weeks, CATEGORIES)) < 0.006
    chosen = which.random((weeks, PRODUCTS)) < 0.25
    cut = cutting[:, category] & chosen
    cut[:, :CATEGORIES] = False
    return cut
