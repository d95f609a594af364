"""Every way in which winback can refuse, with the exit code that each one ends the program with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class WinbackError(Exception):
    """A refusal that a person can act on.

    Parameters
    ----------
    what : str
        What is wrong, with the place (file, table, column, key) and the value found.
    expected : str, optional
        What would have been accepted.
    next_step : str, optional
        What to do about it.

    Examples
    --------
    >>> print(WinbackError("orders.csv has no column 'amount'", next_step="map it in params.yaml"))
    orders.csv has no column 'amount'
      What to do: map it in params.yaml
    """

    exit_code = 1

    def __init__(self, what: str, *, expected: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [self.what]
        if self.expected:
            lines.append(f"  Expected: {self.expected}")
        if self.next_step:
            lines.append(f"  What to do: {self.next_step}")
        return "\n".join(lines)


class UsageError(WinbackError):
    """The command was called in a way that it does not understand."""

    exit_code = 2


@dataclass(frozen=True)
class Fault:
    """One fault among several: where it stands and what is wrong there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ManyFaultsError(WinbackError):
    """A refusal that lists all the faults of one file or table at once."""

    def __init__(self, what: str, faults: Sequence[Fault] = (), *, expected: str = "", next_step: str = "") -> None:
        super().__init__(what, expected=expected, next_step=next_step)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        head, *rest = super().__str__().split("\n")
        return "\n".join([head, *(f"  - {fault}" for fault in self.faults), *rest])


class SettingsError(ManyFaultsError):
    """``params.yaml`` says something that cannot be followed."""

    exit_code = 2


class DataError(ManyFaultsError):
    """The input data cannot be used as it is."""

    exit_code = 3


class HistoryTooShortError(DataError):
    """The data does not cover the window that a label or a split needs."""


class NoModelError(WinbackError):
    """There is no model that may score this data."""

    exit_code = 4


class LockedError(WinbackError):
    """Another run holds the project's lock."""

    exit_code = 5
