"""A project folder: where things are, who holds it, and what a killed run may have left in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from winback.errors import LockedError, NoModelError, UsageError
from winback.files import read_json
from winback.settings import Settings
from winback.texts import Texts

#: What makes a cycle's folder one: written last.
MANIFEST = "manifest.json"
#: Folders that stages write to; leftovers of killed runs are looked for in them.
WRITTEN = ("data", "models", ".winback")


@dataclass(frozen=True)
class Project:
    """The places of one project.

    Parameters
    ----------
    settings : Settings
        Its settings; ``settings.root`` is the folder.
    """

    settings: Settings

    @property
    def root(self) -> Path:
        """The folder of ``params.yaml``."""
        return self.settings.root

    @property
    def truth(self) -> Path:
        """What only the demo company knows; no stage reads it."""
        return self.root / "data/truth"

    @property
    def staging(self) -> Path:
        """Clean, typed, sorted tables."""
        return self.root / "data/staging"

    @property
    def quarantine(self) -> Path:
        """Rows that were refused, and why."""
        return self.root / "data/quarantine"

    @property
    def features(self) -> Path:
        """The training snapshots and their features."""
        return self.root / "data/features"

    @property
    def kpis(self) -> Path:
        """The statistics."""
        return self.root / "data/kpis"

    @property
    def outcomes(self) -> Path:
        """What past cycles earned."""
        return self.root / "data/outcomes"

    @property
    def scored(self) -> Path:
        """One folder per cycle."""
        return self.root / "data/scored"

    @property
    def tuned(self) -> Path:
        """Settings of the model that the search adopted."""
        return self.root / "models/tuned"

    @property
    def challenger(self) -> Path:
        """The model that was trained last."""
        return self.root / "models/challenger"

    @property
    def champion(self) -> Path:
        """The model that scores."""
        return self.root / "models/champion"

    @property
    def mlruns(self) -> Path:
        """MLflow's database and artefacts."""
        return self.root / "mlruns"

    def cycle_folder(self, as_of: date) -> Path:
        """Folder of the cycle of that day."""
        return self.scored / as_of.isoformat()

    def require(self, folder: Path, made_by: str) -> Path:
        """Return ``folder``, or say which command makes it.

        Raises
        ------
        NoModelError
            For a model that is not there.
        UsageError
            For any other folder that is not there.
        """
        if folder.is_dir():
            return folder
        kind = NoModelError if folder.is_relative_to(self.root / "models") else UsageError
        raise kind(
            f"{folder.relative_to(self.root)} is not there",
            next_step=f"run 'winback {made_by}' first, or 'winback run' for the whole way",
        )

    def staged_as_of(self) -> date:
        """Return the ``as_of`` for which the staged tables were prepared."""
        summary = read_json(self.require(self.staging, "prepare") / "summary.json")
        return date.fromisoformat(summary["as_of"])

    def instant(self, day: date) -> int:
        """Microseconds since the epoch at which ``day`` begins in the project's time zone."""
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.settings.data.timezone))
        return round(local.astimezone(UTC).timestamp()) * 1_000_000

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep every other run out of the folder, and clear what a killed one left.

        Raises
        ------
        LockedError
            When another run holds the project.
        """
        own = self.root / ".winback"
        own.mkdir(parents=True, exist_ok=True)
        lock = FileLock(own / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(
                f"Another run holds {self.root}", next_step="wait until it has ended; the lock goes with its process"
            ) from None
        try:
            self._clear_leftovers()
            yield
        finally:
            lock.release()

    def _clear_leftovers(self) -> None:
        """Remove unfinished copies: only a killed run leaves them, and none is running now."""
        for folder in WRITTEN:
            for pattern in (".*.new-*", ".*.old-*"):
                for leftover in (self.root / folder).rglob(pattern):
                    if leftover.is_dir():
                        shutil.rmtree(leftover, ignore_errors=True)
                    else:
                        leftover.unlink(missing_ok=True)


def texts_of(settings: Settings) -> Texts:
    """Return the texts in the project's language, currency and time zone."""
    return Texts(settings.run.language, settings.run.currency, zone=ZoneInfo(settings.data.timezone))
