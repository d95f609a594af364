"""Watching: input and scores against the training, past predictions against what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from winback.errors import UsageError
from winback.evaluation import Estimate, EvaluationReport
from winback.files import read_json
from winback.history import DAY_US, History
from winback.labels import make_labels
from winback.model import load_model
from winback.pipelines.evaluate import EVALUATION
from winback.pipelines.judge import Judgement
from winback.pipelines.models import REFERENCE, ModelSet
from winback.pipelines.project import MANIFEST, Project
from winback.pipelines.rivals import features_of
from winback.pipelines.stage import Result
from winback.ranking import read_ranking
from winback.settings import LabelSettings, Settings
from winback.snapshots import POPULATIONS, Snapshots, snapshots_at
from winback.tables import TABLES
from winback.watching import Promise, Reference, check_promise, raise_alarms, table_volumes
from winback.watching.alarms import SHIFTED_SHARE
from winback.watching.reference import shifted_importance

#: So many cycles whose windows have closed are looked at, the latest ones.
CYCLES = 8
#: Tables in which facts come in by themselves; offers are the company's own doing.
_EVENTS = tuple(name for name, table in TABLES.items() if (table.time or table.parent) and name != "offers")


def watch_cycle(project: Project, history: History, judged: Judgement, models: ModelSet, as_of: date) -> dict[str, Any]:
    """Return all that is watched at a scoring run, as the manifest keeps it.

    Parameters
    ----------
    project : Project
        With a champion and past cycles.
    history : History
        Up to the run's cutoff.
    judged : Judgement
        What this run says of everybody.
    models : ModelSet
        The champion.
    as_of : date
        Day of the run; only earlier cycles are looked at.
    """
    tested = _tested(project.champion)
    features: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    since = ""
    if models.reference is not None:
        since = models.reference.cutoff
        features = models.reference.feature_drift(judged.counts, _importance(project.champion / EVALUATION))
        scores = models.reference.score_drift(judged.churn_probability, judged.snapshots.population)
    volumes = table_volumes(history, _EVENTS)
    promises, open_cycles = _promises(project, history, as_of)
    latest = max((promise.cycle for promise in promises), default="")
    return {
        "reference": since,
        "model": models.version,
        "tested": {name: estimate.to_json() for name, estimate in tested.items()},
        "features": features,
        "scores": scores,
        "volumes": volumes,
        "promises": [promise.to_json() for promise in promises],
        "open": open_cycles,
        "alarms": raise_alarms(features, scores, volumes, [one for one in promises if one.cycle == latest]),
    }


def watched(settings: Settings, *, as_of: date | None = None) -> Result:
    """Return what a cycle's run watched; by default the latest cycle's.

    Raises
    ------
    UsageError
        When there is no such cycle, or it was scored before anything was watched.
    """
    project = Project(settings)
    days = sorted(path.parent.name for path in project.scored.glob(f"*/{MANIFEST}"))
    day = as_of.isoformat() if as_of else (days[-1] if days else "")
    if day not in days:
        what = f"There is no cycle of {day}" if day else "Nothing has been scored yet"
        raise UsageError(what, next_step="run 'winback score'")
    manifest = read_json(project.scored / day / MANIFEST)
    if "watch" not in manifest:
        raise UsageError(f"The cycle of {day} was scored by a version that watched nothing", next_step="score it again")
    return {"as_of": day, **manifest["watch"]}


def shifted(project: Project, history: History) -> list[str]:
    """Say whether today's customers look unlike those that the challenger was trained on; mostly a feed has broken."""
    path = project.challenger / REFERENCE
    if not path.exists():
        return []
    snapshots = snapshots_at(history, [history.ends_at], project.settings.population)
    matrix = features_of(load_model(project.challenger / "churn"), history, snapshots, project.settings)
    importance = _importance(project.root / "models/evaluation" / EVALUATION)
    reference = Reference.from_json(read_json(path))
    drifts = reference.feature_drift(reference.count(matrix), importance)
    share = shifted_importance(drifts)
    if share <= SHIFTED_SHARE:
        return []
    return [
        f"features with {share:.0%} of its importance have drifted since its training, most {drifts[0]['feature']} "
        f"(index {drifts[0]['drift']:.2f})"
    ]


def _importance(path: Path) -> dict[str, float]:
    report = EvaluationReport.from_json(read_json(path))
    return {str(entry["feature"]): float(entry["share"]) for entry in report.importance}


def _tested(champion: Path) -> dict[str, Estimate]:
    report = EvaluationReport.from_json(read_json(champion / EVALUATION))
    return {name: part.scores["model"]["auc"] for name, part in report.populations.items()}


def _promises(project: Project, history: History, as_of: date) -> tuple[list[Promise], list[dict[str, str]]]:
    """Promises of the latest cycles whose windows have closed, and the cycles whose windows are open."""
    found: list[Promise] = []
    still_open: list[dict[str, str]] = []
    closed = 0
    for folder in sorted((path.parent for path in project.scored.glob(f"*/{MANIFEST}")), reverse=True):
        day = date.fromisoformat(folder.name)
        if day >= as_of or closed == CYCLES:
            continue
        manifest = read_json(folder / MANIFEST)
        label = LabelSettings(**manifest["settings"]["label"])
        if project.instant(day) + label.horizon_days * DAY_US > history.ends_at:
            closes = day + timedelta(days=label.horizon_days)
            still_open.append({"cycle": folder.name, "closes_on": closes.isoformat()})
            continue
        closed += 1
        found += _of_cycle(project, history, read_ranking(folder), manifest, label)
    return found, still_open


def _of_cycle(
    project: Project, history: History, ranking: pd.DataFrame, manifest: Mapping[str, Any], label: LabelSettings
) -> Iterator[Promise]:
    """Each population's promise: of those who were left alone, since risk is said without any action."""
    alone = ranking[ranking["decision"] != "contact"]
    places = pd.Index(history.customer_ids).get_indexer(pd.Index(alone["customer_id"]))
    alone, codes = alone[places >= 0], np.asarray(places[places >= 0], np.int32)
    cutoff = np.full(len(alone), project.instant(date.fromisoformat(manifest["as_of"])), np.int64)
    tested = manifest.get("watch", {}).get("tested", {})
    for place, name in enumerate(POPULATIONS):
        here = (alone["population"] == name).to_numpy()
        if here.any():
            rows = Snapshots(codes[here], cutoff[here], np.full(int(here.sum()), place, np.int8))
            yield check_promise(
                manifest["as_of"],
                name,
                str(manifest["model"]["version"]),
                alone["churn_probability"].to_numpy(np.float64)[here],
                make_labels(history, rows, label),
                seed=project.settings.run.seed,
                tested_auc=Estimate.from_json(tested[name]) if name in tested else None,
            )
