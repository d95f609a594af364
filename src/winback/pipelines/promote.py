"""Which model scores."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from typing import Any

from winback.errors import UsageError
from winback.files import read_json, replacing_folder, write_json
from winback.pipelines.evaluate import RUN
from winback.pipelines.featurize import open_history
from winback.pipelines.models import ABOUT
from winback.pipelines.project import Project
from winback.pipelines.rivals import Meeting, meet
from winback.pipelines.stage import Context, Result
from winback.pipelines.watch import shifted
from winback.settings import Settings
from winback.tracking import Tracker

PROMOTION = "promotion.json"


@dataclass(frozen=True)
class Verdict:
    """What speaks against a challenger.

    Parameters
    ----------
    against : tuple of str
        Objections; none: it is promoted.
    meeting : Meeting or None
        How it compares with the champion; None where there was nothing to compare.
    """

    against: tuple[str, ...] = ()
    meeting: Meeting | None = None


def promote(context: Context) -> Result:
    """Let the challenger take the champion's place, unless it is worse; a refusal leaves the champion scoring."""
    return _promote(context.project, judge_challenger(context.project, context.as_of), why="", force=False)


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
    return _promote(project, judge_challenger(project), why=why, force=force)


def judge_challenger(project: Project, as_of: date | None = None) -> Verdict:
    """Return what speaks against the challenger; nothing where there is no champion to compare with.

    Another label or other populations, features that the champion had and the challenger lacks, customers who no longer
    look as in the challenger's own training (`watch.shifted`), and whatever got worse beyond noise on snapshots that
    are new to both: ranking, calibration, the money that the list finds (`rivals.meet`).
    """
    challenger = read_json(project.require(project.challenger, "train") / ABOUT)
    project.require(project.root / "models/evaluation", "evaluate")
    if not project.champion.is_dir():
        return Verdict()
    champion = read_json(project.champion / ABOUT)
    if challenger["version"] == champion["version"]:
        return Verdict()
    for what in ("label", "population"):
        if challenger[what] != champion[what]:
            return Verdict((f"it was trained on another {what}: {challenger[what]} instead of {champion[what]}",))
    missing = sorted(set(champion["features"]) - set(challenger["features"]))
    found = [f"it lacks {len(missing)} features of the champion, such as {missing[0]}"] if missing else []
    history = open_history(project, as_of)
    found += shifted(project, history)
    meeting = meet(project, history)
    if meeting.comparison is not None:
        found += meeting.comparison.worse(project.settings.promotion.tolerance)
    return Verdict(tuple(found), meeting)


def _promote(project: Project, verdict: Verdict, *, why: str, force: bool) -> Result:
    about = read_json(project.challenger / ABOUT)
    promoted = force or not verdict.against
    result: dict[str, Any] = {
        "promoted": promoted,
        "version": about["version"],
        "champion": about["version"] if promoted else read_json(project.champion / ABOUT)["version"],
        "against": [] if promoted else list(verdict.against),
        "overruled": list(verdict.against) if promoted else [],
        "why": why,
        "compared": None if verdict.meeting is None else verdict.meeting.to_json(),
    }
    run_id = read_json(project.root / "models/evaluation" / RUN)["run_id"]
    tracker = Tracker(project.mlruns)
    tracker.note_verdict(run_id, result)
    if promoted:
        with replacing_folder(project.champion) as folder:
            shutil.copytree(project.challenger, folder, dirs_exist_ok=True)
            shutil.copytree(project.root / "models/evaluation", folder, dirs_exist_ok=True)
            write_json(folder / PROMOTION, result)
        tracker.promote(run_id, why=why)
    return result


def _roll_back(project: Project) -> Result:
    tracker = Tracker(project.mlruns)
    before = tracker.previous()
    tracker.fetch(before.version, project.champion)
    version = read_json(project.champion / ABOUT)["version"]
    result: dict[str, Any] = {
        "promoted": True,
        "version": version,
        "champion": version,
        "against": [],
        "overruled": [],
        "why": "rollback",
        "compared": None,
    }
    write_json(project.champion / RUN, {"run_id": before.run_id})
    write_json(project.champion / PROMOTION, result)
    # last, so that the alias never names a model that is not in place
    tracker.rollback()
    return result
