"""The weekly job: everything about every customer, in one folder that is complete or absent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from winback.files import read_json, replacing_folder, sha256_of_file, write_json
from winback.history import DAY_US, History
from winback.history.notes import Told
from winback.pipelines.code import code_digest, versions
from winback.pipelines.decide import Decided, decide_all
from winback.pipelines.explain import EXPLAINED, explain_customers
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import Judgement
from winback.pipelines.models import ModelSet
from winback.pipelines.outcomes import EFFECTS
from winback.pipelines.page import REPORT, write_page
from winback.pipelines.parts import judge_all
from winback.pipelines.project import MANIFEST, Project, texts_of
from winback.pipelines.stage import Context, Result
from winback.pipelines.uplift import Adopted
from winback.pipelines.watch import watch_cycle
from winback.ranking import build_offers, build_ranking, write_offers, write_ranking
from winback.report import first_of_list
from winback.response import Effects
from winback.settings import Settings
from winback.snapshots import POPULATIONS, Snapshots, by_parts, snapshots_at
from winback.texts import Texts

RANKING = "ranking.parquet"


def score(context: Context) -> Result:
    """Judge and decide all customers as of one day, and write the cycle's folder."""
    project, settings = context.project, context.settings
    as_of = context.as_of or project.staged_as_of()
    models = ModelSet.load(project.require(project.champion, "promote"))
    history = open_history(project, as_of)
    texts = texts_of(settings)
    effects = Effects.from_content(read_json(project.require(project.outcomes, "outcomes") / EFFECTS))
    context.step("features, risk, value and reasons")
    snapshots = snapshots_at(history, [history.ends_at], settings.population)
    judged, decided, told = _judge_and_decide(context, history, snapshots, models, effects, as_of)
    ranking = make_ranking(history, judged, decided, as_of, models.version)
    # before anything of this cycle stands in its folder, where its offers would count as made
    context.step("the first customers in full")
    explained = _explain_the_first(history.told(told), ranking, models, project)
    context.step("writing")
    with replacing_folder(project.cycle_folder(as_of)) as folder:
        write_lists(ranking, folder, texts)
        write_offers(_offers(decided, judged, history, as_of), folder)
        manifest = _manifest(context, as_of, models, judged, decided)
        manifest["watch"] = watch_cycle(project, history, judged, models, as_of)
        write_json(folder / MANIFEST, manifest)
        write_json(folder / EXPLAINED, explained)
        write_page(project, as_of, ranking, folder, texts)
        write_json(folder / MANIFEST, manifest | {"timings": context.closed_timings()})
    return summary(project, as_of, ranking, manifest)


def _judge_and_decide(
    context: Context, history: History, snapshots: Snapshots, models: ModelSet, effects: Effects, as_of: date
) -> tuple[Judgement, Decided, Told]:
    project, settings, cycle = context.project, context.settings, as_of.isoformat()
    if settings.run.engine == "spark" and len(snapshots):
        # pyspark is an extra
        from winback.pipelines.cluster import score_on_spark

        return score_on_spark(project, history, snapshots, models, effects, cycle, tell=context.step)
    texts = texts_of(settings)
    adopted = Adopted.load(project, effects)
    judged, told = judge_all(history, snapshots, models, settings, texts, adopted, tell=context.progress.step)
    context.step("decisions")
    return judged, decide_all(history, judged, effects, project, cycle, texts), told


def _explain_the_first(history: History, ranking: pd.DataFrame, models: ModelSet, project: Project) -> list[Result]:
    """All about the customers at the top of the page's list; of the others only what they give together is needed."""
    wanted = first_of_list(ranking, project.settings.report.explained_customers)["customer_id"]
    codes, place = np.unique(np.searchsorted(history.customer_ids, wanted.to_numpy(object)), return_inverse=True)
    some = history.only(codes.astype(np.int32))
    return explain_customers(some, place.astype(np.int32), models, project)


def write_lists(ranking: pd.DataFrame, folder: Path, texts: Texts) -> None:
    """Write the list as Parquet, CSV and Excel, with the columns described in the project's language."""

    def describe(name: str) -> str:
        return texts.format("column-" + name.replace("_", "-"))

    write_ranking(ranking, folder, describe=describe, legend=texts.format("report-columns"))


