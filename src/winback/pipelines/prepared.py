"""The demo company's tables as they are known on a morning, staged as real ones are."""

from __future__ import annotations

from datetime import date

from winback.history import History
from winback.pipelines.project import Project
from winback.settings import Settings
from winback.simulation.export import export_tables
from winback.simulation.simulate import write_tables
from winback.simulation.state import Scene
from winback.sources import prepare_sources


def tables_of_today(scene: Scene, settings: Settings, day: date) -> History:
    """Write the raw tables, check and stage them, and open what was known at the beginning of the day."""
    tables = export_tables(scene, without=settings.simulate.without_tables)
    write_tables(settings.path(settings.data.dir), tables, settings.simulate.format)
    prepare_sources(settings, as_of=day, today=day)
    project = Project(settings)
    return History.load(project.staging, project.instant(day), settings.run.memory_bytes)
