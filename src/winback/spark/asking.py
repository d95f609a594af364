"""Asking everyone: every part notes what it says, the notes are added up on the cluster, the driver keeps the answers.

What the driver holds does not grow with the customers: sums, price levels, and quantiles, which are found exactly by
counting values in ever smaller ranges until few are left (radix selection; Knuth, The Art of Computer Programming 3,
5.2.5 and 5.3.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.history import Everyone, History
from winback.history.everyone import between, quantile_places
from winback.history.notes import NOTES, Noting, Question, Told, add_up, from_message, to_message, values_of
from winback.spark.parts import Part, Parts

#: So many values are collected; of more, ranges are counted first.
FEW_VALUES = 1_000_000
#: Bits of a key by which values are counted at a time.
_BITS = 16
#: So many sums of parts are added up at a time.
_FAN = 32
_SUMS = "question string, cutoff long, part int, sums binary"


def ask_everyone(parts: Parts, ask: Callable[[History], None], *, few_values: int = FEW_VALUES) -> Told:
    """Ask all customers.

    Parameters
    ----------
    parts : Parts
        The customers.
    ask : callable
        Asks all questions of a history's `Everyone`; called on the workers.
    few_values : int
        At most so many values are collected for quantiles.
    """
    noted = parts.map(partial(_note, ask), NOTES).persist()
    try:
        return Told(sums=_sums(noted, parts.count), known=_quantiles(noted, few_values))
    finally:
        noted.unpersist()


def _note(ask: Callable[[History], None], part: Part) -> pa.Table:
    noting = Noting()
    ask(part.history(noting))
    return noting.notes(part.number)


def _sums(noted: Any, parts: int) -> dict[Question, bytes]:
    from pyspark.sql import functions

    sums = noted.where("sums is not null").select("question", "cutoff", "part", "sums")
    while True:
        # in a tree, so that no worker adds up the sums of all parts at once
        groups = -(-parts // _FAN)
        keyed = sums.withColumn("group", functions.pmod("part", functions.lit(groups)))
        sums = keyed.groupBy("question", "cutoff", "group").applyInArrow(_added, _SUMS)
        parts = groups
        if groups == 1:
            return {(row.question, row.cutoff): bytes(row.sums) for row in sums.collect()}


def _added(key: tuple[Any, ...], rows: pa.Table) -> pa.Table:
    # in the order of the parts, so that the same parts give the same bits
    messages = rows.sort_by("part")["sums"]
    total = add_up([from_message(message.as_buffer()) for message in messages])
    question, cutoff, group = key
    return pa.table(
        {
            "question": [question.as_py()],
            "cutoff": pa.array([cutoff.as_py()], pa.int64()),
            "part": pa.array([group.as_py()], pa.int32()),
            "sums": pa.array([to_message(total)], pa.binary()),
        }
    )


def _quantiles(noted: Any, few_values: int) -> dict[Question, NDArray[np.float64]]:
    from pyspark.sql import functions

    counted = noted.groupBy("question", "cutoff").agg(
        functions.first("shares", True).alias("shares"), functions.count("key").alias("count")
    )
    asked = counted.where("shares is not null").collect()
    many = [row.question for row in asked if row["count"] > few_values]
    values = noted.where("key is not null").select("question", "cutoff", "key")
    few = values.where(~functions.col("question").isin(many)).toArrow()
    found = {}
    for row in asked:
        shares = np.frombuffer(bytes(row.shares)).tolist()
        if row.question in many:
            own = values.where((functions.col("question") == row.question) & (functions.col("cutoff") == row.cutoff))
            found[row.question, row.cutoff] = quantiles_of(own, row["count"], shares, few_values)
        else:
            mine = pc.and_(pc.equal(few["question"], row.question), pc.equal(few["cutoff"], row.cutoff))
            known = values_of(few.filter(mine)["key"].to_numpy())
            found[row.question, row.cutoff] = Everyone().quantiles(row.question, known, shares)
    return found


def quantiles_of(keys: Any, count: int, shares: Sequence[float], few: int) -> NDArray[np.float64]:
    """Return quantiles of more values than may be collected.

    Parameters
    ----------
    keys : DataFrame
        Column ``key``, as of `winback.history.notes.keys_of`.
    count : int
        How many there are.
    shares : sequence of float
        0 to 1.
    few : int
        So many may be collected.
    """
    places, weight = quantile_places(count, shares)
    chosen = {place: _key_at(keys, count, place, few) for place in np.unique(places).tolist()}
    return between(values_of(np.vectorize(chosen.__getitem__, otypes=[np.int64])(places)), weight)


def _key_at(keys: Any, count: int, place: int, few: int) -> int:
    """Return the key at a place of all keys in order."""
    from pyspark.sql import functions

    shift = 64
    while count > few and shift > 0:
        shift -= _BITS
        ranges = keys.groupBy(functions.shiftright("key", shift).alias("range")).count().collect()
        ordered = sorted((row["range"], row["count"]) for row in ranges)
        before = np.cumsum([0, *(size for _, size in ordered)])
        inside = int(np.searchsorted(before, place, side="right")) - 1
        keys = keys.where(functions.shiftright("key", shift) == ordered[inside][0])
        place, count = place - int(before[inside]), ordered[inside][1]
    # when all bits are equal, one key is all of them
    return int(keys.first()["key"] if count > few else np.sort(keys.toArrow()["key"].to_numpy())[place])
