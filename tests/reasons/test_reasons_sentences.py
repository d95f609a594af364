"""Texts that are written column by column are those that are written one by one."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from winback.history import NO_TIME
from winback.reasons import UNKNOWN, WORDS
from winback.reasons.evidence import Evidence, Line
from winback.reasons.leaving import Leaving
from winback.reasons.reasons import Choice
from winback.reasons.sentences import LINES, write_texts
from winback.reasons.stated import Stated
from winback.texts import Texts

ROWS = 150
DAY = 86_400_000_000
SHARES = {"others", "change"}
COUNTS = {"bad", "all", "count"}


def arguments(draw, texts, message):
    """Numbers of every size, many of them close to where rounding turns."""
    made = {}
    for name in texts.variables(message):
        if name == "at":
            made[name] = 1_700_000_000_000_000 + draw.integers(0, 4 * DAY, ROWS) + draw.integers(0, 300, ROWS) * DAY
        elif name in COUNTS:
            made[name] = draw.integers(0, 30, ROWS)
        elif name in SHARES or "discount" in message:
            made[name] = draw.choice([0.0, 0.00049, 0.00951, 0.0145, 0.0154999, 0.3], ROWS) + draw.random(ROWS) / 1000
        else:
            made[name] = draw.choice([0.0, 0.95, 1.0, 3.0499, 9.95, 10.5, 400.5], ROWS) + draw.random(ROWS) / 1000
    return made


def company(seed, texts):
    draw = np.random.default_rng(seed)
    messages = sorted(id for id in texts.ids if id.startswith("reason-") and "evidence" in id)
    lines = {}
    for word in WORDS[:-1]:
        start = f"reason-{word.replace('_', '-')}-evidence"
        of_word = [id for id in messages if id.startswith(start) and word != "life_event"]
        of_word += ["reason-complaints-evidence", "reason-wants-evidence"]
        lines[word] = tuple(Line(word, id, draw.random(ROWS) < 0.5, arguments(draw, texts, id)) for id in of_word)
    supported = np.zeros((ROWS, len(WORDS)), bool)
    for word, found in lines.items():
        supported[:, WORDS.index(word)] = np.any([line.holds for line in found], axis=0)
    closed = draw.random(ROWS) < 0.1
    code = np.where(closed, WORDS.index("life_event"), np.where(draw.random(ROWS) < 0.3, 3, -1)).astype(np.int8)
    at = np.where(code >= 0, 1_700_000_000_000_000 + draw.integers(0, 90 * DAY, ROWS), NO_TIME)
    silence, gap = draw.random(ROWS) * 90, np.where(draw.random(ROWS) < 0.2, np.nan, draw.random(ROWS) * 90)
    nothing = np.zeros(ROWS, np.int64)
    leaving = Leaving(
        **dict.fromkeys(("last_at", "anchor", "first_at", "order_count"), nothing),
        gap_days=gap,
        silence_days=silence,
    )
    shown = np.full((ROWS, 3), -1, np.int8)
    for row in range(ROWS):
        possible = draw.permutation(np.flatnonzero(supported[row]))[:3]
        shown[row, : possible.size] = possible
        if code[row] >= 0:
            shown[row] = [code[row], *[place for place in shown[row] if place != code[row]][:2]]
        elif draw.random() < 0.3 or not possible.size:
            shown[row, 0] = WORDS.index(UNKNOWN)
    confidence = np.full(ROWS, np.nan)
    choice = Choice(shown, np.full((ROWS, 3), np.nan), confidence, code >= 0)
    return choice, Evidence(supported, supported, lines), leaving, Stated(code, at, closed)


def short(value):
    if isinstance(value, np.integer):
        return int(value)
    value = round(float(value), 3)
    return float(round(value)) if abs(value) >= 10 else value


def one_text(row, place, choice, evidence, leaving, stated, texts):
    """The plain way: a sentence at a time."""
    word = WORDS[choice.code[row, place]]
    parts = []
    if place == 0 and stated.code[row] >= 0:
        message = "reason-life-event-evidence" if stated.is_closed[row] else "reason-stated-evidence"
        parts.append(texts.format(message, at=int(stated.at[row])))
    if word == UNKNOWN:
        silence, gap = round(leaving.silence_days[row]), leaving.gap_days[row]
        kind = "once" if np.isnan(gap) else "silent" if silence > gap else "rhythm"
        known = {} if kind == "once" else {"gap": max(round(gap), 1)}
        parts.append(texts.format(f"reason-unknown-evidence-{kind}", silence=silence, **known))
    for line in evidence.lines.get(word, ()):
        if line.holds[row]:
            given = {name: short(values[row]) for name, values in line.arguments.items()}
            parts.append(texts.format(line.message, **given))
    joined = parts[0]
    for part in parts[1:LINES]:
        joined = texts.format("reason-and", first=joined, second=part)
    return texts.format("reason-line", reason=texts.reason(word), evidence=joined)


@pytest.mark.parametrize(("language", "zone"), [("en", "UTC"), ("ru", "Asia/Kathmandu"), ("en", "America/New_York")])
@pytest.mark.parametrize("seed", [1, 2])
def test_columns_are_written_as_single_rows_would_be(language, zone, seed):
    texts = Texts(language, zone=ZoneInfo(zone))
    company_ = company(seed, texts)
    code = company_[0].code
    written = write_texts(*company_, texts)
    alone = Texts(language, zone=ZoneInfo(zone))
    for row, place in np.ndindex(code.shape):
        expected = one_text(row, place, *company_, alone) if code[row, place] >= 0 else ""
        assert written[row, place] == expected
    assert {len(set(written[:, place])) > 10 for place in range(3)} == {True}


def test_no_rows_give_no_texts():
    texts = Texts("en")
    choice, evidence, leaving, stated = company(1, texts)
    choice = Choice(np.full((ROWS, 3), -1, np.int8), choice.share, choice.confidence, choice.is_stated)
    assert set(write_texts(choice, evidence, leaving, stated, texts).ravel()) == {""}
