r"""Finding out which decimal sign a column of text uses, and reading its numbers.

``1.234,56`` and ``1,234.56`` say it themselves; ``1,234`` does not, and the whole column decides. What stays open is
refused, never guessed: it would be wrong by a factor of a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from winback.sources.sql import text

DecimalSign = Literal[".", ",", "both"]

# A number that shows by itself that its point is decimal, or that its commas are not.
_CLEAR_POINT = (
    r"[-+]?(?:\d{4,}\.\d*|\d{0,3}\.(?:\d{0,2}|\d{4,})|0\d*\.\d{3}|\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}"
    r"|\d+(?:\.\d*)?[eE][-+]?\d+)"
)
_CLEAR_COMMA = (
    r"[-+]?(?:\d{4,},\d*|\d{0,3},(?:\d{0,2}|\d{4,})|0\d*,\d{3}|\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,})"
)
_OPEN_COMMA = r"[-+]?[1-9]\d{0,2},\d{3}"
_OPEN_POINT = r"[-+]?[1-9]\d{0,2}\.\d{3}"
_WHOLE = r"[-+]?\d+"
_WITH_POINT = r"[-+]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_WITH_COMMA = r"[-+]?(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)"

# blanks and apostrophes between thousands; signs of money around the number
_BETWEEN = "[ \u00a0\u2007\u2009\u202f'’]"
_MONEY = r"(?i)^(?:[€$£₽]|eur|usd|gbp|rub)|(?:[€$£₽]|eur|usd|gbp|rub|руб\.?|р\.)$"


@dataclass(frozen=True)
class NumberReading:
    """How one column of text is read.

    Parameters
    ----------
    sign : {".", ",", "both"}
        The decimal sign; ``both``: it varies, so that only numbers that show it themselves are read.
    plain : bool
        Every value is a number as programs write them, so that nothing has to be taken off first.
    """

    sign: DecimalSign = "."
    plain: bool = True


#: How most programs write numbers.
PLAIN = NumberReading()

#: As `PLAIN`, and numbers with blanks, signs of money or commas between thousands as well.
POINT = NumberReading(".", plain=False)


def odd_values(column: str) -> str:
    """SQL that is true for a value that `PLAIN` does not read."""
    return f"coalesce(NOT isfinite(try_cast({column} AS DOUBLE)), true)"


def in_doubt(column: str) -> str:
    """SQL that is true for every value that could speak against `POINT`, and for some others."""
    return f"contains({column}, ',')"


def looks_like(column: str) -> str:
    """SQL that is true for a text that is a number in one reading or another; codes with leading zeros are none."""
    shapes = " OR ".join(f"regexp_full_match({_bare(column)}, {text(shape)})" for shape in (_WITH_POINT, _WITH_COMMA))
    return f"(({shapes}) AND NOT regexp_matches({column}, '^[-+]?0\\d'))"


def evidence_columns(column: str) -> list[str]:
    """SQL aggregates from which `decide` learns what occurs in a column of text (missing values as null)."""
    bare = _bare(column)
    shapes = [_CLEAR_POINT, _CLEAR_COMMA, _OPEN_COMMA, _OPEN_POINT]
    return [f"count(*) FILTER (regexp_full_match({bare}, {text(shape)}))" for shape in shapes]


def decide(counts: list[int], tolerance: float, *, said: str | None, semicolons: bool) -> tuple[NumberReading, int]:
    """Choose how to read a column from the counts of `evidence_columns`.

    Parameters
    ----------
    counts : list of int
        In the order of `evidence_columns`.
    tolerance : float
        Share of values on the losing side up to which they count as mistakes.
    said : str, optional
        The decimal sign that ``params.yaml`` gives.
    semicolons : bool
        Cells are separated by semicolons, as programs do where the comma is decimal.

    Returns
    -------
    reading : NumberReading
    unclear : int
        Values whose decimal sign stays open.

    Examples
    --------
    >>> decide([0, 2, 5, 0], 0.02, said=None, semicolons=False)
    (NumberReading(sign=',', plain=False), 0)
    >>> decide([0, 0, 5, 0], 0.02, said=None, semicolons=False)[1]
    5
    """
    point, comma, open_comma, open_point = counts
    if said is not None:
        return NumberReading("," if said == "," else ".", plain=False), 0
    if point == comma == 0 and open_comma and not open_point and semicolons:
        return NumberReading(",", plain=False), 0
    if min(point, comma) <= tolerance * (point + comma) and point != comma:
        return NumberReading("." if point > comma else ",", plain=False), 0
    if open_comma == 0 and comma == 0:
        return NumberReading(".", plain=False), 0
    return NumberReading("both", plain=False), open_comma + open_point


def reading_sql(column: str, reading: NumberReading) -> str:
    """SQL that turns the text into a double; null where it is no finite number in that reading."""
    number = f"try_cast({column} AS DOUBLE)"
    if reading.plain:
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    if reading == POINT:
        return f"CASE WHEN isfinite({number}) THEN {number} ELSE {_bare_sql(column, reading)} END"
    return _bare_sql(column, reading)


def _bare_sql(column: str, reading: NumberReading) -> str:
    bare = _bare(column)
    pointed = f"try_cast(replace({bare}, ',', '') AS DOUBLE)"
    comma = f"try_cast(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"
    branches = {
        ".": [(_WITH_POINT, pointed)],
        ",": [(_WITH_COMMA, comma)],
        "both": [(_WHOLE, pointed), (_CLEAR_POINT, pointed), (_CLEAR_COMMA, comma)],
    }[reading.sign]
    cases = " ".join(f"WHEN regexp_full_match({bare}, {text(shape)}) THEN {value}" for shape, value in branches)
    number = f"(CASE {cases} END)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _bare(column: str) -> str:
    """The number without blanks and signs of money, its minus as programs write it; (5) is minus five."""
    bare = f"regexp_replace({column}, {text(_BETWEEN)}, '', 'g')"
    bare = f"regexp_replace({bare}, {text(_MONEY)}, '')"
    return f"regexp_replace(replace({bare}, '−', '-'), '^\\((.*)\\)$', '-\\1')"
