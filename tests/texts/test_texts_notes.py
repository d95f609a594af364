"""What training could not do is said in the reader's language, whatever model says it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from winback.texts import LANGUAGES, Texts, load_catalogue, remarks

SOURCES = Path(__file__).parents[2] / "src/winback"
#: Ids as the modules write them; of an f-string what stands before its braces.
WRITTEN = re.compile(r'"id": f?"(model-note-[a-z-]+)')


def test_every_note_of_a_model_has_its_text_and_every_text_is_used() -> None:
    written = {found for path in SOURCES.rglob("*.py") for found in WRITTEN.findall(path.read_text(encoding="utf-8"))}
    texts = {name for name in load_catalogue("en").variables if name.startswith("model-note-")}
    assert written
    assert all(any(text.startswith(name) for text in texts) for name in written)
    assert all(any(text.startswith(name) for name in written) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_note_with_numbers_and_a_sentence_of_an_older_version(language: str) -> None:
    said = remarks([{"id": "model-note-window", "days": 181, "wanted": 365}, "as it was"], Texts(language))
    days = {"en": ("181 days", "365 days"), "ru": ("181 день", "365 дней")}[language]
    assert all(each in said[0] for each in days)
    assert said[1] == "as it was"
