"""Notes of the input in words, in both languages."""

import pytest

from winback.sources import StagingReport
from winback.texts import Texts

LATE = {"id": "data-note-late", "table": "orders", "count": 21, "on": "2024-05-06"}
STALE = {"id": "data-note-stale", "days": 95, "on": "2024-05-06"}


def said(language: str, note: dict) -> str:
    (text,) = StagingReport("2024-05-06", "UTC", 2, (), notes=(note,)).remarks(Texts(language))
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (1, "1 row lies at or after", "1 строка относится"),
        (3, "3 rows lie at or after", "3 строки относятся"),
        (11, "11 rows lie at or after", "11 строк относятся"),
        (21, "21 rows lie at or after", "21 строка относится"),
    ],
)
def test_late_facts_agree_with_their_number(count: int, english: str, russian: str) -> None:
    note = LATE | {"count": count}
    assert english in said("en", note)
    assert russian in said("ru", note)


@pytest.mark.parametrize(
    "note",
    [
        STALE,
        LATE,
        {"id": "data-note-empty", "table": "orders", "file": "o.csv"},
        {"id": "data-note-no-rows", "table": "orders", "files": "o.csv"},
        {"id": "data-note-absent", "tables": "tickets, surveys"},
    ],
)
def test_every_note_is_translated(note: dict) -> None:
    english, russian = said("en", note), said("ru", note)
    assert any("а" <= letter <= "я" for letter in russian)
    assert not any("а" <= letter <= "я" for letter in english)
    for value in note.values():
        if isinstance(value, int):
            assert str(value) in english
            assert str(value) in russian
