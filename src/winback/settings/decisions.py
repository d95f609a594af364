"""The settings of decisions: what may be done for customers, for how much, and how it is judged afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from winback.settings.section import Money, Section, Share

Population = Literal["active", "lapsed"]


class ActionSettings(Section):
    """One thing that may be done for a customer."""

    contact_cost: Money
    offer_cost: Money = 0
    offer_share: Share = 0
    accept_probability: Share = 1
    save_probability: Share | Mapping[str, Share]
    prior_customers: Annotated[float, Field(gt=0)] = 50
    channel: str | None = None
    """What must be there to reach the customer: ``email``, ``phone``; null: nothing."""
    populations: tuple[Population, ...] = ("active", "lapsed")
    capacity: Annotated[int, Field(ge=0)] | None = None
    capacity_per_manager: Annotated[int, Field(ge=0)] | None = None

    @field_validator("save_probability")
    @classmethod
    def _needs_default(cls, value: float | Mapping[str, float]) -> float | Mapping[str, float]:
        if isinstance(value, Mapping) and "default" not in value:
            raise ValueError("a mapping from reason to probability needs a 'default'")
        return value

    def save_probability_for(self, reason: str) -> float:
        """Assumed probability that the action keeps a customer who would leave for that reason."""
        if isinstance(self.save_probability, Mapping):
            return self.save_probability.get(reason, self.save_probability["default"])
        return self.save_probability


class TargetingSettings(Section):
    """How much may be spent, and on whom."""

    budget_amount: Money | None = None
    """Per cycle; null: no limit."""
    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.10
    min_net_value: float = 0
    cooldown_days: Annotated[int, Field(ge=0)] = 30
    wait_for_outcome: bool = True
    """No second offer inside the window in which the first is measured (the label's horizon)."""
    explore_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    capacity_per_manager: Annotated[int, Field(ge=0)] | None = None
    """Contacts of one manager in one cycle, over all actions; null: no limit."""
    max_value_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Upper limit of an offer's expected cost, as a share of the customer's value_if_kept."""


class OutcomeSettings(Section):
    """How past cycles are read."""

    use_own_cycles: bool = True
    """Offers of earlier cycles in ``data/scored`` count as made, unless the log in ``offers`` has that cycle."""
