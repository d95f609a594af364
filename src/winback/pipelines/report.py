"""The page of a cycle, written again from what the cycle left."""

from __future__ import annotations

from datetime import date

from winback.errors import UsageError
from winback.files import read_json
from winback.pipelines.page import write_page
from winback.pipelines.project import MANIFEST, Project, texts_of
from winback.pipelines.score import summary
from winback.pipelines.stage import Result
from winback.ranking import read_ranking
from winback.settings import Settings


def report_again(settings: Settings, *, as_of: date | None = None) -> Result:
    """Write a cycle's page again (in another language, say) and return what ``score`` returned.

    Raises
    ------
    UsageError
        When that cycle was never scored.
    """
    project = Project(settings)
    day = as_of or latest_cycle(project)
    folder = project.cycle_folder(day)
    if not (folder / MANIFEST).exists():
        raise UsageError(f"There is no cycle of {day}", next_step=f"run 'winback score --as-of {day}'")
    ranking = read_ranking(folder)
    write_page(project, day, ranking, folder, texts_of(settings))
    return summary(project, day, ranking, read_json(folder / MANIFEST))


def latest_cycle(project: Project) -> date:
    """Return the day of the latest cycle.

    Raises
    ------
    UsageError
        When there is none.
    """
    days = sorted(path.parent.name for path in project.scored.glob(f"*/{MANIFEST}"))
    if not days:
        raise UsageError("Nothing has been scored yet", next_step="run 'winback run'")
    return date.fromisoformat(days[-1])
