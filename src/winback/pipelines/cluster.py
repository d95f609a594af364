"""Judging on an Apache Spark cluster: the same models on parts of the customers, told what all customers give."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.history import History
from winback.history.notes import Told
from winback.pipelines.judge import Judgement, judge
from winback.pipelines.models import ModelSet
from winback.pipelines.parts import with_one_thread
from winback.pipelines.uplift import Adopted
from winback.reasons import SHOWN, Reasons, ask_questions
from winback.settings import Settings
from winback.snapshots import Snapshots, snapshots_at
from winback.spark import Part, Parts, ask_everyone, spark_session
from winback.texts import Texts
from winback.value import ValueEstimate
from winback.watching import FeatureCounts

_MONEY = tuple(field.name for field in fields(ValueEstimate))
#: What is collected of every customer.
JUDGED = ", ".join(
    [
        "customer int, churn_probability double, counts string, shifts binary",
        *(f"{name} double" for name in _MONEY),
        *(f"reason_{place} tinyint, text_{place} string, share_{place} double" for place in range(SHOWN)),
        "confidence double, is_stated boolean",
    ]
)


@dataclass(frozen=True)
class _Judge:
    """What workers judge with."""

    models: ModelSet
    settings: Settings
    texts: Texts
    adopted: Adopted | None
    told: Told

    def __call__(self, part: Part) -> pa.Table:
        history = part.history(self.told)
        snapshots = snapshots_at(history, [history.ends_at], self.settings.population)
        if not len(snapshots):
            return _empty()
        judged = judge(history, snapshots, self.models, self.settings, self.texts, self.adopted)
        return _table(judged, part.codes[snapshots.customer])


def judge_on_spark(
    staging: Path,
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    settings: Settings,
    texts: Texts,
    adopted: Adopted | None = None,
) -> tuple[Judgement, Told]:
    """Judge customers on the cluster that the settings name, and collect what is said of them.

    Parameters
    ----------
    staging : Path
        Staged tables; the workers read them at the same path.
    history : History
        Of all customers, up to the cutoff.
    snapshots : Snapshots
        All customers at the history's end.
    models, settings, texts, adopted
        As for `judge`; also reads ``spark``.

    Returns
    -------
    judged : Judgement
        As `judge` gives it on one machine.
    told : Told
        What the customers give together.
    """
    settings = with_one_thread(settings)
    with spark_session(settings.spark.master) as session:
        count = -(-history.n_customers // settings.spark.customers_per_part)
        parts = Parts.of_staging(session, staging, count, history.ends_at, history.timezone)
        try:
            told = ask_everyone(parts, partial(ask_questions, settings=settings))
            rows = parts.map(_Judge(models, settings, texts, adopted, told), JUDGED).toArrow()
        finally:
            parts.close()
    return _judgement(rows, snapshots, adopted), told


def _table(judged: Judgement, customer: NDArray[np.int32]) -> pa.Table:
    reasons = judged.reasons
    columns: dict[str, Any] = {
        "customer": customer,
        "churn_probability": judged.churn_probability,
        # of the part as a whole, so said of its first customer alone
        "counts": pa.array([_written(judged.counts), *[None] * customer.size][: customer.size], pa.string()),
        "shifts": pa.nulls(customer.size, pa.binary()) if judged.shifts is None else _packed(judged.shifts.by_half),
        **{name: getattr(judged.value, name) for name in _MONEY},
    }
    for place in range(SHOWN):
        columns[f"reason_{place}"] = reasons.code[:, place]
        columns[f"text_{place}"] = pa.array(reasons.text[:, place], pa.string())
        columns[f"share_{place}"] = reasons.share[:, place]
    columns |= {"confidence": reasons.confidence, "is_stated": reasons.is_stated}
    return pa.table(columns)


def _written(counts: FeatureCounts) -> str:
    return json.dumps({name: found.tolist() for name, found in counts.items()})


def _packed(by_half: NDArray[np.float32]) -> pa.BinaryArray:
    """Every customer's shifts as bytes: a cluster moves these faster than lists of numbers."""
    halves, customers, actions = by_half.shape
    ends = np.arange(customers + 1, dtype=np.int32) * (halves * actions * by_half.itemsize)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(np.moveaxis(by_half, 1, 0)))]
    return pa.BinaryArray.from_buffers(pa.binary(), customers, buffers)


def _unpacked(shifts: pa.BinaryArray, actions: int) -> NDArray[np.float32]:
    """What `_packed` made of them, customer by customer: float32[customers, halves, actions]."""
    _, ends, content = shifts.buffers()
    inside = np.frombuffer(ends, np.int32)[shifts.offset : shifts.offset + len(shifts) + 1]
    return np.frombuffer(content, np.uint8)[inside[0] : inside[-1]].view(np.float32).reshape(len(shifts), -1, actions)


def _empty() -> pa.Table:
    nothing = np.empty(0)
    nobody = Snapshots(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int8))
    reasons = Reasons(
        np.empty((0, SHOWN), np.int8), np.empty((0, SHOWN), object), np.empty((0, SHOWN)), nothing, nothing > 0
    )
    return _table(Judgement(nobody, nothing, ValueEstimate(*[nothing] * len(_MONEY)), reasons, {}), nobody.customer)


def _judgement(rows: pa.Table, snapshots: Snapshots, adopted: Adopted | None) -> Judgement:
    """Put what comes from the cluster, in any order, where it belongs."""
    size = len(snapshots)
    columns = {
        name: np.empty(size, _dtype(kind)) for name, kind in zip(rows.column_names, rows.schema.types, strict=True)
    }
    shifts = None if adopted is None else adopted.no_shifts(size)
    for batch in rows.to_batches():
        place = np.searchsorted(snapshots.customer, batch["customer"].to_numpy())
        place = np.minimum(place, size - 1)
        for name, column in columns.items():
            if name != "shifts":
                column[place] = batch[name].to_numpy(zero_copy_only=False)
        if shifts is not None and batch.num_rows:
            shifts.by_half[:, place] = np.moveaxis(_unpacked(batch["shifts"], shifts.by_half.shape[-1]), 1, 0)
    if rows.num_rows != size or not np.array_equal(columns["customer"], snapshots.customer):
        raise RuntimeError("the cluster has judged other customers than those of the staged tables")

    def stacked(name: str) -> NDArray[Any]:
        return np.column_stack([columns[f"{name}_{place}"] for place in range(SHOWN)])

    return Judgement(
        snapshots,
        columns["churn_probability"],
        ValueEstimate(**{name: columns[name] for name in _MONEY}),
        Reasons(stacked("reason"), stacked("text"), stacked("share"), columns["confidence"], columns["is_stated"]),
        _added_up(rows["counts"].drop_null()),
        shifts,
    )


def _added_up(counts: pa.ChunkedArray) -> FeatureCounts:
    """The features' counts of all parts."""
    total: dict[str, NDArray[np.int64]] = {}
    for part in counts.to_pylist():
        for name, found in json.loads(part).items():
            total[name] = total.get(name, 0) + np.array(found, np.int64)
    return total


def _dtype(kind: pa.DataType) -> Any:
    return object if pa.types.is_string(kind) or pa.types.is_binary(kind) else kind.to_pandas_dtype()
