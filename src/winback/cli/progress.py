"""Progress on stderr: a live line where it is a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """Shows the stages of a run; use as a context manager.

    Parameters
    ----------
    quiet : bool
        Show nothing but notes.
    total : int, optional
        How many stages there will be, where that is known.
    """

    def __init__(self, *, quiet: bool, total: int | None = None) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.quiet = quiet
        self._live = self.console.is_terminal and not quiet
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self._live,
        )
        self._task = self._bar.add_task("", total=total)
        self._name = ""
        self._since = time.perf_counter()

    def __enter__(self) -> TerminalProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._bar.stop()

    def stage(self, name: str) -> None:
        """Begin a stage."""
        self._finish()
        self._name = name
        self._since = time.perf_counter()
        self._bar.update(self._task, description=name)
        if not self.quiet and not self._live:
            self.console.print(f"{name} …")

    def step(self, what: str) -> None:
        """Begin a step of the stage."""
        self._bar.update(self._task, description=f"{self._name}: {what}")

    def note(self, what: str) -> None:
        """Say something that a person should read, even when quiet."""
        self.console.print(f"note: {what}", markup=False, soft_wrap=True)

    def _finish(self) -> None:
        if not self._name:
            return
        self._bar.advance(self._task)
        if self._live:
            self.console.print(f"{self._name}  [dim]{time.perf_counter() - self._since:.1f} s[/dim]")
        self._name = ""
