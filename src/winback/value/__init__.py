"""What a kept customer is worth: expected discounted margin over the value horizon, kept against lost."""

from winback.value.model import ValueEstimate, ValueModel
from winback.value.money import discounted_days, money_after, order_amounts, order_margins
from winback.value.training import train_value_model

__all__ = [
    "ValueEstimate",
    "ValueModel",
    "discounted_days",
    "money_after",
    "order_amounts",
    "order_margins",
    "train_value_model",
]
