"""A run that is killed leaves nothing half-written, and the next one ends as if nothing had been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from small_project import SmallProject
from winback.errors import LockedError
from winback.pipelines.project import Project
from winback.settings import load_settings

pytestmark = [pytest.mark.xdist_group("small_project"), pytest.mark.slow]

COMPARED = ("ranking.parquet", "ranking.csv", "ranking.xlsx", "offers.parquet")
MAIN = "from winback.cli import main; main()"


def start(project: SmallProject) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MAIN, "run", "--params", str(project.params)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    """Wait until something can be seen; the process must not have ended before."""
    while not seen():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.002)


def whole(folder: Path, marker: str) -> bool:
    return not folder.exists() or (folder / marker).exists()


def test_killed_at_several_places(finished, simulated, tmp_path):
    project = simulated.copy(tmp_path / "killed")
    root = project.folder
    moments: list[Callable[[], bool]] = [
        lambda: bool(list((root / "data").glob(".*.new-*"))),
        lambda: (root / "data/staging").exists(),
        lambda: (root / ".winback/stages/featurize.json").exists(),
        lambda: bool(list((root / "models").glob(".challenger.new-*"))),
        lambda: (root / ".winback/stages/kpis.json").exists(),
    ]
    for moment in moments:
        process = start(project)
        wait_for(process, moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert whole(root / "data/staging", "summary.json")
        assert whole(root / "data/features", "features.parquet")
        assert whole(root / "models/challenger", "about.json")
        assert whole(root / "models/champion", "mlflow.json")
        for cycle in root.glob("data/scored/[0-9]*"):
            assert (cycle / "manifest.json").exists()
    said = project.winback("run", "--quiet")
    assert said.code == 0, said.err
    assert not project.half_written()
    for name in COMPARED:
        assert (project.cycle / name).read_bytes() == (finished.cycle / name).read_bytes(), name


def test_a_polite_kill_says_so(simulated, tmp_path):
    project = simulated.copy(tmp_path / "stopped")
    process = start(project)
    wait_for(process, lambda: (project.folder / ".winback/stages/prepare.json").exists())
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "Stopped" in err
    assert "Traceback" not in err
    assert not project.half_written()


def test_a_second_run_is_kept_out(simulated, tmp_path):
    project = simulated.copy(tmp_path / "locked")
    with Project(load_settings(project.params)).hold():
        for command in ("run", "score", "check", "train"):
            said = project.winback(command)
            assert said.code == (4 if command == "score" else 5), said
            assert "Traceback" not in said.err
        seen: list[type] = []

        def other() -> None:
            try:
                with Project(load_settings(project.params)).hold():
                    seen.append(type(None))
            except LockedError:
                seen.append(LockedError)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert seen == [LockedError]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", MAIN, "check", "--params", str(project.params)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 5
    assert project.winback("check", "--quiet").code == 0
