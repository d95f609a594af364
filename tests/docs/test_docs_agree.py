"""The documents name what the program has: tables, settings, commands, reasons; and their examples run."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from pydantic import BaseModel

from winback.cli.commands import group
from winback.columns import Column
from winback.errors import DataError, LockedError, NoModelError, SettingsError, UsageError
from winback.reasons import WORDS
from winback.settings import ActionSettings, Settings, TableSettings, load_settings
from winback.sources import prepare_sources
from winback.tables import TABLES
from winback.targeting import DECISIONS

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guide"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples/README.md"]


def cells(text: str) -> list[list[str]]:
    """Rows of all tables of a page whose first cell is code."""
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")
    ]


def section(text: str, heading: str) -> str:
    found = re.search(rf"(?ms)^{re.escape(heading)}\n(.*?)(?=^#|\Z)", text)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("page", sorted(GUIDE.glob("*.md")), ids=lambda page: page.stem)
def test_examples_run(page: Path) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testfile(str(page), module_relative=False, optionflags=flags).failed == 0


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_input_page_has_every_column(table) -> None:
    rows = cells(section((GUIDE / "input.md").read_text(encoding="utf-8"), f"### {table.name}"))
    assert [(row[0], row[1]) for row in rows] == [(shown(column), column.kind) for column in table.columns]
    for row, column in zip(rows, table.columns, strict=True):
        assert re.findall(r"`(\w+)`", row[2]) == [*column.choices, *([column.not_before] if column.not_before else [])]
        limits = [f"{limit:g}" for limit in (column.minimum, column.maximum) if limit is not None]
        assert re.findall(r"\b\d+\b", row[2]) == limits


def shown(column: Column) -> str:
    return f"`{column.name}`" + (" *" if column.required else "")


def keys(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in section.model_fields.items():
        default = "required" if field.is_required() else field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from keys(type(default), f"{prefix}{name}.")
        elif f"{prefix}{name}" not in ("root", "actions"):
            yield f"{prefix}{name}", default


def test_settings_page_has_every_key_with_its_default() -> None:
    wanted = (
        dict(keys(Settings, ""))
        | dict(keys(ActionSettings, "actions.*."))
        | dict(keys(TableSettings, "data.tables.*."))
    )
    rows = cells((GUIDE / "settings.md").read_text(encoding="utf-8"))
    assert {row[0].strip("`") for row in rows} == set(wanted)
    for key, default, *_ in rows:
        said = yaml.safe_load(default.strip("`"))
        have = wanted[key.strip("`")]
        have = list(have) if isinstance(have, tuple) else have.isoformat() if hasattr(have, "isoformat") else have
        assert said == have, key


def test_commands_page_has_every_command_with_its_options() -> None:
    rows = cells((GUIDE / "commands.md").read_text(encoding="utf-8"))
    said = {row[0].strip("`").split()[0]: set(re.findall(r"--[\w-]+", "".join(row[2:]))) for row in rows}
    common = {"--params", "--json", "--quiet", "--help"}
    for name, command in group.commands.items():
        own = {option for param in command.params if isinstance(param, click.Option) for option in param.opts} - common
        assert said.pop(name) == own, name
    assert not said


def test_commands_page_has_every_exit_code() -> None:
    page = section((GUIDE / "commands.md").read_text(encoding="utf-8"), "## Exit codes")
    codes = {error.exit_code for error in (UsageError, SettingsError, DataError, NoModelError, LockedError)}
    assert {int(code) for code in re.findall(r"(?m)^\| (\d) \|", page)} == codes | {0, 1}


def test_every_reason_and_decision_is_explained() -> None:
    assert [row[0].strip("`") for row in cells((GUIDE / "reasons.md").read_text(encoding="utf-8"))] == list(WORDS)
    rows = cells(section((GUIDE / "decisions.md").read_text(encoding="utf-8"), "## The six decisions"))
    assert {row[0].strip("`") for row in rows} == set(DECISIONS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_readmes_mapping_reads_its_file(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw/sales.csv").write_text(re.search(r"(?s)```csv\n(.*?)```", readme)[1], encoding="utf-8")
    (tmp_path / "params.yaml").write_text(re.search(r"(?s)```yaml\n(.*?)```", readme)[1], encoding="utf-8")
    report = prepare_sources(load_settings(tmp_path / "params.yaml"))
    (orders,) = report.tables
    assert (orders.rows_read, orders.rows_kept, report.as_of) == (3, 3, "2024-03-03")
    assert orders.first_at.startswith("2024-02-01T08:15")
