"""Writing reasons down for people."""

from __future__ import annotations

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
        whole = texts.format("reason-line", reason=texts.reason(word), evidence=FIRST)
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            if word == UNKNOWN:
                parts = [symptom(leaving, row, texts)]
            else:
                parts = [_say(line, row, texts) for line in _lines(evidence, word, row)]
                if place == 0 and choice.is_stated[row]:
                    parts = [_statement(stated, row, texts), *parts][:LINES]
            result[row, place] = whole.replace(FIRST, _join(parts, joint))
    return result


def _statement(stated: Stated, row: int, texts: Texts) -> str:
    message = "reason-life-event-evidence" if stated.is_closed[row] else "reason-stated-evidence"
    return texts.format(message, at=int(stated.at[row]))


def symptom(leaving: Leaving, row: int, texts: Texts) -> str:
    """Say how a customer's silence compares to its rhythm."""
    silence, gap = round(float(leaving.silence_days[row])), float(leaving.gap_days[row])
    if np.isnan(gap):
        return texts.format("reason-unknown-evidence-once", silence=silence)
    kind = "silent" if silence > gap else "rhythm"
    return texts.format(f"reason-unknown-evidence-{kind}", gap=max(round(gap), 1), silence=silence)


def _lines(evidence: Evidence, word: str, row: int) -> list[Line]:
    return [line for line in evidence.lines.get(word, ()) if line.holds[row]][:LINES]


def _say(line: Line, row: int, texts: Texts) -> str:
    needed = texts.variables(line.message)
    return texts.format(line.message, **{name: _short(line.arguments[name][row]) for name in needed})


def _short(value: Any) -> int | float:
    """Round numbers to what a sentence shows, so that equal sentences are written once.

    From ten on none shows a part; below, a number may be a share, which needs three places.

    Examples
    --------
    >>> _short(np.float64(0.12345)), _short(np.float64(41.6)), _short(np.int64(3))
    (0.123, 42.0, 3)
    """
    if isinstance(value, np.integer):
        return int(value)
    short = round(float(value), 3)
    return float(round(short)) if abs(short) >= WHOLE_FROM else short


def _join(parts: list[str], joint: str) -> str:
    joined = parts[0]
    for part in parts[1:]:
        joined = joint.replace(FIRST, joined).replace(SECOND, part)
    return joined
