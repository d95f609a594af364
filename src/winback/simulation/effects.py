"""What the company's actions truly do: for whom, and at what price. No stage may know these numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import CAUSES, GRIEVANCES

#: Effects fade with the weeks since the last order: after so many weeks half is left.
EFFECT_HALF_LIFE_WEEKS: Final = 24.0
#: How much of a grievance a successful kind of action heals in an active customer, per unit of its effect.
HEALING: Final = 1.7
#: A customer whose weekly hazard from grievances is below this is content, and only bothered by an action.
CONTENT: Final = 0.002


@dataclass(frozen=True)
class Profile:
    """The truth about one action.

    Parameters
    ----------
    contact_cost, offer_cost, offer_share : float
        Costs as in the settings' ``actions``.
    accept : float
        Chance that an active customer takes the offer up.
    reach : {"email", "phone", ""}
        What the customer must have.
    medium : {"phone", "visit", ""}
        The channel in which the action counts as a contact of the company.
    effect : mapping of str to float
        By cause of leaving: chance that one who has just left comes back; ``other`` for all causes not named.
        It never helps against a life event.
    harm : float
        Chance that a content active customer is driven off by it.
    weight : float
        How often past campaigns chose it, relative to the others.
    """

    contact_cost: float
    offer_cost: float = 0.0
    offer_share: float = 0.0
    accept: float = 0.3
    reach: Literal["email", "phone", ""] = ""
    medium: Literal["phone", "visit", ""] = ""
    effect: Mapping[str, float] = field(default_factory=dict)
    harm: float = 0.0
    weight: float = 1.0

    def by_cause(self) -> NDArray[np.float64]:
        """Effects in the order of `CAUSES`."""
        other = self.effect.get("other", 0.0)
        effects = np.array([self.effect.get(cause, other) for cause in CAUSES])
        effects[CAUSES.index("life_event")] = 0.0
        return effects

    def healing(self) -> NDArray[np.float64]:
        """Share of each grievance that it takes away, in the order of `GRIEVANCES`."""
        return np.clip(self.by_cause()[: len(GRIEVANCES)] * HEALING, 0, 0.9)


ACTIONS: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "email": Profile(
            5, accept=0.05, reach="email", effect={"other": 0.015, "assortment": 0.04, "unknown": 0.04}, harm=0.004
        ),
        "phone_call": Profile(
            350,
            reach="phone",
            medium="phone",
            effect={"other": 0.05, "neglect": 0.55, "manager_change": 0.28, "service": 0.16, "unknown": 0.14},
            harm=0.006,
            weight=2.0,
        ),
        "personal_meeting": Profile(
            2500,
            medium="visit",
            effect={"other": 0.13, "neglect": 0.55, "manager_change": 0.55, "conflict": 0.30, "competitor": 0.16},
            harm=0.010,
            weight=0.6,
        ),
        "video_message": Profile(
            40, accept=0.1, reach="email", effect={"other": 0.02, "neglect": 0.09, "manager_change": 0.07}, harm=0.004
        ),
        "director_guarantee": Profile(
            900,
            reach="phone",
            medium="phone",
            effect={"other": 0.07, "delivery": 0.42, "product_quality": 0.48, "service": 0.22, "conflict": 0.20},
            harm=0.008,
        ),
        "apology": Profile(
            150, effect={"other": 0.015, "conflict": 0.48, "service": 0.18, "delivery": 0.16}, harm=0.010
        ),
        "gift": Profile(
            100,
            800,
            accept=0.6,
            effect={"other": 0.08, "loyalty": 0.36, "neglect": 0.16, "conflict": 0.05},
            harm=0.002,
        ),
        "price_offer": Profile(
            100,
            offer_share=0.10,
            accept=0.5,
            effect={"other": 0.08, "price": 0.52, "competitor": 0.30, "unknown": 0.14},
            harm=0.002,
            weight=1.5,
        ),
        "service_offer": Profile(
            100, 600, accept=0.4, effect={"other": 0.03, "service": 0.48, "delivery": 0.15}, harm=0.004
        ),
        "new_products": Profile(
            120, accept=0.2, effect={"other": 0.03, "assortment": 0.46, "competitor": 0.08, "unknown": 0.08}, harm=0.004
        ),
        "loyalty_bonus": Profile(
            50,
            offer_share=0.05,
            accept=0.6,
            effect={"other": 0.03, "loyalty": 0.48, "price": 0.20, "unknown": 0.06},
            harm=0.001,
        ),
        "change_manager": Profile(
            500, accept=0.5, effect={"other": 0.0, "conflict": 0.42, "service": 0.28, "neglect": 0.26}, harm=0.025
        ),
    }
)


def effect_matrix(actions: tuple[str, ...]) -> NDArray[np.float64]:
    """Chance to bring back who has just left, shape (actions, causes).

    Examples
    --------
    >>> effect_matrix(("apology", "email")).shape
    (2, 12)
    """
    return np.array([ACTIONS[name].by_cause() for name in actions]).reshape(len(actions), len(CAUSES))


def persuasion(responsiveness: NDArray[np.float64], silence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor on effects for customers who have been silent for so many weeks."""
    return np.asarray(responsiveness * 0.5 ** (silence / EFFECT_HALF_LIFE_WEEKS))
