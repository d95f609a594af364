"""Judging all customers, as many at a time as fit into memory, and what they give together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

import numpy as np

from winback.history import Everyone, History
from winback.history.notes import Noting, Told, add_up, to_message
from winback.pipelines.judge import Judgement, features_for, judge, judgement_of
from winback.pipelines.models import ModelSet
from winback.reasons import Reasons, ask_questions
from winback.settings import Settings
from winback.snapshots import Snapshots, by_parts
from winback.texts import Texts


def judge_all(
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    settings: Settings,
    texts: Texts,
    tell: Callable[[str], None] = lambda what: None,  # noqa: ARG005
) -> tuple[Judgement, Told]:
    """Judge all customers at a history's end, part by part where their facts do not fit into memory.

    Parameters
    ----------
    history : History
        Of all customers.
    snapshots : Snapshots
        All at its end.
    models, settings, texts
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
    parts = history.parts()
    if len(parts) == 1:
        noting = Noting()
        judged = judge(history.told(noting), snapshots, models, settings, texts)
        return judged, told_by([noting])
    notes = []
    for number, part in enumerate(parts, start=1):
        tell(f"what is usual ({number} of {len(parts)})")
        notes.append(Noting())
        ask_questions(part.told(notes[-1]), settings)
    told = told_by(notes)
    tell("features")
    matrix = features_for(history, snapshots, models, settings)
    explained = _explained(history.told(told), snapshots, models, settings, texts, tell)
    return judgement_of(matrix, joined(list(explained), len(snapshots)), models), told


def told_by(notes: Sequence[Noting]) -> Told:
    """Return what all parts of a company have said together."""
    return Told(
        sums={key: to_message(add_up([note.sums[key] for note in notes])) for key in notes[0].sums},
        known={
            key: Everyone().quantiles(key[0], np.concatenate([note.values[key][0] for note in notes]), shares)
            for key, (_, shares) in notes[0].values.items()
        },
    )


def _explained(
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    settings: Settings,
    texts: Texts,
    tell: Callable[[str], None],
) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Reasons]]:
    for number, (part, rows, some) in enumerate(by_parts(history, snapshots), start=1):
        tell(f"reasons ({number} of {len(history.parts())})")
        yield rows, models.reasons.explain(part, some, settings, texts)


def joined(parts: Sequence[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Reasons]], size: int) -> Reasons:
    """Put the reasons of parts back into the rows that they belong to."""
    columns = {}
    for name in (field.name for field in fields(Reasons)):
        values = [getattr(reasons, name) for _, reasons in parts]
        columns[name] = np.empty((size, *values[0].shape[1:]), values[0].dtype)
        for (rows, _), some in zip(parts, values, strict=True):
            columns[name][rows] = some
    return Reasons(**columns)
