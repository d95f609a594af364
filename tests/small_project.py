"""A small demo project that tests of the pipelines and of the command line share."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from winback.cli import run
from winback.tracking.quiet import hushed, import_mlflow
from winback.tracking.tracker import Tracker

#: The file of MLflow's database.
STORE = "mlflow.db"

#: What makes a run quick; one thread, since the tests' own workers take the cores.
QUICK = {
    "run": {"threads": 1},
    "snapshots": {"max_cutoffs": 8},
    "model": {"max_rounds": 40, "seeds": 1, "bootstrap_samples": 20},
    "simulate": {"customers": 300, "days": 500},
}


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stands on stdout, all of it, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class SmallProject:
    """A project folder with the commands of the command line."""

    folder: Path

    def winback(self, command: str, *arguments: str) -> Said:
        """Run a command in this process."""
        return winback(command, "--params", str(self.params), *arguments)

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change keys of the settings as another program would: load, set, dump."""
        content = yaml.safe_load(self.params.read_text(encoding="utf-8"))
        for section, keys in changes.items():
            content[section] = {**content.get(section, {}), **keys} if section != "actions" else keys
        self.params.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    def copy(self, folder: Path) -> SmallProject:
        """Copy everything, so that a test may change it."""
        shutil.copytree(self.folder, folder)
        return SmallProject(folder)

    @property
    def params(self) -> Path:
        return self.folder / "params.yaml"

    @property
    def cycle(self) -> Path:
        """The folder of the latest cycle."""
        return sorted((self.folder / "data/scored").glob("[0-9]*"))[-1]

    def ranking(self) -> pd.DataFrame:
        return pd.read_parquet(self.cycle / "ranking.parquet")

    def offers(self) -> pd.DataFrame:
        return pd.read_parquet(self.cycle / "offers.parquet")

    def manifest(self) -> Any:
        return json.loads((self.cycle / "manifest.json").read_text(encoding="utf-8"))

    def records(self) -> dict[str, int]:
        """When each stage was last executed."""
        return {path.stem: path.stat().st_mtime_ns for path in self.folder.glob(".winback/stages/*.json")}

    def half_written(self) -> list[Path]:
        """Unfinished copies that lie about."""
        return [path for path in self.folder.rglob("*") if ".new-" in path.name or ".old-" in path.name]


def winback(*arguments: str) -> Said:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(arguments))
    return Said(code, out.getvalue(), err.getvalue())


@functools.cache
def _empty_store() -> bytes:
    """MLflow's database when nothing has been logged: making it takes longer than training on a small project."""
    with tempfile.TemporaryDirectory() as folder:
        tracker = Tracker(Path(folder))
        with hushed():
            import_mlflow().MlflowClient(tracker.store, tracker.store).search_experiments()
        return (Path(folder) / STORE).read_bytes()


def new_project(folder: Path, changes: Mapping[str, Any] | None = None) -> SmallProject:
    """Make a project as a user would, with quick settings."""
    assert winback("init", str(folder), "--quiet").code == 0
    project = SmallProject(folder)
    project.edit(QUICK)
    project.edit(changes or {})
    give_store(project.folder / "mlruns")
    return project


def give_store(mlruns: Path) -> None:
    """Put MLflow's database where the first training would make it."""
    mlruns.mkdir(exist_ok=True)
    (mlruns / STORE).write_bytes(_empty_store())
