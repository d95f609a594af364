"""The demo company's data."""

from __future__ import annotations

from pathlib import Path

from winback.errors import UsageError
from winback.files import write_text
from winback.pipelines.stage import Context, Result
from winback.settings import Settings
from winback.simulation import simulate

#: Lies beside tables that this stage made, so that it never replaces anybody's own.
MARK = ".made-by-simulate"


def simulate_company(context: Context) -> Result:
    """Write a demo company into the raw folder and the truth about it beside it.

    Raises
    ------
    UsageError
        When the raw folder holds tables that this command did not make.
    """
    settings = context.settings
    raw = refuse_own_tables(settings)
    summary = simulate(
        settings.simulate,
        seed=settings.run.seed,
        raw_dir=raw,
        truth_dir=context.project.truth,
        horizon_days=settings.label.horizon_days,
        progress=context.step,
    )
    write_text(raw / MARK, "Tables of the demo company: 'winback simulate' may replace them.\n")
    return summary.as_dict()


def refuse_own_tables(settings: Settings) -> Path:
    """Return the raw folder if the demo company may write there.

    Raises
    ------
    UsageError
        When it holds tables that the demo company did not make.
    """
    raw = settings.path(settings.data.dir)
    if raw.is_dir() and any(raw.iterdir()) and not (raw / MARK).exists():
        raise UsageError(
            f"{raw} holds tables that 'simulate' did not make, so it does not replace them",
            next_step="make a new project for the demo with 'winback init DIR', or empty that folder yourself",
        )
    return raw
