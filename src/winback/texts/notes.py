"""Remarks that are kept with data and models, and put into words where somebody reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from winback.texts.texts import Texts

#: ``id`` of a text, and its arguments; days in ISO 8601 under ``on``.
Note = Mapping[str, Any]


def remarks(notes: Iterable[Note | str], texts: Texts) -> list[str]:
    """Put notes into words; what an older version kept as a sentence stays as it is.

    Examples
    --------
    >>> remarks([{"id": "data-note-empty", "table": "orders", "file": "o.csv"}, "Said long ago."], Texts("en"))
    ['orders: o.csv is empty.', 'Said long ago.']
    """
    return [note if isinstance(note, str) else _sentence(texts, **note) for note in notes]


def _sentence(texts: Texts, id: str, on: str = "", **arguments: Any) -> str:
    return texts.format(id, **arguments, **({"on": date.fromisoformat(on)} if on else {}))
