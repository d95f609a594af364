"""Several stages in their order, each only where something that it reads has changed."""

from __future__ import annotations

from datetime import date

from winback.pipelines.progress import Progress, Silent
from winback.pipelines.project import Project
from winback.pipelines.stage import Result
from winback.pipelines.stages import stage
from winback.settings import Settings

#: From raw tables to a promoted model, and on to the list.
RETRAINING = ("prepare", "featurize", "tune", "train", "evaluate", "promote")
WEEKLY = ("outcomes", "kpis", "score")


def run_everything(settings: Settings, *, as_of: date | None = None, progress: Progress | None = None) -> Result:
    """Do all that is needed from raw tables to the report, and return the result of scoring.

    Parameters
    ----------
    settings : Settings
        The project.
    as_of : date, optional
        The day of the run; by default as the settings say.
    progress : Progress, optional
        Who is told how far it is.
    """
    return _run((*RETRAINING, *WEEKLY), settings, as_of, progress)


def score_now(settings: Settings, *, as_of: date | None = None, progress: Progress | None = None) -> Result:
    """Do the weekly job with the promoted model: read what is new, measure past cycles, rank."""
    Project(settings).require(Project(settings).champion, "promote")
    return _run(("prepare", *WEEKLY), settings, as_of, progress)


def _run(names: tuple[str, ...], settings: Settings, as_of: date | None, progress: Progress | None) -> Result:
    progress = progress or Silent()
    result: Result = {}
    with Project(settings).hold():
        for name in names:
            # the list is always written: asking for it is asking for it
            result = stage(name).execute(settings, as_of=as_of, progress=progress, force=name == "score")
    return result
