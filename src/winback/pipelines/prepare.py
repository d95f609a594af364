"""Raw tables to clean, typed, sorted ones."""

from __future__ import annotations

from winback.pipelines.stage import Context, Result
from winback.sources import prepare_sources
from winback.texts import Texts


def prepare(context: Context) -> Result:
    """Check and stage the input tables; see `winback.sources.prepare_sources`."""
    report = prepare_sources(context.settings, as_of=context.as_of, progress=context)
    notes = report.remarks(Texts("en"))
    for note in notes:
        context.progress.note(note)
    return {"tables": report.rows(), "as_of": report.as_of, "notes": notes}
