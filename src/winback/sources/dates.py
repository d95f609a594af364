r"""Finding out how a column of text writes its times, and reading them.

Every value has a *shape* (year first, dots, slashes, …). A shape whose order of day and month cannot be seen in one
value (``05/06/2024``) is decided by the whole column: some value with a part above 12 settles it. What stays open is
refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from winback.sources.sql import text

_CLOCK = r"(?:(?:,? |T)\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"
_CLOCK_12 = r"(?:,? \d{1,2}:\d{2}(?::\d{2})? ?[AaPp][Mm])"
_ZONE = r" ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"


@dataclass(frozen=True)
class Shape:
    """One way to write a time.

    Parameters
    ----------
    name : str
        What the summary calls it.
    pattern : str
        Regular expression that a whole value matches.
    days : tuple of str
        strptime formats of the day part, tried in turn.
    separator : str
        Sign between day and month where their order is open; empty where the shape settles it.
    """

    name: str
    pattern: str
    days: tuple[str, ...] = ()
    separator: str = ""


SHAPES: tuple[Shape, ...] = (
    Shape("YYYY-MM-DD", r"\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"),
    Shape("YYYY-MM-DD with zone", r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?" + _ZONE),
    Shape("YYYY/MM/DD", r"\d{4}[/.]\d{1,2}[/.]\d{1,2}" + _CLOCK, ("%Y/%m/%d", "%Y.%m.%d")),
    Shape("YYYYMMDD", r"(?:19|20)\d{6}(?:T?\d{6})?"),
    Shape("DD.MM.YYYY", r"\d{1,2}\.\d{1,2}\.\d{4}" + _CLOCK, ("%d.%m.%Y",)),
    Shape("DD.MM.YY", r"\d{1,2}\.\d{1,2}\.\d{2}" + _CLOCK, ("%d.%m.%y",)),
    Shape("DD Mon YYYY", r"\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}" + _CLOCK, ("%d %b %Y", "%d-%b-%Y", "%d %B %Y")),
    Shape("D/M/YYYY", rf"\d{{1,2}}/\d{{1,2}}/\d{{4}}(?:{_CLOCK}|{_CLOCK_12})", ("/",), "/"),
    Shape("D/M/YY", rf"\d{{1,2}}/\d{{1,2}}/\d{{2}}(?:{_CLOCK}|{_CLOCK_12})", ("/",), "/"),
    Shape("D-M-YYYY", rf"\d{{1,2}}-\d{{1,2}}-\d{{4}}(?:{_CLOCK}|{_CLOCK_12})", ("-",), "-"),
)

_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f")
_CLOCKS_12 = (" %I:%M:%S %p", " %I:%M %p", " %I:%M:%S%p", " %I:%M%p")


@dataclass(frozen=True)
class DateReading:
    """How one column of text is read.

    Parameters
    ----------
    shapes : tuple of str
        Names of the shapes that occur.
    day_first : Mapping of str to bool or None
        For each open shape: day before month, month before day, or None: seen both ways, so that only values that
        settle it themselves are read.
    uniform : bool
        Every value has the one shape, so that none needs to be asked for it.
    """

    shapes: tuple[str, ...] = ()
    day_first: Mapping[str, bool | None] | None = None
    uniform: bool = False

    def described(self) -> str:
        """Return a text for the summary.

        Examples
        --------
        >>> DateReading(("DD.MM.YYYY", "D/M/YYYY"), {"D/M/YYYY": False}).described()
        'DD.MM.YYYY, M/D/YYYY'
        """
        orders = self.day_first or {}
        swapped = {shape.name: shape.name.translate({ord("D"): "M", ord("M"): "D"}) for shape in _open_shapes()}
        return ", ".join(swapped[name] if orders.get(name) is False else name for name in self.shapes)


#: How most programs write times.
PLAIN = DateReading((SHAPES[0].name,), uniform=True)

#: As `PLAIN`, where some values are none.
ISO = DateReading((SHAPES[0].name,))


def odd_values(column: str) -> str:
    """SQL that is true for a value that `PLAIN` does not read."""
    return f"NOT {_matches(column, SHAPES[0])}"


def in_doubt(column: str, value: str) -> str:
    """SQL that is true where ``value`` is null as `ISO` does not read the text, but another shape might."""
    others = " OR ".join(_matches(column, shape) for shape in SHAPES[1:])
    return f"CASE WHEN {value} IS NULL AND {column} IS NOT NULL THEN {others} ELSE false END"


def looks_like(column: str) -> str:
    """SQL that is true for a text in one of the shapes that are not whole numbers."""
    return f"({' OR '.join(_matches(column, shape) for shape in SHAPES if shape.name != 'YYYYMMDD')})"


def evidence_columns(column: str) -> list[str]:
    """SQL aggregates from which `decide` learns what occurs in a column.

    Parameters
    ----------
    column : str
        SQL of the text, missing values as null.

    Returns
    -------
    list of str
        One count per shape, then for each open shape how often only day-first, only month-first, and neither
        can be seen.
    """
    counts = [f"count(*) FILTER ({_matches(column, shape)})" for shape in SHAPES]
    for shape in _open_shapes():
        first, second = _parts(column, shape)
        matches = _matches(column, shape)
        counts += [
            f"count(*) FILTER ({matches} AND {first} > 12 AND {second} <= 12)",
            f"count(*) FILTER ({matches} AND {second} > 12 AND {first} <= 12)",
            f"count(*) FILTER ({matches} AND {first} <= 12 AND {second} <= 12 AND {first} <> {second})",
        ]
    return counts


def decide(counts: list[int], tolerance: float) -> tuple[DateReading, int]:
    """Choose how to read a column from the counts of `evidence_columns`.

    Parameters
    ----------
    counts : list of int
        In the order of `evidence_columns`.
    tolerance : float
        Share of values on the losing side up to which they count as mistakes.

    Returns
    -------
    reading : DateReading
    unclear : int
        Values whose order of day and month stays open.
    """
    shapes = tuple(shape.name for shape, count in zip(SHAPES, counts, strict=False) if count)
    orders: dict[str, bool | None] = {}
    unclear = 0
    rest = counts[len(SHAPES) :]
    for i, shape in enumerate(_open_shapes()):
        day, month, either = rest[3 * i : 3 * i + 3]
        orders[shape.name] = _order(day, month, tolerance)
        if orders[shape.name] is None:
            unclear += either
    orders = {name: order for name, order in orders.items() if name in shapes}
    return DateReading(shapes, orders), unclear


def reading_sql(column: str, reading: DateReading, timezone: str) -> str:
    """SQL that turns the text into a UTC timestamp; null where the value fits no shape that was found."""
    if reading.uniform:
        return _shape_sql(column, SHAPES[0], None, timezone)
    branches = []
    for shape in SHAPES:
        if shape.name in reading.shapes:
            order = (reading.day_first or {}).get(shape.name)
            branches.append(f"WHEN {_matches(column, shape)} THEN {_shape_sql(column, shape, order, timezone)}")
    return f"CASE {' '.join(branches)} END" if branches else "NULL::TIMESTAMP"


def format_sql(column: str, date_format: str, timezone: str) -> str:
    """SQL for a format that ``params.yaml`` gives."""
    parsed = f"try_strptime({column}, {text(date_format)})"
    if "%z" in date_format or "%Z" in date_format:
        return f"timezone('UTC', {parsed})"
    return local_to_utc(parsed, timezone)


def local_to_utc(expression: str, timezone: str) -> str:
    """SQL from a naive timestamp in ``timezone`` to a naive one in UTC.

    A time that the clocks repeat in autumn is taken as the later one; one that they skip in spring moves on by the
    hour that was skipped.
    """
    naive = f"({expression})::TIMESTAMP"
    return naive if timezone == "UTC" else f"timezone('UTC', {naive}::TIMESTAMPTZ)"


def _order(day: int, month: int, tolerance: float) -> bool | None:
    """Day first, month first, or undecided."""
    if day == month:
        return None
    if min(day, month) <= tolerance * (day + month):
        return day > month
    return None


def _open_shapes() -> tuple[Shape, ...]:
    return tuple(shape for shape in SHAPES if shape.separator)


def _matches(column: str, shape: Shape) -> str:
    return f"regexp_full_match({column}, {text(shape.pattern)})"


def _parts(column: str, shape: Shape) -> tuple[str, str]:
    def part(i: int) -> str:
        return f"try_cast(split_part({column}, {text(shape.separator)}, {i}) AS INTEGER)"

    return part(1), part(2)


def _shape_sql(column: str, shape: Shape, day_first: bool | None, timezone: str) -> str:
    if shape.separator:
        return _open_sql(column, shape, day_first, timezone)
    if shape.days:
        return _strptime(column, shape.days, _CLOCKS, timezone)
    if "zone" in shape.name:
        return f"timezone('UTC', try_cast({column} AS TIMESTAMPTZ))"
    if shape.name == "YYYYMMDD":
        formats = ", ".join(text(form) for form in ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S"))
        return local_to_utc(f"try_strptime({column}, [{formats}])", timezone)
    return local_to_utc(f"try_cast({column} AS TIMESTAMP)", timezone)


def _open_sql(column: str, shape: Shape, day_first: bool | None, timezone: str) -> str:
    sep = shape.separator
    year = "%Y" if shape.name.endswith("YYYY") else "%y"
    day = _strptime(column, (f"%d{sep}%m{sep}{year}",), (*_CLOCKS, *_CLOCKS_12), timezone)
    month = _strptime(column, (f"%m{sep}%d{sep}{year}",), (*_CLOCKS, *_CLOCKS_12), timezone)
    if day_first is not None:
        return day if day_first else month
    first, second = _parts(column, shape)
    return f"CASE WHEN {first} > 12 OR {first} = {second} THEN {day} WHEN {second} > 12 THEN {month} END"


def _strptime(column: str, days: tuple[str, ...], clocks: tuple[str, ...], timezone: str) -> str:
    formats = ", ".join(text(day + clock) for day in days for clock in clocks)
    # 31.12.2024, 23:59 and 31.12.2024T23:59 are read like 31.12.2024 23:59
    plain = f"replace(regexp_replace({column}, '(\\d)T(\\d)', '\\1 \\2'), ',', '')"
    return local_to_utc(f"try_strptime({plain}, [{formats}])", timezone)
