"""Options that every command has, and what they are turned into."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from winback.cli.progress import TerminalProgress
from winback.settings import Settings, load_settings


@dataclass(frozen=True)
class Call:
    """How a command was called."""

    params: Path
    as_json: bool
    quiet: bool

    def settings(self) -> Settings:
        """Read the settings file."""
        return load_settings(self.params)

    def progress(self, total: int | None = None) -> TerminalProgress:
        """Open the progress display."""
        return TerminalProgress(quiet=self.quiet, total=total)

    def answer(self, result: Any, show: Callable[[Any], None]) -> None:
        """Print the result: JSON for machines, ``show`` for people."""
        if self.as_json:
            click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=str))
        else:
            show(result)


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--params``, ``--json`` and ``--quiet``; the command receives a `Call` first."""

    @click.option(
        "--params",
        type=click.Path(path_type=Path),
        default=Path("params.yaml"),
        show_default=True,
        help="Settings file; relative paths in it are relative to its folder.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @click.option("--quiet", is_flag=True, help="No progress.")
    @functools.wraps(command)
    def wrapped(params: Path, as_json: bool, quiet: bool, **rest: Any) -> None:
        command(Call(params, as_json, quiet), **rest)

    return wrapped


class Day(click.ParamType):  # type: ignore[type-arg]
    """A day such as 2024-05-06."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Turn the text into a date."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2024-05-06", param, ctx)


as_of = click.option("--as-of", "as_of", type=Day(), default=None, help="The day of the run; else as the settings say.")
