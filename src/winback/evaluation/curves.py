"""Curves of a score: how reliable its probabilities are, and how many leavers its top holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from winback.evaluation.metrics import Scored, bin_starts

_STEPS = tuple(range(0, 101, 5))


def calibration_curve(scored: Scored) -> list[dict[str, float]]:
    """Mean probability against share churned, in bins of equally many rows.

    Returns
    -------
    list of dict
        ``probability``, ``churned_share``, ``rows`` and a 90 % interval ``low`` to ``high`` of the share
        (Wilson 1927), by ascending probability.
    """
    starts = bin_starts(len(scored.target))
    ends = np.append(starts[1:], len(scored.target))
    points = []
    for start, end in zip(starts[::-1], ends[::-1], strict=True):
        share = float(scored.target[start:end].mean())
        low, high = wilson(share, int(end - start))
        probability = float(scored.score[start:end].mean())
        points.append(
            {"probability": probability, "churned_share": share, "rows": int(end - start), "low": low, "high": high}
        )
    return points


def wilson(share: float, rows: int, z: float = 1.645) -> tuple[float, float]:
    """Interval of a share by Wilson's score; never outside 0 to 1.

    Examples
    --------
    >>> low, high = wilson(0.0, 10)
    >>> low, round(high, 3)
    (0.0, 0.213)
    """
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def gains_curve(scored: Scored) -> list[dict[str, Any]]:
    """Share of all churned rows among the top shares of rows, every 5 %; ties in proportion."""
    rows = np.append(0, (scored.group_ends + 1) / len(scored.target))
    churned = np.cumsum(scored.target)[scored.group_ends]
    reached = np.append(0, churned / max(1.0, churned[-1]))
    return [{"top_share": step / 100, "churned_share": float(np.interp(step / 100, rows, reached))} for step in _STEPS]
