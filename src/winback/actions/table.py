"""The actions of ``params.yaml`` as one typed table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.actions.economics import expected_cost, expected_offer_cost
from winback.settings import ActionSettings

#: Populations in the order of their codes.
POPULATIONS = ("active", "lapsed")

#: What a channel needs of the customer; every other channel, and none, reaches everybody.
_NEEDS = {"email": "email", "e_mail": "email", "phone": "phone", "sms": "phone"}


@dataclass(frozen=True)
class Action:
    """One thing that may be done for a customer.

    Parameters
    ----------
    name : str
        Its key in ``params.yaml``.
    settings : ActionSettings
        Its costs, channel, populations, capacities and prior.
    """

    name: str
    settings: ActionSettings


@dataclass(frozen=True)
class Actions:
    """All actions, in the order of ``params.yaml``; an action's code is its place in that order.

    Examples
    --------
    >>> call = ActionSettings(contact_cost=350, accept_probability=0.3, save_probability=0.15, channel="phone")
    >>> actions = Actions.from_settings({"phone_call": call})
    >>> actions.names, actions.contact_cost.tolist()
    (('phone_call',), [350.0])
    """

    items: tuple[Action, ...]

    @classmethod
    def from_settings(cls, settings: Mapping[str, ActionSettings]) -> Actions:
        """Make the table from the section ``actions``."""
        return cls(tuple(Action(name, action) for name, action in settings.items()))

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Action]:
        return iter(self.items)

    @property
    def names(self) -> tuple[str, ...]:
        """Names, by code."""
        return tuple(action.name for action in self.items)

    @property
    def contact_cost(self) -> NDArray[np.float64]:
        """Money paid for every contact, by code."""
        return np.array([action.settings.contact_cost for action in self.items], dtype=np.float64)

    @property
    def offer_cost(self) -> NDArray[np.float64]:
        """Money paid on acceptance, by code."""
        return np.array([action.settings.offer_cost for action in self.items], dtype=np.float64)

    @property
    def offer_share(self) -> NDArray[np.float64]:
        """Share of the horizon's revenue paid on acceptance, by code."""
        return np.array([action.settings.offer_share for action in self.items], dtype=np.float64)

    @property
    def accept(self) -> NDArray[np.float64]:
        """Probability that the offer is taken up, by code."""
        return np.array([action.settings.accept_probability for action in self.items], dtype=np.float64)

    def costs(
        self, code: int, horizon_revenue: NDArray[np.float64], accept: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return the expected cost of one action for every customer; money.

        Parameters
        ----------
        code : int
            The action.
        horizon_revenue : ndarray of float64, shape (n,)
            Revenue expected in the label's horizon if kept.
        accept : ndarray of float64, shape (n,), optional
            Probability that each takes the offer up; by default the assumed one.
        """
        action = self.items[code].settings
        offer = expected_offer_cost(action.offer_cost, action.offer_share, horizon_revenue)
        return expected_cost(action.contact_cost, offer, action.accept_probability if accept is None else accept)

    def reachable(self, code: int, has_email: NDArray[np.bool_], has_phone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell who can be reached by the channel of one action.

        ``email`` needs an address, ``phone`` and ``sms`` a number; every other channel, and none, reaches everybody.

        Returns
        -------
        ndarray of bool, shape (n,)

        Examples
        --------
        >>> mail = ActionSettings(contact_cost=5, save_probability=0.02, channel="email")
        >>> no, yes = np.array([False]), np.array([True])
        >>> Actions.from_settings({"email": mail}).reachable(0, no, yes)
        array([False])
        """
        channel = (self.items[code].settings.channel or "").strip().lower().replace("-", "_")
        address = {"email": has_email, "phone": has_phone}.get(_NEEDS.get(channel, ""))
        return np.ones(len(has_email), dtype=np.bool_) if address is None else np.asarray(address, dtype=np.bool_)

    def meant_for(self, code: int, population: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Tell for whom of the populations (0 active, 1 lapsed) one action is meant.

        Examples
        --------
        >>> gift = ActionSettings(contact_cost=5, save_probability=0.1, populations=("lapsed",))
        >>> Actions.from_settings({"gift": gift}).meant_for(0, np.array([0, 1], dtype=np.int8))
        array([False,  True])
        """
        wanted = np.array([name in self.items[code].settings.populations for name in POPULATIONS])
        return wanted[population]
