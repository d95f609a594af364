"""``winback simulate --cycles``: the demo company lives half a year under a policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from winback.files import write_text
from winback.pipelines.live import WeekResult, live_on
from winback.pipelines.policy_names import NEEDS_TABLES
from winback.pipelines.prepared import tables_of_today
from winback.pipelines.progress import Progress, Silent
from winback.pipelines.project import Project
from winback.pipelines.run import RETRAINING
from winback.pipelines.simulate import MARK, refuse_own_tables
from winback.pipelines.stages import stage
from winback.settings import Settings
from winback.simulation import World, look_ahead
from winback.simulation.dirt import add_bad_rows
from winback.simulation.effects import ACTIONS
from winback.simulation.export import export_tables
from winback.simulation.simulate import summarise, write_tables
from winback.simulation.truth import truth_tables

Result = dict[str, Any]


def simulate_cycles(settings: Settings, *, cycles: int, policy: str, progress: Progress | None = None) -> Result:
    """Make a demo company, train its models, and let it live on for some weeks under a policy.

    The raw tables are then those of the last morning, with all offers in their log; the truth about the company is that
    of the same day, and its ``company.json`` tells every week.

    Parameters
    ----------
    settings : Settings
        The project; reads all that the weekly job reads, and ``simulate``.
    cycles : int
        Weeks.
    policy : str
        One of `winback.pipelines.policy_names.POLICIES`.
    progress : Progress, optional
        Who is told how far it is.

    Returns
    -------
    dict
        ``policy``, ``weeks`` (one record each), and the totals.

    Raises
    ------
    UsageError
        When the raw folder holds tables that the demo company did not make.
    """
    progress = progress or Silent()
    refuse_own_tables(settings)
    with Project(settings).hold():
        progress.stage("Letting the demo company live")
        world = world_of(settings, cycles)
        if policy in NEEDS_TABLES:
            train_on_world(settings, world, progress)
        weeks = live_on(world, settings, policy, cycles, progress.step)
        _write(settings, world, policy, weeks)
    return {"policy": policy, "weeks": [week.as_dict() for week in weeks], **totals_of(weeks)}


def world_of(settings: Settings, cycles: int) -> World:
    """Return the demo company at the end of its data, able to live on for so many weeks."""
    simulate = settings.simulate
    world = World(
        seed=settings.run.seed,
        customers=simulate.customers,
        days=simulate.days,
        start=simulate.start,
        mix=simulate.causes,
        campaigns=simulate.campaigns,
        horizon_days=settings.label.horizon_days,
        ahead_weeks=cycles,
    )
    world.live()
    return world


def train_on_world(settings: Settings, world: World, progress: Progress) -> None:
    """Train and promote models on what the company knows now, by the stages of retraining."""
    day = datetime.fromtimestamp(world.scene.week_start / 1e6, UTC).date()
    tables_of_today(world.scene, settings, day)
    write_text(settings.path(settings.data.dir) / MARK, "Tables of the demo company.\n")
    for name in RETRAINING:
        stage(name).execute(settings, as_of=day, progress=progress)


def totals_of(weeks: list[WeekResult]) -> Result:
    """Add up the weeks."""
    return {
        "contacts": sum(week.contacts for week in weeks),
        "held_out": sum(week.held_out for week in weeks),
        "cost": sum(week.cost for week in weeks),
        "true_net_value": sum(week.true_net_value for week in weeks),
        "margin": sum(week.margin for week in weeks),
    }


def _write(settings: Settings, world: World, policy: str, weeks: list[WeekResult]) -> None:
    """Write the raw tables as they are known at the end, and the truth."""
    raw, horizon = settings.path(settings.data.dir), settings.label.horizon_days
    tables = export_tables(world.scene, without=settings.simulate.without_tables)
    tables = add_bad_rows(tables, settings.simulate.bad_share, world.scene.streams.dirt)
    truth = truth_tables(
        world.scene,
        ordered_again=look_ahead(world.scene, horizon),
        actions=tuple(ACTIONS),
        horizon_days=horizon,
    )
    about = summarise(world, tables).as_dict() | {
        "seed": settings.run.seed,
        "horizon_days": horizon,
        "settings": settings.simulate.model_dump(mode="json"),
        "policy": policy,
        "weeks": [week.as_dict() for week in weeks],
    }
    write_tables(raw, tables, settings.simulate.format)
    write_text(raw / MARK, "Tables of the demo company: 'winback simulate' may replace them.\n")
    write_tables(Project(settings).truth, truth, "parquet", about)
