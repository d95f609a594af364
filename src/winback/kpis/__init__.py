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

__all__ = [
    "Kpis",
    "Segment",
    "average_order_value",
    "churn_rate",
    "compute_kpis",
    "customer_lifetime_value",
    "lost_profit",
    "repeat_purchase_rate",
    "retention_rate",
    "revenue_from_segments",
]
