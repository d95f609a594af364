"""Who the customers are: everything about them that does not change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import gamma

from winback.simulation.company import (
    CATEGORIES,
    CHANNELS,
    DEPARTMENTS,
    FOUNDERS,
    GRIEVANCE,
    GRIEVANCES,
    INDUSTRIES,
    KINDS,
    PRODUCTS,
    REGIONS,
    SLOTS,
    Kind,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

#: Usual gaps are never shorter than the step of the world.
SHORTEST_GAP_WEEKS = 1.0
#: Weeks over which the mean distance of orders is summed up.
LONGEST_GAP_WEEKS = 80
#: Silence beyond this multiple of the usual gap no longer makes an order likelier.
OVERDUE = 1.25


@dataclass(frozen=True)
class Population:
    """The customers of a world, one entry each.

    Parameters
    ----------
    kind, region, channel, department, industry, size : ndarray of int32
        Codes into the lists of `winback.simulation.company`.
    arrival : ndarray of int32
        Week of the first order; founders order before the first week.
    known_days : ndarray of float
        Days between registration and the start of the world (founders) or the first order (others).
    gap_weeks, regularity : ndarray of float
        Scale and shape of the distribution of gaps.
    order_rate : ndarray of float
        Orders per week in the long run, while active and in season.
    log_amount, amount_spread : ndarray of float
        Mean and standard deviation of the logarithm of order amounts.
    discount : ndarray of float
        Usual discount at arrival.
    season, season_peak : ndarray of float
        Strength (0 to 1) and day of the year of the season.
    sensitivity : ndarray of float, shape (n, grievances)
    weight_of_event : ndarray of float
        How much one late delivery counts: less for who has many deliveries.
    frailty : ndarray of float
        Factor on leaving without a grievance.
    responsiveness : ndarray of float
        Factor on what actions do.
    contact_weeks : ndarray of float
        Weeks between the company's contacts that the customer is used to.
    ticket_rate, activity_rate, loyal_rate : ndarray of float
        Events per week while active.
    picks_up : ndarray of bool
        Fetches its orders, so it has no deliveries.
    has_email, has_phone, do_not_contact, do_not_win_back : ndarray of bool
    basket : ndarray of int32, shape (n, SLOTS)
        Products that it usually buys.
    basket_weight : ndarray of float, shape (n, SLOTS)
    """

    kind: Codes
    region: Codes
    channel: Codes
    department: Codes
    industry: Codes
    size: Codes
    arrival: Codes
    known_days: Floats
    gap_weeks: Floats
    regularity: Floats
    order_rate: Floats
    log_amount: Floats
    amount_spread: Floats
    discount: Floats
    season: Floats
    season_peak: Floats
    sensitivity: Floats
    weight_of_event: Floats
    frailty: Floats
    responsiveness: Floats
    contact_weeks: Floats
    ticket_rate: Floats
    activity_rate: Floats
    loyal_rate: Floats
    picks_up: Flags
    has_email: Flags
    has_phone: Flags
    do_not_contact: Flags
    do_not_win_back: Flags
    basket: Codes
    basket_weight: Floats

    def __len__(self) -> int:
        """Return the number of customers."""
        return self.kind.size


def order_increment(gap_weeks: Floats, regularity: Floats, silence: Floats | float) -> Floats:
    """Cumulative hazard of ordering during the week that ends ``silence`` weeks after the last order's week.

    Gaps follow a Weibull distribution of mean ``gap_weeks`` until they are `OVERDUE`; from there on the hazard is
    constant, so that long silences of irregular customers happen.

    Parameters
    ----------
    gap_weeks, regularity : ndarray of float, shape (n,)
    silence : ndarray of float, shape (n,), or float
        Weeks since the week of the last order, at least 1.

    Returns
    -------
    ndarray of float, shape (n,)
        The chance of an order in the week is ``1 - exp(-increment)``.

    Examples
    --------
    >>> import numpy as np
    >>> order_increment(np.array([4.0]), np.array([1.0]), 3.0).round(3)
    array([0.25])
    """
    scale = gamma(1 + 1 / regularity) / gap_weeks
    end = np.minimum(silence * scale, _bound(scale, gap_weeks))
    start = np.minimum((silence - 1) * scale, _bound(scale, gap_weeks))
    within = end**regularity - start**regularity
    rate = regularity * _bound(scale, gap_weeks) ** (regularity - 1) * scale
    beyond = np.clip(silence - np.maximum(silence - 1, OVERDUE * gap_weeks), 0, 1)
    return np.asarray(within + rate * beyond)


def _bound(scale: Floats, gap_weeks: Floats) -> Floats:
    return scale * OVERDUE * gap_weeks


def long_run_rate(gap_weeks: Floats, regularity: Floats) -> Floats:
    """Orders per week in the long run: one over the mean gap of the weekly process."""
    survival = np.ones_like(gap_weeks)
    mean = np.ones_like(gap_weeks)
    for silence in range(1, LONGEST_GAP_WEEKS):
        survival = survival * np.exp(-order_increment(gap_weeks, regularity, float(silence)))
        mean += survival
    return np.asarray(1 / mean)


def seasonal_factor(season: Floats, season_peak: Floats, day_of_year: float) -> Floats:
    """Factor on the hazard of ordering at a day of the year; about 1 on average for mild seasons."""
    wave = np.cos(2 * np.pi * (day_of_year - season_peak) / 365.25)
    strong = np.clip(0.5 + 1.1 * wave, 0.04, None)
    return np.asarray(np.where(season >= 0.9, strong, 1 + season * wave))


def make_population(generator: Generator, count: int, weeks: int, planned: int) -> Population:
    """Draw the customers.

    Parameters
    ----------
    generator : numpy.random.Generator
    count : int
        How many customers arrive until ``weeks``.
    weeks : int
        Weeks of the data.
    planned : int
        Weeks that the world may live, at least ``weeks``; the customers who arrive after ``weeks`` come on top, at
        the same rate.
    """
    founders = max(1, round(count * FOUNDERS))
    rate = (count - founders) / weeks
    total = count + round(rate * (planned - weeks))
    who, rhythm, soul, access, things = generator.spawn(5)
    kind = who.choice(len(KINDS), total, p=_shares()).astype(np.int32)
    arrival = np.where(np.arange(total) < founders, -1, ((np.arange(total) - founders) / rate)).astype(np.int32)
    industry = np.array([KINDS[k].industries[i % len(KINDS[k].industries)] for k, i in _numbered(kind, who)])
    gap_weeks = np.maximum(_of(kind, "gap_days") / 7 * rhythm.lognormal(0, 0.30, total), SHORTEST_GAP_WEEKS)
    regularity = np.clip(_of(kind, "regularity") * rhythm.lognormal(0, 0.15, total), 1.0, 3.5)
    log_amount = np.log(_of(kind, "amount")) + rhythm.normal(0, 0.6, total)
    seasonal = _of(kind, "season")
    basket, basket_weight = _baskets(things, industry)
    return Population(
        kind=kind,
        region=who.choice(len(REGIONS), total, p=[0.2, 0.17, 0.14, 0.14, 0.12, 0.1, 0.08, 0.05]).astype(np.int32),
        channel=who.choice(len(CHANNELS), total, p=[0.4, 0.25, 0.2, 0.15]).astype(np.int32),
        department=(industry % len(DEPARTMENTS)).astype(np.int32),
        industry=industry.astype(np.int32),
        size=np.digitize(log_amount + np.log(30 / (7 * gap_weeks)), np.log([3500, 9000])).astype(np.int32),
        arrival=arrival,
        known_days=np.where(arrival < 0, rhythm.gamma(1.5, 420, total) + 40, rhythm.gamma(1.0, 6, total)),
        gap_weeks=gap_weeks,
        regularity=regularity,
        order_rate=long_run_rate(gap_weeks, regularity),
        log_amount=log_amount,
        amount_spread=rhythm.uniform(0.25, 0.45, total),
        discount=np.clip(_of(kind, "discount") + rhythm.normal(0, 0.02, total), 0, 0.2),
        season=seasonal,
        season_peak=np.where(seasonal >= 0.9, 195 + rhythm.normal(0, 12, total), 345 + rhythm.normal(0, 20, total)),
        sensitivity=_sensitivity(soul, kind),
        weight_of_event=np.clip((gap_weeks / 3) ** 0.6, 0.5, 1.8),
        frailty=soul.lognormal(-0.18, 0.6, total),
        responsiveness=np.clip(soul.lognormal(-0.08, 0.4, total), 0.2, 2.0),
        contact_weeks=soul.uniform(4, 9, total),
        ticket_rate=0.05 * _of(kind, "tickets") * soul.lognormal(-0.12, 0.5, total),
        activity_rate=0.09 * _of(kind, "activities") * soul.lognormal(-0.3, 0.8, total),
        loyal_rate=np.where(soul.random(total) < 0.25, soul.uniform(0.06, 0.2, total), 0.0),
        picks_up=access.random(total) < 0.12,
        has_email=access.random(total) < 0.9,
        has_phone=access.random(total) < 0.94,
        do_not_contact=access.random(total) < 0.015,
        do_not_win_back=access.random(total) < 0.008,
        basket=basket,
        basket_weight=basket_weight,
    )


def _shares() -> Floats:
    shares = np.array([kind.share for kind in KINDS])
    return np.asarray(shares / shares.sum())


def _of(kind: Codes, name: str) -> Floats:
    """Give every customer its kind's number."""
    return np.array([getattr(each, name) for each in KINDS], dtype=np.float64)[kind]


