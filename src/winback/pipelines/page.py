"""The page for people, from what the stages left on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from winback.evaluation import EvaluationReport
from winback.files import read_json, write_text
from winback.kpis import Kpis
from winback.pipelines.evaluate import EVALUATION, notes_of
from winback.pipelines.explain import explained_in
from winback.pipelines.kpis import KPIS
from winback.pipelines.models import ABOUT
from winback.pipelines.outcomes import MEASURED
from winback.pipelines.project import MANIFEST, Project
from winback.report import Figure, Money, PopulationQuality, Quality, ReportData, render_report
from winback.sources import StagingReport
from winback.texts import Texts, remarks

REPORT = "report.html"


def write_page(project: Project, as_of: date, ranking: pd.DataFrame, folder: Path, texts: Texts) -> None:
    """Write a cycle's page beside the manifest and the explained customers that it shows.

    They come from their files, so that the page is the same whenever it is written. Without the timings, which no
    second run repeats: the manifest has them.
    """
    manifest = {name: value for name, value in read_json(folder / MANIFEST).items() if name != "timings"}
    write_text(folder / REPORT, _page(project, as_of, ranking, manifest, explained_in(folder), texts))


def _page(
    project: Project,
    as_of: date,
    ranking: pd.DataFrame,
    manifest: Mapping[str, Any],
    explained: Sequence[Mapping[str, Any]],
    texts: Texts,
) -> str:
    """Return the HTML of one cycle's page; what a stage has not left is left out, and the page says so."""
    kpis = _json(project.kpis / KPIS)
    measured = _json(project.outcomes / MEASURED)
    staging = _json(project.staging / "summary.json")
    return render_report(
        ReportData(
            as_of=as_of.isoformat(),
            ranking=ranking,
            money=money_of(manifest["totals"]),
            quality=_quality(project, texts),
            kpis=None if kpis is None else Kpis.from_json(kpis),
            outcomes=outcomes_of(measured) if measured else None,
            outcomes_remarks=outcomes_remarks(measured, texts) if measured else (),
            staging=None if staging is None else StagingReport.from_json(staging),
            manifest=manifest,
            explained=explained,
            watching=manifest.get("watch"),
        ),
        texts,
    )


def money_of(totals: Mapping[str, Any]) -> Money:
    """Return the cycle's money in the page's form."""
    curve = pd.DataFrame(totals["curve"])
    return Money(
        budget=totals["budget"],
        expected_low=totals["low"],
        expected_high=totals["high"],
        gap_share=totals["gap_share"],
        gain_of_one_more=totals["prices"]["budget"],
        dearest_place=dearest_place(totals["prices"]),
        curve=curve.rename(columns={"budget": "spend"})[["spend", "net_value"]] if len(curve) else None,
        explore_price=totals["exploration_price"],
    )


def dearest_place(prices: Mapping[str, Any]) -> tuple[str, str, float] | None:
    """Return the capacity of which one more offer would earn most: action, manager, money; None where none binds.

    Examples
    --------
    >>> dearest_place({"action": {"gift": 20.0}, "manager": {"M1": 90.0}, "manager_action": []})
    ('', 'M1', 90.0)
    """
    places = [(action, "", price) for action, price in prices["action"].items()]
    places += [("", manager, price) for manager, price in prices["manager"].items()]
    places += [(both["action"], both["manager_id"], both["price"]) for both in prices["manager_action"]]
    return max(places, key=lambda place: place[2], default=None)


def outcomes_of(measured: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return past cycles in the page's form: by cycle, by action and by reason; None where there were none."""
    rows = [_outcome_row(group) for group in measured["groups"] if group["dimension"] in ("cycle", "action", "reason")]
    return pd.DataFrame(rows) if rows else None


def outcomes_remarks(measured: Mapping[str, Any], texts: Texts) -> tuple[str, ...]:
    """Return in one sentence whether single customers' own uplift is used; nothing where that was not looked at."""
    learner = measured.get("learner")
    return () if learner is None else (texts.format(learner["statement"], **learner["detail"]),)


def _outcome_row(group: Mapping[str, Any]) -> dict[str, Any]:
    contacted, held = group["contacted"], group["held_out"]
    status = {"outcomes-open": "open", "outcomes-no-control": "no_control"}.get(group["statement"], "measured")
    row = dict.fromkeys(("cycle", "action", "reason")) | {group["dimension"]: group["name"], "status": status}
    if status == "open":
        return row | {"treated": group["open"]}
    return row | {
        "treated": contacted,
        "holdout": held,
        "kept_treated": group["kept_treated"] / contacted if contacted else None,
        "kept_holdout": group["kept_holdout"] / held if held else None,
        "incremental_customers": group["incremental_customers"],
        "incremental_customers_low": group["incremental_low"],
        "incremental_customers_high": group["incremental_high"],
        "incremental_margin": group["incremental_margin"],
        "incremental_margin_low": group["margin_low"],
        "incremental_margin_high": group["margin_high"],
        "return_on_cost": group["return_on_cost"],
        "cost": group["cost"],
    }


def _quality(project: Project, texts: Texts) -> Quality | None:
    content = _json(project.champion / EVALUATION)
    if content is None:
        return None
    report = EvaluationReport.from_json(content)
    return quality_of(report, remarks(notes_of(read_json(project.champion / ABOUT), report), texts))


def quality_of(report: EvaluationReport, notes: Sequence[str] = ()) -> Quality:
    """Return the model's quality in the page's form, with what could not be done in words."""
    populations = {
        name: PopulationQuality(
            rows=part.rows,
            churn_share=part.churned / part.rows,
            scores={
                score: {
                    measure: Figure(float("nan") if found.value is None else found.value, found.low, found.high)
                    for measure, found in measures.items()
                }
                for score, measures in part.scores.items()
            },
            calibration=pd.DataFrame(part.calibration) if part.calibration else None,
        )
        for name, part in report.populations.items()
    }
    return Quality(
        populations,
        tested_from=min(report.cutoffs)[:10] if report.cutoffs else None,
        tested_to=max(report.cutoffs)[:10] if report.cutoffs else None,
        importance=pd.DataFrame(report.importance) if report.importance else None,
        notes=notes,
    )


def _json(path: Path) -> Any:
    return read_json(path) if path.exists() else None
