"""What a stage says about how far it is; the command line decides how that looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears about steps; see `Silent` for the one that shows nothing."""

    def stage(self, name: str) -> None:
        """Note that a stage begins."""

    def step(self, what: str) -> None:
        """Note that a step inside the stage begins."""

    def note(self, what: str) -> None:
        """Say something that a person should read."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str) -> None:
        """Do nothing."""

    def step(self, what: str) -> None:
        """Do nothing."""

    def note(self, what: str) -> None:
        """Do nothing."""
