"""How customers travel on a cluster: what was said of each and what is decided, as columns and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.pipelines.judge import Judgement
from winback.reasons import SHOWN, Reasons
from winback.response.individual import UpliftShifts
from winback.snapshots import Snapshots
from winback.targeting import Candidates
from winback.targeting.cycle import Cycle, People
from winback.value import ValueEstimate
from winback.watching import FeatureCounts

_MONEY = tuple(field.name for field in fields(ValueEstimate))
_SAID = {
    "customer": "int",
    "churn_probability": "double",
    **dict.fromkeys(_MONEY, "double"),
    **{
        f"{name}_{place}": kind
        for place in range(SHOWN)
        for name, kind in (("reason", "tinyint"), ("text", "string"), ("share", "double"))
    },
    "confidence": "double",
    "is_stated": "boolean",
    "counts": "string",
}
#: Of a candidate, what is no part of the judgement.
_ASKED = {
    "customer_id": "string",
    "population": "tinyint",
    "reason": "string",
    "manager_id": "string",
    "has_email": "boolean",
    "has_phone": "boolean",
    "excluded_rule": "string",
    "silence_days": "double",
}
_DECIDED = {
    "action": "smallint",
    **dict.fromkeys(("uplift", "uplift_low", "uplift_high", "accept", "contact_cost", "offer_cost"), "double"),
    **dict.fromkeys(("expected_cost", "expected_net_value", "amount", "propensity"), "double"),
    **dict.fromkeys(("uplift_source", "decision", "text_id", "arm", "decision_text"), "string"),
    "is_exploration": "boolean",
}


def _schema(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


#: What is kept of every customer on the cluster.
JUDGED = _schema(_SAID | _ASKED | {"shifts": "binary"})
#: What is collected in the end.
COLLECTED = _schema(_SAID | {"manager_id": "string"} | _DECIDED)


def judged_table(judged: Judgement, candidates: Candidates, customer: NDArray[np.int32]) -> pa.Table:
    """Return what was said of customers in the columns `JUDGED`; ``customer`` holds their codes in the company."""
    reasons, size = judged.reasons, customer.size
    columns: dict[str, Any] = {
        "customer": customer,
        "churn_probability": judged.churn_probability,
        **{name: getattr(judged.value, name) for name in _MONEY},
    }
    for place in range(SHOWN):
        columns[f"reason_{place}"] = reasons.code[:, place]
        columns[f"text_{place}"] = pa.array(reasons.text[:, place], pa.string())
        columns[f"share_{place}"] = reasons.share[:, place]
    columns |= {"confidence": reasons.confidence, "is_stated": reasons.is_stated}
    # of the part as a whole, so said of its first customer alone
    columns["counts"] = pa.array([_written(judged.counts), *[None] * size][:size], pa.string())
    for name, kind in _ASKED.items():
        values = getattr(candidates, name)
        columns[name] = pa.array(values, pa.string()) if kind == "string" else values
    columns["shifts"] = pa.nulls(size, pa.binary()) if judged.shifts is None else _packed(judged.shifts.by_half)
    return pa.table(columns)


def nobody() -> pa.Table:
    """Return the columns `JUDGED` without a customer."""
    nothing, no, codes = np.empty(0), np.empty(0, np.bool_), np.empty(0, np.int8)
    words = np.empty(0, object)
    reasons = Reasons(np.empty((0, SHOWN), np.int8), np.empty((0, SHOWN), object), np.empty((0, SHOWN)), nothing, no)
    snapshots = Snapshots(np.empty(0, np.int32), np.empty(0, np.int64), codes)
    judged = Judgement(snapshots, nothing, ValueEstimate(*[nothing] * len(_MONEY)), reasons, {})
    candidates = Candidates(words, codes, nothing, nothing, nothing, words, words, no, no, words, nothing)
    return judged_table(judged, candidates, snapshots.customer)


@dataclass(frozen=True, eq=False)
class ReadPeople:
    """Makes of rows `JUDGED` the customers that a cycle decides on.

    Parameters
    ----------
    cycle : Cycle
        What is decided with.
    no_shifts : UpliftShifts, optional
        Of nobody, where a learner speaks of single customers: their shape.
    """

    cycle: Cycle
    no_shifts: UpliftShifts | None

    def __call__(self, batch: pa.RecordBatch) -> People:
        """Read a batch."""
        columns = {field.name: _column(batch, field.name) for field in fields(Candidates)}
        return People.of(self.cycle, Candidates(**columns), self._shifts(batch))

    def _shifts(self, batch: pa.RecordBatch) -> UpliftShifts | None:
        if self.no_shifts is None:
            return None
        halves, _, actions = self.no_shifts.by_half.shape
        by_customer = _unpacked(batch["shifts"]).reshape(batch.num_rows, halves, actions)
        return UpliftShifts(np.ascontiguousarray(np.moveaxis(by_customer, 1, 0)), self.no_shifts.scale_error)


def collected_table(batch: pa.RecordBatch, decided: Mapping[str, Any]) -> pa.Table:
    """Return the columns `COLLECTED`: rows `JUDGED` with what was decided of them, in their order."""
    columns = {name: batch[name] for name in (*_SAID, "manager_id")}
    for name, kind in _DECIDED.items():
        columns[name] = pa.array(decided[name], pa.string()) if kind == "string" else pa.array(decided[name])
    return pa.table(columns)


def in_order(rows: pa.Table, snapshots: Snapshots) -> dict[str, NDArray[Any]]:
    """Return the columns of rows that came in any order, in that of the customers.

    Raises
    ------
    RuntimeError
        When the rows are of other customers.
    """
    found = rows["customer"].to_numpy()
    order = np.argsort(found)
    if not np.array_equal(found[order], snapshots.customer):
        raise RuntimeError("the cluster has judged other customers than those of the staged tables")
    return {name: _column(rows, name)[order] for name in rows.column_names}


def judgement_of(columns: Mapping[str, NDArray[Any]], snapshots: Snapshots) -> Judgement:
    """Return what was said of customers; what a learner said of each stays on the cluster."""

    def stacked(name: str) -> NDArray[Any]:
        return np.column_stack([columns[f"{name}_{place}"] for place in range(SHOWN)])

    counts: dict[str, NDArray[np.int64]] = {}
    for written in columns["counts"]:
        for name, found in json.loads(written or "{}").items():
            counts[name] = counts.get(name, 0) + np.array(found, np.int64)
    return Judgement(
        snapshots,
        columns["churn_probability"],
        ValueEstimate(**{name: columns[name] for name in _MONEY}),
        Reasons(stacked("reason"), stacked("text"), stacked("share"), columns["confidence"], columns["is_stated"]),
        counts,
    )


def _column(rows: Any, name: str) -> NDArray[Any]:
    column = rows[name]
    values = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    return np.asarray(values)


def _written(counts: FeatureCounts) -> str:
    return json.dumps({name: found.tolist() for name, found in counts.items()})


def _packed(by_half: NDArray[np.float32]) -> pa.BinaryArray:
    """Every customer's shifts as bytes: a cluster moves these faster than lists of numbers."""
    halves, customers, actions = by_half.shape
    ends = np.arange(customers + 1, dtype=np.int32) * (halves * actions * by_half.itemsize)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(np.moveaxis(by_half, 1, 0)))]
    return pa.BinaryArray.from_buffers(pa.binary(), customers, buffers)


def _unpacked(shifts: pa.BinaryArray) -> NDArray[np.float32]:
    """What `_packed` made of them, customer by customer."""
    _, ends, content = shifts.buffers()
    inside = np.frombuffer(ends, np.int32)[shifts.offset : shifts.offset + len(shifts) + 1]
    return np.frombuffer(content, np.uint8)[inside[0] : inside[-1]].view(np.float32)
