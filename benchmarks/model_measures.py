"""Measures of scores on the same resamples of customers, averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from winback.evaluation import Estimate, Measured

MEASURES = ("auc", "average_precision", "brier", "calibration_error")
SAMPLES = 400


def averaged(parts: Sequence[Measured]) -> Measured:
    """Mean over seeds, on all rows and on each resample: the resamples are the same for all."""
    names = parts[0].value
    value = {name: float(np.mean([part.value[name] for part in parts])) for name in names}
    return Measured(value, {name: np.mean([part.resampled[name] for part in parts], axis=0) for name in names})


def figures(ours: Measured, other: Measured) -> dict[str, dict[str, Any]]:
    """Every measure of the other, and by how much ours is better."""
    better = ours.better_than(other)
    return {
        name: {
            "value": Estimate.of(other.value[name], other.resampled[name]).to_json(),
            "ours_better_by": better[name].to_json(),
        }
        for name in MEASURES
        if name in other.value
    }