def _numbered(kind: Codes, generator: Generator) -> zip[tuple[int, int]]:
    return zip(kind.tolist(), generator.integers(0, 60, kind.size).tolist(), strict=True)


def _sensitivity(generator: Generator, kind: Codes) -> Floats:
    """How much each grievance counts for each customer: by kind, and by temper."""
    usual = np.ones((len(KINDS), len(GRIEVANCES)))
    for row, each in enumerate(KINDS):
        _fill(usual[row], each)
    temper = generator.lognormal(-0.12, 0.5, (kind.size, len(GRIEVANCES)))
    return np.asarray(usual[kind] * temper)


def _fill(row: Floats, kind: Kind) -> None:
    for name, factor in kind.sensitivity.items():
        row[GRIEVANCE[name]] = factor


def _baskets(generator: Generator, industry: NDArray[np.int64]) -> tuple[Codes, Floats]:
    """Choose products from the two to four categories that the industry buys."""
    count = industry.size
    spread = len(INDUSTRIES) // 2
    category = (industry[:, None] * 2 + generator.integers(0, spread + 1, (count, SLOTS))) % CATEGORIES
    layer = np.argsort(generator.random((count, PRODUCTS // CATEGORIES)), axis=1)[:, :SLOTS]
    weight = generator.gamma(0.8, 1.0, (count, SLOTS)) + 0.05
    return (layer * CATEGORIES + category).astype(np.int32), weight / weight.sum(axis=1, keepdims=True)