def make_ranking(history: History, judged: Judgement, decided: Decided, as_of: date, version: str) -> pd.DataFrame:
    """Put what every room said into the columns of the ranking."""
    made, reasons = decided.decisions, judged.reasons
    has_action = made.action >= 0
    columns: dict[str, Any] = {
        "customer_id": history.customer_ids[judged.snapshots.customer],
        "population": np.array(POPULATIONS, dtype=object)[judged.snapshots.population],
        "churn_probability": judged.churn_probability,
        "value_if_kept": judged.value.value_if_kept,
        "action": made.names(),
        "uplift_source": np.where(has_action, made.uplift_source, ""),
        "decision": made.decision,
        "decision_text": decided.texts,
        "manager_id": decided.managers,
        "days_since_order": _days_since_order(history, judged),
    }
    for name in ("uplift", "uplift_low", "uplift_high", "expected_cost", "expected_net_value"):
        columns[name] = np.where(has_action, getattr(made, name), np.nan)
    for place in range(3):
        columns[f"reason_{place + 1}"] = reasons.words(place)
        columns[f"reason_{place + 1}_text"] = reasons.text[:, place]
    return build_ranking(columns, as_of=as_of.isoformat(), model_version=version)


def _days_since_order(history: History, judged: Judgement) -> np.ndarray[Any, np.dtype[np.int64]]:
    last = np.empty(len(judged.snapshots), np.int64)
    for part, rows, some in by_parts(history, judged.snapshots):
        orders = part.purchases()
        last[rows] = orders.at[orders.offsets[some.customer + 1] - 1]
    return (history.ends_at - last) // DAY_US


def _offers(decided: Decided, judged: Judgement, history: History, as_of: date) -> pd.DataFrame:
    made = decided.decisions
    rows = np.flatnonzero(made.arm != "")
    return build_offers(
        cycle=as_of.isoformat(),
        offered_at=history.ends_at,
        customer_id=history.customer_ids[judged.snapshots.customer[rows]],
        action=made.names()[rows],
        arm=made.arm[rows],
        cost=np.where(made.arm[rows] == "treated", made.expected_cost[rows], 0.0),
        propensity=made.propensity[rows],
    )


def _manifest(context: Context, as_of: date, models: ModelSet, judged: Judgement, decided: Decided) -> dict[str, Any]:
    """All that is needed to repeat the run exactly, and its totals."""
    settings, project = context.settings, context.project
    staging = read_json(project.staging / "summary.json")
    population = judged.snapshots.population
    return {
        "as_of": as_of.isoformat(),
        "cycle": as_of.isoformat(),
        "versions": versions(),
        "code": code_digest(),
        "settings": _plain_settings(settings),
        "inputs": staging["digests"],
        "model": models.about,
        "model_files": {
            str(path.relative_to(project.champion)): sha256_of_file(path)
            for path in sorted(project.champion.rglob("*"))
            if path.is_file()
        },
        "rows": {name: int((population == code).sum()) for code, name in enumerate(POPULATIONS)}
        | {"customers": len(population), "offers": int((decided.decisions.arm != "").sum())},
        "totals": decided.decisions.totals.content(decided.decisions.action_names),
        "effects_notes": decided.effects_notes,
        "reasons": judged.reasons.totals(judged.churn_probability * judged.value.value_if_kept),
    }


def _plain_settings(settings: Settings) -> dict[str, Any]:
    """The whole settings as values; where the project lies is nobody's business."""
    return {
        name: {key: value.model_dump(mode="json") for key, value in section.items()}
        if name == "actions"
        else section.model_dump(mode="json")
        for name, section in dict(settings).items()
        if name != "root"
    }


def summary(project: Project, as_of: date, ranking: pd.DataFrame, manifest: dict[str, Any], top: int = 10) -> Result:
    """Return what the command line shows: the first rows, the money, and where everything is."""
    folder = project.cycle_folder(as_of)
    totals = manifest["totals"]
    columns = ["rank", "customer_id", "population", "churn_probability", "value_if_kept", "reason_1", "action"]
    columns += ["expected_cost", "expected_net_value", "decision"]
    rows = ranking.head(top)[columns]
    return {
        "as_of": as_of.isoformat(),
        "currency": manifest["settings"]["run"]["currency"],
        "customers": len(ranking),
        "decisions": totals["counts"],
        "totals": {key: totals[key] for key in ("budget", "spent", "expected_net_value", "low", "high", "gap_share")},
        "top": rows.astype(object).where(rows.notna(), None).to_dict(orient="records"),
        "folder": str(folder),
        "report": str(folder / REPORT),
    }
