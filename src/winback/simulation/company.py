"""What the demo company is like: its kinds of customers, its words, and how much each grievance weighs.

The company supplies shops, restaurants and workshops. All numbers that shape it stand here and in
`winback.simulation.effects`; the subsystems only apply them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

#: What the company does to a customer, as the reasons of the list call it. Their order is the order of columns.
GRIEVANCES: Final = (
    "price",
    "product_quality",
    "delivery",
    "service",
    "conflict",
    "manager_change",
    "neglect",
    "assortment",
    "loyalty",
)
#: Why a customer leaves: a grievance, or something that no table shows.
CAUSES: Final = (*GRIEVANCES, "competitor", "life_event", "unknown")
GRIEVANCE: Final = MappingProxyType({name: code for code, name in enumerate(GRIEVANCES)})
CAUSE: Final = MappingProxyType({name: code for code, name in enumerate(CAUSES)})

#: Phases of a customer's life. Who is gone for the cause ``life_event`` never returns.
ACTIVE, FADING, GONE = 0, 1, 2
PHASES: Final = ("active", "fading", "gone")

REGIONS: Final = ("north", "south", "east", "west", "centre", "coast", "hills", "islands")
DEPARTMENTS: Final = ("food", "household", "trade")
INDUSTRIES: Final = ("grocery", "gastronomy", "crafts", "offices", "kiosks", "pharmacies")
CHANNELS: Final = ("web", "phone", "field", "partner")
SIZES: Final = ("small", "medium", "large")
CATEGORIES: Final = 12
PRODUCTS: Final = 144
SLOTS: Final = 8
"""Products in a customer's usual basket."""

CUSTOMERS_PER_MANAGER: Final = 80
#: Share of customers that are there on the first day.
FOUNDERS: Final = 0.30

#: What a grievance's memory keeps from one week to the next.
MEMORY: Final = np.array([0.94, 0.945, 0.94, 0.94, 0.955, 0.95, 0.92, 0.955, 0.95])
#: Weekly hazard of leaving per unit of grievance, at sensitivity 1; set so that the seven
#: grievances that tables show well each cause 5 to 20 % of departures.
WEIGHT: Final = np.array([0.0150, 0.0074, 0.0030, 0.0056, 0.0066, 0.0054, 0.0068, 0.0050, 0.0034])

UNKNOWN_HAZARD: Final = 0.0012
NEWCOMER_FACTOR: Final = 2.5
"""How much likelier newcomers leave without a grievance, in their first `NEWCOMER_WEEKS`."""
NEWCOMER_WEEKS: Final = 12
COMPETITOR_HAZARD: Final = 0.0003
LIFE_EVENT_HAZARD: Final = 0.0005

#: Of those who leave, how many fade first, how much less they order then, and the weekly chance that it ends.
FADE_SHARE: Final = 0.35
FADE_ORDERING: Final = 0.35
FADE_END: Final = 0.2
#: What a fading customer's basket shrinks to.
FADE_BASKET: Final = 0.7

#: Weekly chance that one who is gone returns by itself, at once after leaving; it fades with the weeks of silence.
RETURN_HAZARD: Final = 0.010
RETURN_MEMORY_WEEKS: Final = 30.0
#: By cause: who left over a grievance returns less often than who left for no reason; life events are final.
RETURN_FACTOR: Final = np.array([1.0, 0.7, 0.9, 0.9, 0.4, 1.0, 1.2, 0.7, 1.0, 0.6, 0.0, 1.8])
#: What is left of old grievances when a customer returns.
FORGIVEN: Final = 0.3


@dataclass(frozen=True)
class Kind:
    """One kind of customer.

    Parameters
    ----------
    name : str
        Name in the truth.
    share : float
        Share of customers.
    gap_days : float
        Median over customers of the usual distance of orders.
    regularity : float
        Shape of the distribution of gaps; 1: no rhythm at all.
    amount : float
        Median order amount, in the company's currency.
    industries : tuple of int
        Codes of industries that this kind belongs to.
    sensitivity : mapping of str to float
        How much more (or less) a grievance counts than for others.
    discount : float
        Usual discount, as a share of the list price.
    season : float
        0: orders all year alike; 1: hardly any orders out of season.
    tickets, activities : float
        Factors on how often it writes and visits.
    """

    name: str
    share: float
    gap_days: float
    regularity: float
    amount: float
    industries: tuple[int, ...]
    sensitivity: dict[str, float] = field(default_factory=dict)
    discount: float = 0.04
    season: float = 0.12
    tickets: float = 1.0
    activities: float = 1.0


KINDS: Final = (
    Kind("corner_shop", 0.18, 12, 1.4, 1700, (0, 4), {"price": 1.3, "neglect": 1.3}),
    Kind("restaurant", 0.12, 14, 1.3, 2900, (1,), {"delivery": 1.7, "service": 1.3}, tickets=1.3),
    Kind("supermarket", 0.07, 8, 1.7, 9000, (0,), {"delivery": 1.5, "assortment": 1.8}, 0.08),
    Kind("specialist", 0.16, 29, 1.8, 5000, (2, 5), {"product_quality": 1.8}),
    Kind("office", 0.17, 39, 2.4, 4300, (3,), {"service": 1.6, "manager_change": 1.6, "conflict": 1.3}, tickets=1.5),
    Kind("bargain_hunter", 0.11, 32, 1.2, 4300, (0, 3, 4), {"price": 2.4, "loyalty": 1.5, "conflict": 0.6}, 0.12),
    Kind("seasonal_kiosk", 0.04, 13, 1.3, 2500, (4,), {"delivery": 1.3}, season=1.0),
    Kind("project_builder", 0.15, 71, 2.6, 12000, (2,), {"manager_change": 1.5, "neglect": 1.5}, 0.07, tickets=0.7),
)
