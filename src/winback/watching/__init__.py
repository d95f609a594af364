"""Watching a model in use: whether its input still looks as in training, and whether what it said came true."""

from winback.watching.alarms import raise_alarms
from winback.watching.histogram import Histogram, stability_index
from winback.watching.promises import Promise, check_promise
from winback.watching.reference import FeatureCounts, Reference
from winback.watching.volumes import table_volumes

__all__ = [
    "FeatureCounts",
    "Histogram",
    "Promise",
    "Reference",
    "check_promise",
    "raise_alarms",
    "stability_index",
    "table_volumes",
]
