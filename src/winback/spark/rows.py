"""Rows that stay on a cluster and answer questions: answers are added up there, and only their sum is collected."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Generic, TypeVar

import pyarrow as pa

from winback.spark.work import pack, unpack

#: What a batch of rows stands for, such as customers to decide on.
Given = TypeVar("Given")
#: What can be added up.
Sum = TypeVar("Sum")


@dataclass(frozen=True, eq=False)
class Rows(Generic[Given]):
    """Rows on a cluster.

    Parameters
    ----------
    frame : DataFrame
        Any rows; at least one.
    read : callable
        Makes of a batch what questions are asked of; called on the workers, so it must be picklable.
    """

    frame: Any
    read: Callable[[pa.RecordBatch], Given]

    def add_up(self, question: Callable[[Given], Sum]) -> Sum:
        """Return the sum of what all batches answer; sums must be the same in whatever order.

        Every task adds up the batches that it reads, and the driver the tasks of which there are as many as cores.
        """
        work = pack((self.read, question))

        def answers(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            read, ask = unpack(work)
            said = [ask(read(batch)) for batch in batches if batch.num_rows]
            if said:
                yield pa.record_batch({"answer": pa.array([pickle.dumps(reduce(add, said))], pa.binary())})

        cores = self.frame.sparkSession.sparkContext.defaultParallelism
        collected = self.frame.coalesce(cores).mapInArrow(answers, "answer binary").collect()
        total: Sum = reduce(add, [pickle.loads(bytes(row.answer)) for row in collected])
        return total

    def map(self, work: Callable[[pa.RecordBatch, Given], pa.Table], schema: str) -> Any:
        """Return what a function makes of every batch and what it stands for, as a DataFrame.

        Parameters
        ----------
        work : callable
            Called on the workers. What it holds must be picklable.
        schema : str
            Columns of the tables that it returns.
        """
        content = pack((self.read, work))

        def made(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            read, make = unpack(content)
            for batch in batches:
                if batch.num_rows:
                    yield from make(batch, read(batch)).to_batches()

        return self.frame.mapInArrow(made, schema)
