"""A stage: what it reads, what it makes, and whether that is still up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from winback.files import read_json, sha256_of_file, sha256_of_json, write_json
from winback.pipelines.code import code_digest
from winback.pipelines.progress import Progress, Silent
from winback.pipelines.project import Project
from winback.settings import Settings, restrict
from winback.settings.restrict import ALWAYS
from winback.sources import raw_digest

Result = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What a stage is given.

    Parameters
    ----------
    project : Project
        The folder; its settings are the restricted ones.
    as_of : date, optional
        The day that the command line asked for; None: as the settings say.
    progress : Progress
        Who is told how far the stage is.
    timings : dict of str to float
        Seconds per step; steps add themselves.
    """

    project: Project
    as_of: date | None = None
    progress: Progress = field(default_factory=Silent)
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings that the stage declared."""
        return self.project.settings

    def step(self, what: str) -> None:
        """Note that a step begins, and how long the one before it took."""
        now = time.perf_counter()
        self._close(now)
        self.timings[what] = -now
        self.progress.step(what)

    def _close(self, now: float) -> None:
        for what, seconds in self.timings.items():
            if seconds < 0:
                self.timings[what] = round(now + seconds, 3)

    def closed_timings(self) -> dict[str, float]:
        """Seconds per step so far."""
        self._close(time.perf_counter())
        return dict(self.timings)


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline, which is also a command and (where it says so) a DVC stage.

    Parameters
    ----------
    name : str
        Name of the command.
    what : str
        One line for people.
    run : callable
        Does the work and returns a result that JSON can hold.
    params : tuple of str
        Sections or keys of the settings that it reads; no others can be read.
    deps : tuple of str
        Files and folders that it reads, relative to the project. ``data/raw`` stands for the input tables.
    outs : tuple of str
        Folders that it writes.
    keeps : bool
        What was in the outs before stays (past cycles, the champion).
    """

    name: str
    what: str
    run: Callable[[Context], Result]
    params: tuple[str, ...] = ()
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    keeps: bool = False

    def execute(
        self, settings: Settings, *, as_of: date | None = None, progress: Progress | None = None, force: bool = True
    ) -> Result:
        """Run the stage, or return what it returned last when nothing that it reads has changed.

        Parameters
        ----------
        settings : Settings
            The whole settings; the stage sees the part that it declares.
        as_of : date, optional
            Day asked for on the command line.
        progress : Progress, optional
            Who is told how far it is.
        force : bool
            Run even when nothing has changed.
        """
        progress = progress or Silent()
        record = settings.path(".winback", "stages", f"{self.name}.json")
        state = self._state(settings, as_of)
        if not force and (known := self._known(record, state, settings.root)) is not None:
            return known
        progress.stage(self.what)
        record.unlink(missing_ok=True)
        project = Project(restrict(settings, self.params))
        result = self.run(Context(project, as_of, progress))
        # what the stage read may have been made by itself in part (past cycles): look again
        write_json(record, {"state": self._state(settings, as_of), "result": result})
        return result

    def _state(self, settings: Settings, as_of: date | None) -> str:
        """Digest of all that decides what the stage makes."""
        return sha256_of_json(
            {
                "code": code_digest(),
                "as_of": as_of,
                "settings": {key: _value(settings, key) for key in self.params if key not in ALWAYS},
                "files": {dep: _digest(settings, dep) for dep in self.deps},
            }
        )

    def _known(self, record: Path, state: str, root: Path) -> Result | None:
        if not record.exists() or not all((root / out).exists() for out in self.outs):
            return None
        known: Mapping[str, Any] = read_json(record)
        return dict(known["result"]) if known["state"] == state else None


def _value(settings: Settings, key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {name: _value_of(item) for name, item in value.items()}
    return value


def _value_of(item: Any) -> Any:
    return item.model_dump(mode="json") if hasattr(item, "model_dump") else item


def _digest(settings: Settings, dep: str) -> Any:
    if dep == "data/raw":
        return raw_digest(settings)
    path = settings.path(dep)
    if path.is_file():
        return sha256_of_file(path)
    return {
        str(file.relative_to(path)): sha256_of_file(file)
        for file in sorted(path.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    }
