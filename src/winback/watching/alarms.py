"""What of all that is watched a person should look into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from winback.watching.promises import Promise
from winback.watching.reference import SHIFT, shifted_importance

#: More of the importance than this in shifted features.
SHIFTED_SHARE = 0.5
#: Less than this share of a table's usual facts, or more than this multiple.
TOO_FEW, TOO_MANY = 0.5, 2.0
#: Of fewer facts than this no ratio means much.
FEWEST = 20
#: Predicted and real share of churn may differ by so much.
LARGEST_GAP = 0.05

Alarm = dict[str, Any]


def raise_alarms(
    features: Sequence[dict[str, Any]],
    scores: Sequence[dict[str, Any]],
    volumes: Sequence[dict[str, Any]],
    promises: Sequence[Promise],
) -> list[Alarm]:
    """Return what should be looked into: ``kind``, ``name``, ``value`` and ``limit``.

    Parameters
    ----------
    features, scores : sequence of dict
        Of `Reference.feature_drift` and `Reference.score_drift`.
    volumes : sequence of dict
        Of `table_volumes`.
    promises : sequence of Promise
        Of the latest cycle whose window has closed: old ones cannot be mended.

    Returns
    -------
    list of dict
        ``few_facts`` and ``many_facts`` of a table, ``features`` (share of the importance in shifted ones), ``scores``
        of a population, ``gap`` and ``order`` of promises.
    """
    found = [*_volumes(volumes)]
    shifted = shifted_importance(list(features))
    if shifted > SHIFTED_SHARE:
        worst = next(str(row["feature"]) for row in features if row["importance"] > 0 and row["drift"] > SHIFT)
        found.append({"kind": "features", "name": worst, "value": shifted, "limit": SHIFTED_SHARE})
    found += [
        {"kind": "scores", "name": row["population"], "value": row["drift"], "limit": SHIFT}
        for row in scores
        if row["drift"] > SHIFT
    ]
    for promise in promises:
        found += _promise(promise)
    return found


def _volumes(volumes: Sequence[dict[str, Any]]) -> Iterator[Alarm]:
    for row in volumes:
        if max(row["usual"], row["now"]) < FEWEST:
            continue
        if row["ratio"] < TOO_FEW:
            yield {"kind": "few_facts", "name": row["table"], "value": row["ratio"], "limit": TOO_FEW}
        elif row["ratio"] > TOO_MANY:
            yield {"kind": "many_facts", "name": row["table"], "value": row["ratio"], "limit": TOO_MANY}


def _promise(promise: Promise) -> Iterator[Alarm]:
    """The gap is large and no chance; the order is surely worse than in the model's own test."""
    low, high = promise.gap.low, promise.gap.high
    if low is not None and high is not None and max(low, -high) > 0 and abs(promise.gap.value or 0) > LARGEST_GAP:
        yield {"kind": "gap", "name": promise.population, "value": promise.gap.value, "limit": LARGEST_GAP}
    tested, reached = promise.tested_auc, promise.auc.high
    if tested is not None and tested.low is not None and reached is not None and reached < tested.low:
        yield {"kind": "order", "name": promise.population, "value": promise.auc.value, "limit": tested.low}
