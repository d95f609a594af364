"""All evidence of every kind, counted again from the staged tables, and every sentence about it, in both languages."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from recount import EVIDENCE, Books, Customer, statement, symptom
from sentences_by_hand import SENTENCES, sentence

from winback.history import History
from winback.reasons import WORDS, leaving_of
from winback.reasons.evidence import EXHIBITS, gather_evidence
from winback.reasons.reasons import Choice
from winback.reasons.sentences import LINES, write_texts
from winback.reasons.stated import Stated, stated_reasons
from winback.settings import Settings
from winback.snapshots import snapshots_at
from winback.texts import LANGUAGES, Texts

SETTINGS = Settings()


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo company as the stage `prepare` leaves it, with broken rows already set aside."""
    from small_project import new_project

    project = new_project(tmp_path_factory.mktemp("recount") / "project", {"simulate": {"customers": 260, "days": 560}})
    for command in ("simulate", "prepare"):
        assert project.winback(command, "--quiet").code == 0
    folder = project.folder / "data/staging"
    # the demo company answers in the end; here every seventh request is left lying
    tickets = pq.read_table(folder / "tickets.parquet")
    answered = pa.array([place % 7 > 0 for place in range(len(tickets))])
    for column in ("first_response_at", "resolved_at"):
        kept = pc.if_else(answered, tickets[column], pa.scalar(None, tickets[column].type))
        tickets = tickets.set_column(tickets.column_names.index(column), column, kept)
    pq.write_table(tickets, folder / "tickets.parquet")
    return folder


class Case:
    """The same customers twice: as the room counts them, and as a person would."""

    def __init__(self, staging: Path, back_days: int) -> None:
        whole = History.load(staging)
        cutoff = whole.ends_at - back_days * 86_400_000_000
        self.history = whole.upto(cutoff)
        self.rows = snapshots_at(self.history, [cutoff], SETTINGS.population)
        self.leaving = leaving_of(self.history, self.rows)
        self.evidence = gather_evidence(self.history, self.rows, self.leaving, SETTINGS)
        books = Books(staging, datetime.fromtimestamp(cutoff // 1_000_000, UTC).replace(tzinfo=None))
        self.people = [Customer(books, int(code)) for code in self.rows.customer]
        self.counted = {key: [count(who) for who in self.people] for key, count in EVIDENCE.items()}


@pytest.fixture(scope="module", params=[0, 110], ids=["at the end", "110 days before"])
def case(request: pytest.FixtureRequest, staging: Path) -> Case:
    return Case(staging, request.param)


def instant(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1)) / timedelta(microseconds=1))


def test_the_time_of_leaving(case: Case) -> None:
    assert case.leaving.anchor.tolist() == pytest.approx([instant(who.leaving) for who in case.people], abs=1)
    assert case.leaving.last_at.tolist() == [instant(who.last) for who in case.people]


def test_every_registered_kind_is_counted_again_and_occurs(case: Case) -> None:
    """A new kind of evidence fails here until it has a count of its own in `recount.py`."""
    said = {(line.reason, line.message): line for lines in case.evidence.lines.values() for line in lines}
    assert set(said) == set(EVIDENCE)
    assert {message for _, message in EVIDENCE} <= set(SENTENCES)
    # which lines an exhibit gives is what it yields, so each must have been called on this company's tables
    assert all(case.history.has(table, *columns) for table, columns, _ in EXHIBITS)


def test_counts_dates_hours_and_shares_are_those_of_the_tables(case: Case) -> None:
    for lines in case.evidence.lines.values():
        for line in lines:
            counted = case.counted[line.reason, line.message]
            expected = [found is not None for found in counted]
            assert line.holds.tolist() == expected, (line.reason, line.message)
            for row in np.flatnonzero(line.holds):
                for name, value in counted[row].items():
                    value = instant(value) if isinstance(value, datetime) else value
                    assert line.arguments[name][row] == pytest.approx(value, rel=1e-9), (line.message, name)


def test_order_of_evidence_is_that_of_the_recount(case: Case) -> None:
    for word, lines in case.evidence.lines.items():
        assert [line.message for line in lines] == [message for reason, message in EVIDENCE if reason == word]


def test_each_kind_occurs(staging: Path) -> None:
    """A count that is never anything but nothing would prove nothing."""
    seen: Counter[tuple[str, str]] = Counter()
    for back_days in (0, 110):
        case = Case(staging, back_days)
        for key, counted in case.counted.items():
            seen[key] += sum(found is not None for found in counted)
    assert {key for key in EVIDENCE if not seen[key]} == set(), seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_say_what_was_counted(case: Case, language: str) -> None:
    texts = Texts(language)
    n = len(case.people)
    for word in case.evidence.lines:
        rows = np.flatnonzero(case.evidence.supported[:, WORDS.index(word)])
        code = np.full((n, 3), -1, np.int8)
        code[rows, 1] = WORDS.index(word)
        nothing = np.full((n, 3), np.nan)
        choice = Choice(code, nothing, nothing[:, 0], np.zeros(n, bool))
        written = write_texts(choice, case.evidence, case.leaving, Stated.nothing(n), texts)
        keys = [key for key in EVIDENCE if key[0] == word]
        for row in rows:
            parts = [sentence(key[1], said, language) for key in keys if (said := case.counted[key][row])]
            assert plain(written[row, 1]) == f"{texts.reason(word)}: {'; '.join(parts[:LINES])}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_symptoms_and_statements_say_what_the_tables_hold(case: Case, language: str) -> None:
    texts = Texts(language)
    n = len(case.people)
    stated = stated_reasons(case.history, case.rows, case.leaving, {})
    code = np.full((n, 3), -1, np.int8)
    code[:, 0] = np.where(stated.code >= 0, stated.code, WORDS.index("unknown"))
    nothing = np.full((n, 3), np.nan)
    choice = Choice(code, nothing, nothing[:, 0], stated.code >= 0)
    written = write_texts(choice, case.evidence, case.leaving, stated, texts)
    kinds = set()
    for row, who in enumerate(case.people):
        message, said = statement(who) or symptom(who)
        kinds.add(message)
        first = plain(written[row, 0]).split(": ", 1)[1].split("; ")[0]
        assert first == sentence(message, said, language)
    assert {"reason-stated-evidence", "reason-unknown-evidence-silent", "reason-unknown-evidence-rhythm"} <= kinds


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [1, 2, 5, 11, 21, 22, 111])
def test_plural_forms(language: str, n: int) -> None:
    texts = Texts(language)
    said = dict.fromkeys(("bad", "all", "count", "days", "own", "hours", "delay", "before", "gap", "silence"), n)
    said |= {"others": n / 100, "change": n / 100, "now": n, "at": datetime(2024, 5, n % 28 or 1)}
    for message in SENTENCES:
        given = said | ({"now": n / 100, "before": n / 100} if message == "reason-price-evidence-discount" else {})
        assert plain(texts.format(message, **given)) == sentence(message, given, language), message


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")
