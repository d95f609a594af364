"""The command line: `winback COMMAND --params FILE`."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from winback.cli.commands import group
from winback.errors import WinbackError

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with the exit code of DESIGN §9."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str
        What stands after ``winback``.

    Returns
    -------
    int
        0 done; 2 usage or settings; 3 data refused; 4 no usable model; 5 locked; 1 anything else.
    """
    as_json = "--json" in arguments
    try:
        ended = group.main(args=arguments, prog_name="winback", standalone_mode=False)
    except WinbackError as error:
        _tell(str(error), error.exit_code, as_json)
        return error.exit_code
    except click.ClickException as error:
        _tell(error.format_message(), 2, as_json)
        return 2
    except (click.Abort, KeyboardInterrupt):
        _tell("Stopped. Nothing half-written is left; what was complete before still is.", 1, as_json)
        return 1
    except BrokenPipeError:
        # the reader of our output has gone (``| head``): not our fault, nothing to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if os.environ.get("WINBACK_DEBUG"):
            raise
        _tell(_refused_by_the_system(error), 1, as_json)
        return 1
    except Exception as error:
        if os.environ.get("WINBACK_DEBUG"):
            raise
        _tell(_unexpected(error), 1, as_json)
        return 1
    # a command that ends with a code of its own gives it here
    return ended if isinstance(ended, int) else 0


def _tell(message: str, code: int, as_json: bool) -> None:
    click.echo(f"winback: error: {message}", err=True)
    if as_json:
        click.echo(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False))


def _refused_by_the_system(error: OSError) -> str:
    """Say which file could not be read or written, and why: full disks and rights are no faults of the program."""
    place = f"{error.filename}: " if error.filename else ""
    return (
        f"{place}{error.strerror or error}\n"
        "  What to do: see that the folder can be written and the disk has room; what was complete before still is"
    )


def _unexpected(error: Exception) -> str:
    """Say what happened in one line, and keep the traceback for whoever mends it."""
    first = " ".join(str(error).split())[:300]
    place = Path.cwd() / "winback-error.log"
    try:
        place.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the details are in {place}"
    except OSError:
        where = "set WINBACK_DEBUG=1 to see the details"
    return f"{type(error).__name__}: {first}\n  What to do: this is a fault of winback, not yours; {where}"


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """Let a polite kill run the same clean-up as Ctrl-C."""
    raise KeyboardInterrupt
