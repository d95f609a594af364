"""Writing reasons down for people: column by column, since a list has hundreds of thousands of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
AROUND = re.compile(f"({FIRST}|{SECOND})")
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
        whole = texts.format("reason-line", reason=texts.reason(word), evidence=FIRST)
        first, second = _first_lines(lines, rows, said, texts)
        evidenced = pc.coalesce(_framed(joint, first, second), first, "")
        written = _framed(whole, evidenced, second).dictionary_encode()
        # rows that say the same share one text
        result[rows, places] = np.array(written.dictionary.to_pylist(), dtype=object)[written.indices.to_numpy()]
    return result


def _first_lines(
    lines: Iterable[Line], rows: NDArray[np.intp], said: NDArray[np.bool_], texts: Texts
) -> tuple[pa.StringArray, ...]:
    """Write the first `LINES` sentences that hold of each row; null where there are fewer."""
    filled = np.zeros(rows.size, np.intp)
    written: list[pa.StringArray] = [pa.array([], pa.string())]
    origin = np.full((LINES, rows.size), -1, np.int64)
    for line in lines:
        now = np.flatnonzero(line.holds[rows] & (filled < LINES) & (said | (line.reason != STATED)))
        if now.size:
            origin[filled[now], now] = sum(map(len, written)) + np.arange(now.size)
            written.append(_say(line, rows[now], texts))
            filled[now] += 1
    sentences = pa.concat_arrays(written)
    return tuple(sentences.take(pa.array(places, mask=places < 0)) for places in origin)


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


def _say(line: Line, rows: NDArray[np.intp], texts: Texts) -> pa.StringArray:
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
    found, inverse = np.unique(values, return_inverse=True)
    short = np.array([round(value, 3) for value in found.tolist()])
    return np.where(np.abs(short) >= WHOLE_FROM, np.rint(short), short)[inverse]


def _framed(frame: str, first: pa.StringArray, second: pa.StringArray) -> pa.StringArray:
    """Put sentences into the message around them; null where one that it needs is null."""
    inside = {FIRST: first, SECOND: second}
    return pc.binary_join_element_wise(*(inside.get(piece, piece) for piece in AROUND.split(frame)), "")
