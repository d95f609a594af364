"""The statistics of losses and returns."""

from __future__ import annotations

from winback.files import replacing_folder, write_json
from winback.history import History
from winback.kpis import LostRules, compute_kpis
from winback.pipelines.featurize import open_history
from winback.pipelines.models import ModelSet
from winback.pipelines.stage import Context, Result
from winback.settings import Settings
from winback.snapshots import snapshots_at

KPIS = "kpis.json"


def kpis(context: Context) -> Result:
    """Compute the statistics and write them as JSON and CSV."""
    project, settings = context.project, context.settings
    history = open_history(project, context.as_of)
    reasons = None
    if project.champion.is_dir():
        context.step("reasons of the lost")
        reasons = _reasons_of_the_lost(history, ModelSet.load(project.champion), settings)
    context.step("counting")
    found = compute_kpis(history, settings, reasons=reasons)
    with replacing_folder(project.kpis) as folder:
        write_json(folder / KPIS, found.to_json())
        found.table.to_csv(folder / "kpis.csv", index=False)
        found.losses.to_csv(folder / "losses.csv", index=False)
        found.drivers.to_csv(folder / "drivers.csv", index=False)
    return found.to_json()


def _reasons_of_the_lost(history: History, models: ModelSet, settings: Settings) -> dict[int, str]:
    """First reason of every customer that the statistics call lost today, by customer code."""
    now = LostRules(history, settings.kpis).at(history.ends_at)
    everyone = snapshots_at(history, [history.ends_at], settings.population)
    lost = everyone.rows((now.bought & ~now.is_customer)[everyone.customer])
    words = models.reasons.explain(history, lost, settings, None).words(0)
    return dict(zip(lost.customer.tolist(), words.tolist(), strict=True))
