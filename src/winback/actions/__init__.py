"""What may be done for a customer, for whom, and what it costs."""

from winback.actions.economics import expected_cost, expected_net_value, expected_offer_cost
from winback.actions.table import POPULATIONS, Action, Actions

__all__ = ["POPULATIONS", "Action", "Actions", "expected_cost", "expected_net_value", "expected_offer_cost"]
