"""Which cutoffs teach, stop, calibrate and test the model: split by time, with a gap as long as the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from winback.errors import HistoryTooShortError
from winback.history import DAY_US
from winback.texts import Note

#: Of the cutoffs that the gaps leave, the share that each of the later parts gets (at least one).
PART_SHARE = 0.1
#: Four parts are made only where this many cutoffs are left to learn from.
MIN_FIT = 3
_ONE_FOR_BOTH: Note = {"id": "model-note-one-for-both"}


@dataclass(frozen=True)
class TimeSplit:
    """Cutoffs (microseconds) of each part, oldest to newest.

    Parameters
    ----------
    fit : tuple of int
        Trees are grown on these.
    stop : tuple of int
        When to stop growing; empty where the data is too short.
    calibrate : tuple of int
        Probabilities are corrected on these; the same as ``stop`` where the data is short.
    test : tuple of int
        Never looked at before the end; empty where the data is too short.
    notes : tuple of Note
        What could not be done.
    """

    fit: tuple[int, ...]
    stop: tuple[int, ...] = ()
    calibrate: tuple[int, ...] = ()
    test: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


def split_cutoffs(cutoffs: Sequence[int], horizon_days: int) -> TimeSplit:
    """Divide cutoffs into fit, stop, calibrate and test.

    The gap has one reason: the last label of a part must have ended before the first cutoff of the next part, or the
    later part would be scored on days that the earlier one was taught.

    Parameters
    ----------
    cutoffs : sequence of int
        Labelled cutoffs, microseconds.
    horizon_days : int
        Days of the label window.

    Returns
    -------
    TimeSplit
        Cutoffs that fall into a gap are in no part. Too few cutoffs give fewer parts, and ``notes`` say so: first
        ``stop`` and ``calibrate`` become one, then there is no ``test``, then all cutoffs are ``fit``.

    Raises
    ------
    HistoryTooShortError
        When there is no cutoff at all.

    Examples
    --------
    >>> split = split_cutoffs([day * DAY_US for day in range(0, 300, 30)], 60)
    >>> [[cutoff // DAY_US for cutoff in part] for part in (split.fit, split.stop, split.calibrate, split.test)]
    [[0, 30, 60, 90], [150], [210], [270]]
    """
    ordered = tuple(sorted(set(cutoffs)))
    if not ordered:
        raise HistoryTooShortError("There is no labelled cutoff to learn from")
    horizon = horizon_days * DAY_US
    for later_parts, min_fit, make in ((3, MIN_FIT, _four), (2, 1, _three), (1, 1, _two)):
        parts = _parts(ordered, horizon, later_parts)
        if len(parts[0]) >= min_fit:
            return make(parts)
    return TimeSplit(ordered, notes=({"id": "model-note-no-parts"},))


def _four(parts: list[tuple[int, ...]]) -> TimeSplit:
    fit, stop, calibrate, test = parts
    return TimeSplit(fit, stop, calibrate, test)


def _three(parts: list[tuple[int, ...]]) -> TimeSplit:
    fit, tune, test = parts
    return TimeSplit(fit, tune, tune, test, (_ONE_FOR_BOTH,))


def _two(parts: list[tuple[int, ...]]) -> TimeSplit:
    fit, tune = parts
    return TimeSplit(fit, tune, tune, (), (_ONE_FOR_BOTH, {"id": "model-note-no-test"}))


def _parts(ordered: tuple[int, ...], horizon: int, later_parts: int) -> list[tuple[int, ...]]:
    """Cut parts off the newest end, each followed backwards by its gap; the first element is what is left."""
    size = 1
    left = _cut(ordered, horizon, later_parts, size)[0]
    # a longer history can afford larger parts; their size follows from what the gaps leave
    size = max(1, int((len(left) + later_parts) * PART_SHARE))
    return _cut(ordered, horizon, later_parts, size)


def _cut(ordered: tuple[int, ...], horizon: int, later_parts: int, size: int) -> list[tuple[int, ...]]:
    parts: list[tuple[int, ...]] = []
    rest = ordered
    for _ in range(later_parts):
        part = rest[-size:]
        rest = tuple(cutoff for cutoff in rest if part and cutoff + horizon <= part[0])
        parts.insert(0, part)
    return [rest, *parts]
