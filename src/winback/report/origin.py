"""Where the page comes from: what the input was like, and how the run was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from winback.report.parts import Cell, Numbers, Row, Table, cells
from winback.sources import StagingReport
from winback.texts import Texts

#: Rules of the quarantine shown by themselves.
RULES = 15
#: Longer values of the manifest are cut: the file beside the page has them whole.
LONGEST = 160


@dataclass(frozen=True)
class DataSection:
    """What the section about the input shows."""

    tables: Table
    rules: Table | None
    remarks: list[str]


def data_section(staging: StagingReport, texts: Texts) -> DataSection:
    """Describe the input: tables, what was set aside, what was not there."""
    write = Numbers(texts)
    rows = [
        Row(
            [
                Cell(table.table, ", ".join(table.missing) and texts.format(
                    "data-without", columns=", ".join(table.missing))),
                Cell(write.number(table.rows_read)),
                Cell(write.number(table.rows_kept)),
                Cell(write.number(table.rows_bad), write.percent(table.bad_share, 2) if table.rows_bad else ""),
                Cell(table.first_at[:10]),
                Cell(table.last_at[:10]),
            ]
        )
        for table in staging.tables
    ]  # fmt: skip
    titles = ("data-table", "data-read", "data-kept", "data-bad", "data-first", "data-last")
    tables = Table([texts.format(title) for title in titles], [False, True, True, True, False, False], rows)
    return DataSection(tables, _rules(staging, texts), staging.remarks(texts))


def _rules(staging: StagingReport, texts: Texts) -> Table | None:
    found = [(table.table, rule) for table in staging.tables for rule in table.rules]
    found.sort(key=lambda pair: (-pair[1].rows, pair[0], pair[1].column, pair[1].rule))
    if not found:
        return None
    rows = [
        Row(cells([table, rule.column, rule.rule.replace("_", " "), texts.number(rule.rows), rule.example[:LONGEST]]))
        for table, rule in found[:RULES]
    ]
    titles = ("data-table", "data-column", "data-rule", "data-rows", "data-example")
    return Table([texts.format(title) for title in titles], [False, False, False, True, False], rows)


def manifest_lines(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Flatten the manifest into names and values.

    Examples
    --------
    >>> manifest_lines({"model": {"version": "v1"}, "rows": [1, 2]})
    [('model · version', 'v1'), ('rows', '[1, 2]')]
    """
    return [(" · ".join(path), _cut(value)) for path, value in _leaves(manifest, ())]


def _leaves(content: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in content.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, here)
        else:
            yield here, value


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
