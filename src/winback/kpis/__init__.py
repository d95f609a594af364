"""The statistics of retention: what was lost, what came back, and what it costs."""

from winback.kpis.compute import Kpis, compute_kpis
from winback.kpis.definitions import (
    Segment,
    average_order_value,
    churn_rate,
    customer_lifetime_value,
    lost_profit,
    repeat_purchase_rate,
    retention_rate,
    revenue_from_segments,
)
from winback.kpis.drivers import driver_trends
from winback.kpis.losses import losses_by_reason
from winback.kpis.lost import LostRules

__all__ = [
    "Kpis",
    "LostRules",
    "Segment",
    "average_order_value",
    "churn_rate",
    "compute_kpis",
    "customer_lifetime_value",
    "driver_trends",
    "losses_by_reason",
    "lost_profit",
    "repeat_purchase_rate",
    "retention_rate",
    "revenue_from_segments",
]
