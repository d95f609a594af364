"""Which model scores."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from winback.errors import UsageError
from winback.evaluation import EvaluationReport
from winback.files import read_json, replacing_folder, write_json
from winback.pipelines.evaluate import EVALUATION, RUN
from winback.pipelines.models import ABOUT
from winback.pipelines.project import Project
from winback.pipelines.stage import Context, Result
from winback.settings import Settings
from winback.tracking import Tracker

PROMOTION = "promotion.json"


def promote(context: Context) -> Result:
    """Let the challenger take the champion's place, unless it is worse; a refusal leaves the champion scoring."""
    return _promote(context.project, objections(context.project), why="")


def promote_by_hand(settings: Settings, *, force: bool, why: str, rollback: bool) -> Result:
    """Promote, force or take back a promotion.

    Raises
    ------
    UsageError
        For ``--force`` without a reason.
    NoModelError
        For a rollback with nothing to go back to.
    """
    project = Project(settings)
    if rollback:
        return _roll_back(project)
    if force and not why.strip():
        raise UsageError("--force needs a reason", next_step="say it with --why; it is kept with the model")
    found = objections(project)
    if force:
        return _promote(project, [], why=why, overruled=found)
    return _promote(project, found, why=why)


def objections(project: Project) -> list[str]:
    """Return what speaks against the challenger; nothing where there is no champion to compare with."""
    challenger = read_json(project.require(project.challenger, "train") / ABOUT)
    report = _evaluation(project.require(project.root / "models/evaluation", "evaluate"))
    if not project.champion.is_dir():
        return []
    champion = read_json(project.champion / ABOUT)
    if challenger["label"] != champion["label"]:
        return [f"it was trained on another label: {challenger['label']} instead of {champion['label']}"]
    missing = sorted(set(champion["features"]) - set(challenger["features"]))
    found = [f"it lacks {len(missing)} features of the champion, such as {missing[0]}"] if missing else []
    before = _evaluation(project.champion)
    return found + _worse(report, before, project.settings.promotion.tolerance)


def _worse(new: EvaluationReport, old: EvaluationReport, tolerance: float) -> list[str]:
    """Populations in which the challenger's whole AUC interval lies below the champion's figure less the tolerance."""
    found = []
    for population in new.populations.keys() & old.populations.keys():
        before = old.populations[population].scores["model"]["auc"]
        after = new.populations[population].scores["model"]["auc"]
        if before.value is None or after.high is None or after.high >= before.value - tolerance:
            continue
        found.append(
            f"{population}: its AUC of {after.value:.3f} (at most {after.high:.3f}) is below the champion's "
            f"{before.value:.3f}"
        )
    return found


def _evaluation(folder: Path) -> EvaluationReport:
    return EvaluationReport.from_json(read_json(folder / EVALUATION))


def _promote(project: Project, against: list[str], *, why: str, overruled: list[str] | None = None) -> Result:
    about = read_json(project.challenger / ABOUT)
    result: dict[str, Any] = {
        "promoted": not against,
        "version": about["version"],
        "against": against,
        "overruled": overruled or [],
        "why": why,
    }
    if against:
        result["champion"] = read_json(project.champion / ABOUT)["version"]
        return result
    with replacing_folder(project.champion) as folder:
        shutil.copytree(project.challenger, folder, dirs_exist_ok=True)
        shutil.copytree(project.root / "models/evaluation", folder, dirs_exist_ok=True)
        write_json(folder / PROMOTION, result)
    Tracker(project.mlruns).promote(read_json(project.champion / RUN)["run_id"], why=why)
    return {**result, "champion": about["version"]}


def _roll_back(project: Project) -> Result:
    tracker = Tracker(project.mlruns)
    before = tracker.rollback()
    tracker.fetch(before.version, project.champion)
    write_json(project.champion / RUN, {"run_id": before.run_id})
    version = read_json(project.champion / ABOUT)["version"]
    return {
        "promoted": True,
        "version": version,
        "champion": version,
        "against": [],
        "overruled": [],
        "why": "rollback",
    }
