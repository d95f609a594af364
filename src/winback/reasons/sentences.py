"""Writing reasons down for people: column by column, since a list has hundreds of thousands of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.reasons.evidence import Evidence, Line
from winback.reasons.leaving import Leaving
from winback.reasons.reasons import Choice
from winback.reasons.stated import Stated
from winback.reasons.words import UNKNOWN, WORDS
from winback.texts import Texts

#: How many lines of evidence a reason shows at most.
LINES = 2
#: From here on numbers are shown without a part.
WHOLE_FROM = 10
#: Stand for texts in messages around them, which are so written once, not for every row: characters of no language.
FIRST, SECOND = "\ue000", "\ue001"
#: In place of a reason: what customers said speaks for whichever reason they gave.
STATED = "stated"


def write_texts(
    choice: Choice, evidence: Evidence, leaving: Leaving, stated: Stated, texts: Texts
) -> NDArray[np.object_]:
    """Write the text of every reason that is shown.

    Returns
    -------
    object[n, 3]
        ``""`` where there is no reason.
    """
    result = np.full(choice.code.shape, "", dtype=object)
    joint = texts.format("reason-and", first=FIRST, second=SECOND)
    for word in WORDS:
        rows, places = np.nonzero(choice.code == WORDS.index(word))
        if not rows.size:
            continue
        said = choice.is_stated[rows] & (places == 0)
        lines = symptoms(leaving) if word == UNKNOWN else (*statements(stated), *evidence.lines.get(word, ()))
        parts = np.full((LINES, rows.size), "", dtype=object)
        filled = np.zeros(rows.size, np.intp)
        for line in lines:
            now = line.holds[rows] & (filled < LINES) & (said | (line.reason != STATED))
            parts[filled[now], now] = _say(line, rows[now], texts)
            filled += now
        whole = texts.format("reason-line", reason=texts.reason(word), evidence=FIRST)
        result[rows, places] = [_framed(whole, joint, *each) for each in zip(*parts.tolist(), strict=True)]
    return result


def statements(stated: Stated) -> Iterator[Line]:
    """What customers said themselves."""
    spoke = stated.code >= 0
    at = {"at": stated.at}
    yield Line(STATED, "reason-life-event-evidence", spoke & stated.is_closed, at)
    yield Line(STATED, "reason-stated-evidence", spoke & ~stated.is_closed, at)


def symptoms(leaving: Leaving) -> Iterator[Line]:
    """How a customer's silence compares to its rhythm."""
    silence, gap = np.rint(leaving.silence_days), leaving.gap_days
    once = np.isnan(gap)
    silent = ~once & (silence > gap)
    numbers = {"gap": np.maximum(np.rint(gap), 1), "silence": silence}
    yield Line(UNKNOWN, "reason-unknown-evidence-once", once, numbers)
    yield Line(UNKNOWN, "reason-unknown-evidence-silent", silent, numbers)
    yield Line(UNKNOWN, "reason-unknown-evidence-rhythm", ~once & ~silent, numbers)


def _say(line: Line, rows: NDArray[np.intp], texts: Texts) -> NDArray[np.object_]:
    needed = texts.variables(line.message)
    return texts.column(line.message, **{name: _short(line.arguments[name][rows]) for name in needed})


def _short(values: NDArray[Any]) -> NDArray[Any]:
    """Round numbers to what a sentence may show: from ten on no part; below, a share needs three places.

    Examples
    --------
    >>> _short(np.array([0.12345, 41.6])).tolist(), _short(np.array([3])).tolist()
    ([0.123, 42.0], [3])
    """
    if np.issubdtype(values.dtype, np.integer):
        return values
    short = np.array([round(value, 3) for value in values.tolist()])
    return np.where(np.abs(short) >= WHOLE_FROM, np.rint(short), short)


def _framed(whole: str, joint: str, first: str, second: str) -> str:
    """Put one or two sentences into the messages around them."""
    joined = joint.replace(FIRST, first).replace(SECOND, second) if second else first
    return whole.replace(FIRST, joined)
