"""Judging all customers, as many at a time as fit into memory, and what they give together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from winback.history import Everyone, History
from winback.history.notes import Noting, Told, add_up, to_message
from winback.history.turns import in_turn
from winback.pipelines.judge import Judgement, judge
from winback.pipelines.models import ModelSet
from winback.pipelines.uplift import Adopted
from winback.reasons import Reasons, ask_questions
from winback.settings import Settings
from winback.snapshots import Snapshots, by_parts
from winback.texts import Texts
from winback.value import ValueEstimate

Task = TypeVar("Task")


def judge_all(
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    settings: Settings,
    texts: Texts,
    adopted: Adopted | None = None,
    *,
    tell: Callable[[str], None] = lambda what: None,  # noqa: ARG005
) -> tuple[Judgement, Told]:
    """Judge all customers at a history's end, part by part where their facts do not fit into memory.

    Parameters
    ----------
    history : History
        Of all customers.
    snapshots : Snapshots
        All at its end.
    models, settings, texts, adopted
        As for `judge`.
    tell : callable
        Hears how far it is.

    Returns
    -------
    judged : Judgement
        As `judge` gives it, whatever the parts are; floats that rest on sums over customers may differ by the order in
        which these are added up.
    told : Told
        What the customers give together: with it a few of them can be explained without the others
        (`winback.history.History.told`).
    """
    threads = settings.run.threads or os.cpu_count() or 1
    parts = history.parts(threads)
    if len(parts) == 1:
        noting = Noting()
        judged = judge(history.told(noting), snapshots, models, settings, texts, adopted)
        return judged, told_by([noting])
    alone = with_one_thread(settings)
    with ThreadPoolExecutor(threads) as pool:
        asking = _announced((partial(_notes, part, alone) for part in parts), "what is usual", len(parts), tell)
        told = told_by(list(in_turn(pool, threads, asking)))
        judging = (
            partial(_judged, rows, partial(judge, part, some, models, alone, texts, adopted))
            for part, rows, some in by_parts(history.told(told), snapshots, threads)
        )
        gathered = Gathered(snapshots, adopted)
        for rows, judged in in_turn(pool, threads, _announced(judging, "judging", len(parts), tell)):
            gathered.put(rows, judged)
    return gathered.judgement(), told


def with_one_thread(settings: Settings) -> Settings:
    """Return settings for a part: every core has one of its own."""
    return settings.model_copy(update={"run": settings.run.model_copy(update={"threads": 1})})


def _announced(tasks: Iterator[Task], what: str, count: int, tell: Callable[[str], None]) -> Iterator[Task]:
    for number, task in enumerate(tasks, start=1):
        tell(f"{what} ({number} of {count})")
        yield task


def _notes(part: History, settings: Settings) -> Noting:
    noting = Noting()
    ask_questions(part.told(noting), settings)
    return noting


def _judged(rows: NDArray[np.intp], judging: Callable[[], Judgement]) -> tuple[NDArray[np.intp], Judgement]:
    return rows, judging()


def told_by(notes: Sequence[Noting]) -> Told:
    """Return what all parts of a company have said together."""
    return Told(
        sums={key: to_message(add_up([note.sums[key] for note in notes])) for key in notes[0].sums},
        known={
            key: Everyone().quantiles(key[0], np.concatenate([note.values[key][0] for note in notes]), shares)
            for key, (_, shares) in notes[0].values.items()
        },
    )


class Gathered:
    """Takes what is said of parts of the customers, and puts it where it belongs.

    Parameters
    ----------
    snapshots : Snapshots
        All rows.
    adopted : Adopted, optional
        As for `judge`.
    """

    def __init__(self, snapshots: Snapshots, adopted: Adopted | None) -> None:
        self._snapshots = snapshots
        self._columns: dict[str, NDArray[Any]] = {}
        self._counts: dict[str, NDArray[np.int64]] = {}
        self._words: dict[str, str] = {}
        self._shifts = None if adopted is None else adopted.no_shifts(len(snapshots))

    def put(self, rows: NDArray[np.intp], judged: Judgement) -> None:
        """Take what is said of some rows."""
        self._add(rows, "churn_probability", judged.churn_probability)
        for said in (judged.value, judged.reasons):
            for field in fields(said):
                self._add(rows, field.name, getattr(said, field.name))
        if self._shifts is not None and judged.shifts is not None:
            self._shifts.by_half[:, rows] = judged.shifts.by_half
        for name, found in judged.counts.items():
            self._counts[name] = self._counts.get(name, 0) + found

    def judgement(self) -> Judgement:
        """Return what is said of all rows."""
        columns = self._columns
        value, reasons = (
            {field.name: columns[field.name] for field in fields(kind)} for kind in (ValueEstimate, Reasons)
        )
        probability = columns["churn_probability"]
        return Judgement(
            self._snapshots, probability, ValueEstimate(**value), Reasons(**reasons), self._counts, self._shifts
        )

    def _add(self, rows: NDArray[np.intp], name: str, values: NDArray[Any]) -> None:
        if name not in self._columns:
            self._columns[name] = np.empty((len(self._snapshots), *values.shape[1:]), values.dtype)
        if values.dtype == object:
            # what is said of many is kept once
            shared = [self._words.setdefault(word, word) for word in values.ravel().tolist()]
            values = np.array(shared, dtype=object).reshape(values.shape)
        self._columns[name][rows] = values
