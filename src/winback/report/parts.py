"""What sections of the page are built of: tiles, bars and tables of texts that are ready to be read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from winback.texts import Texts

#: Shown where there is no number.
NOTHING = "–"


@dataclass(frozen=True)
class Tile:
    """One number that counts, with its name above and what to know about it below."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart that lies on its side; ``share`` of the full width, 0 to 1."""

    label: str
    value: str
    share: float
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table; ``bar`` (0 to 1) draws a bar behind the number."""

    text: str
    note: str = ""
    bar: float | None = None


@dataclass(frozen=True)
class Row:
    """One row of a table; ``tone`` is ``strong`` or ``faint``."""

    cells: Sequence[Cell]
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table: names of its columns, which of them hold numbers, and rows."""

    titles: Sequence[str]
    numbers: Sequence[bool]
    rows: Sequence[Row] = field(default_factory=list)
    caption: str = ""


def cells(texts: Iterable[str]) -> list[Cell]:
    """Turn plain texts into cells."""
    return [Cell(text) for text in texts]


def is_known(value: float | None) -> bool:
    """Whether there is a number to show.

    Examples
    --------
    >>> is_known(0.0), is_known(None), is_known(float("nan"))
    (True, False, False)
    """
    return value is not None and not math.isnan(value)


class Numbers:
    """Writes numbers that may be missing.

    Parameters
    ----------
    texts : Texts
        Language and currency.

    Examples
    --------
    >>> Numbers(Texts("en")).percent(None)
    '–'
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def money(self, value: float | None) -> str:
        """Write an amount."""
        return NOTHING if value is None or math.isnan(value) else self.texts.money(value)

    def percent(self, value: float | None, digits: int | None = None) -> str:
        """Write a share."""
        return NOTHING if value is None or math.isnan(value) else self.texts.percent(value, digits)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Write a number."""
        return NOTHING if value is None or math.isnan(value) else self.texts.number(value, digits)


def bars(rows: Sequence[tuple[str, float, str, str]]) -> list[Bar]:
    """Make bars of (label, size, value in words, note), the largest over the full width.

    Examples
    --------
    >>> [bar.share for bar in bars([("a", 4.0, "4", ""), ("b", 1.0, "1", "")])]
    [1.0, 0.25]
    """
    largest = max((size for _, size, _, _ in rows), default=0.0)
    return [Bar(label, value, size / largest if largest > 0 else 0.0, note) for label, size, value, note in rows]


def dimension_name(name: str, texts: Texts) -> str:
    """Name of a dimension, such as ``manager_id``; a column of the company's own is called as it is called there."""
    message = "dimension-" + name.replace("_", "-")
    return texts.format(message) if texts.has(message) else name.replace("_", " ")


def reason_name(word: str, texts: Texts) -> str:
    """Name of a reason; a word that there are no texts for is shown as it is."""
    message = "reason-" + word.replace("_", "-")
    return texts.format(message) if texts.has(message) else word.replace("_", " ")
