"""Notebooks run from top to bottom, on a small project or on one that they make, and are committed without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from winback.cli import run

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Keys of the template, and the small values that a test gives them.
SMALL = {
    "customers": "300",
    "days": "500",
    "max_cutoffs": "8",
    "max_rounds": "60",
    "seeds": "1",
    "bootstrap_samples": "20",
    "threads": "1",
}


def smaller(text: str) -> str:
    for key, value in SMALL.items():
        text, found = re.subn(rf"(?m)^(  {key}:) \S+", rf"\1 {value}", text)
        assert found == 1, key
    return text


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of 300 customers, from nothing to its list, by the commands that a user would type."""
    folder = tmp_path_factory.mktemp("company") / "project"
    assert run(["init", str(folder), "--quiet"]) == 0
    params = folder / "params.yaml"
    params.write_text(smaller(params.read_text(encoding="utf-8")), encoding="utf-8")
    for command in ("simulate", "run"):
        assert run([command, "--params", str(params), "--quiet"]) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(path, as_version=4)
    if "WINBACK_PROJECT" in path.read_text(encoding="utf-8"):
        monkeypatch.setenv("WINBACK_PROJECT", str(request.getfixturevalue("small_project")))
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    assert sum("image/png" in out.get("data", {}) for out in outputs) >= 3
    if path.stem == "02_retrain":
        said = "".join(out.get("text", "") for out in outputs)
        assert said.count("Promoted: ") + said.count("Refused; ") == 1
        assert "new since the champion: 3\n" in said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
