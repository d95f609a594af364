"""One call: the demo company's tables and the truth about it, written to two folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from winback.files import replacing_folder, write_json
from winback.settings import SimulateSettings
from winback.simulation.company import ACTIVE, CAUSES
from winback.simulation.dirt import add_bad_rows
from winback.simulation.effects import ACTIONS
from winback.simulation.export import export_tables
from winback.simulation.log import day_shares
from winback.simulation.state import Scene
from winback.simulation.truth import truth_tables
from winback.simulation.world import World, advance


@dataclass(frozen=True)
class SimulationSummary:
    """What was made.

    Parameters
    ----------
    as_of : str
        The first day that the data does not cover.
    rows : mapping of str to int
        Rows written by table, bad ones included.
    customers, departures, returns : int
        Customers who ordered; how often one left; how often one returned.
    departures_by_cause : mapping of str to int
    left_share : float
        Share of customers who are gone or fading at the end.
    unknown_actions : tuple of str
        Actions that were asked for, about which the demo company has no truth.
    """

    as_of: str
    rows: Mapping[str, int]
    customers: int
    departures: int
    returns: int
    departures_by_cause: Mapping[str, int]
    left_share: float
    unknown_actions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-like values."""
        return {**asdict(self), "rows": dict(self.rows), "unknown_actions": list(self.unknown_actions)}


def simulate(
    settings: SimulateSettings,
    *,
    seed: int,
    raw_dir: Path,
    truth_dir: Path,
    horizon_days: int,
    actions: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> SimulationSummary:
    """Make a demo company: its input tables in one folder, the truth about it in another.

    Parameters
    ----------
    settings : SimulateSettings
    seed : int
        The same seed and settings give the same files.
    raw_dir, truth_dir : Path
        Folders; each is replaced when its content is complete.
    horizon_days : int
        Horizon of the label, for which the truth is told.
    actions : sequence of str, optional
        Actions whose effects are told; None: all that the demo company knows. Others are named in the summary.
    progress : callable, optional
        Called with a word on every step that begins.

    Returns
    -------
    SimulationSummary
    """
    tell = progress or _nothing
    tell("living week by week")
    world = World(
        seed=seed,
        customers=settings.customers,
        days=settings.days,
        start=settings.start,
        mix=settings.causes,
        campaigns=settings.campaigns,
        horizon_days=horizon_days,
    )
    world.live()
    tell("writing the tables")
    tables = add_bad_rows(
        export_tables(world.scene, without=settings.without_tables), settings.bad_share, world.scene.streams.dirt
    )
    write_tables(raw_dir, tables, settings.format)
    tell("looking ahead")
    known = tuple(name for name in ACTIONS if actions is None or name in actions)
    truth = truth_tables(
        world.scene,
        ordered_again=look_ahead(world.scene, horizon_days),
        actions=known,
        horizon_days=horizon_days,
    )
    summary = summarise(world, tables, tuple(name for name in actions or () if name not in ACTIONS))
    about = summary.as_dict() | {
        "seed": seed,
        "horizon_days": horizon_days,
        "settings": settings.model_dump(mode="json"),
    }
    write_tables(truth_dir, truth, "parquet", about)
    return summary


def look_ahead(scene: Scene, horizon_days: int, seed: int | None = None) -> NDArray[np.bool_]:
    """Live through the horizon in a copy, without campaigns.

    Parameters
    ----------
    scene : Scene
        Its calendar must reach so far.
    horizon_days : int
    seed : int, optional
        Of another future than the one that the scene's own random numbers give.

    Returns
    -------
    ndarray of bool, shape (customers,)
        Who ordered in the horizon.
    """
    twin = scene.twin(seed)
    ordered = np.zeros(len(scene.people), dtype=bool)
    for week in range(-(-horizon_days // 7)):
        covered = min(7, horizon_days - 7 * week)
        reach = day_shares(twin.week_start)[:covered].sum()
        advance(twin)
        inside = twin.streams.campaigns.random(ordered.size) < reach
        ordered |= (twin.state.silence == 0) & twin.state.present & inside
    return ordered


def _nothing(what: str) -> None:
    del what


def write_tables(
    folder: Path,
    tables: Mapping[str, pa.Table],
    form: Literal["csv", "parquet"],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write tables into a folder that they replace, with ``company.json`` where there is something to say."""
    with replacing_folder(folder) as fresh:
        for name, table in tables.items():
            if form == "csv":
                csv.write_csv(_readable(table), fresh / f"{name}.csv", csv.WriteOptions(quoting_style="needed"))
            else:
                parquet.write_table(table, fresh / f"{name}.parquet", compression="zstd")
        if about is not None:
            write_json(fresh / "company.json", about)


def _readable(table: pa.Table) -> pa.Table:
    """Write times to the second, as people do."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.timestamp("s")))
    return table


def summarise(world: World, tables: Mapping[str, pa.Table], unknown: tuple[str, ...] = ()) -> SimulationSummary:
    """Say what a company has lived through so far."""
    scene = world.scene
    departures = scene.log.table("departures")
    causes = np.bincount(departures["cause"], minlength=len(CAUSES)) if departures else np.zeros(len(CAUSES))
    present = scene.state.present
    left = scene.state.phase[present] != ACTIVE
    return SimulationSummary(
        as_of=datetime.fromtimestamp(scene.week_start / 1e6, UTC).date().isoformat(),
        rows={name: table.num_rows for name, table in tables.items()},
        customers=int(present.sum()),
        departures=int(causes.sum()),
        returns=int(scene.log.table("returns").get("customer", np.empty(0)).size),
        departures_by_cause={name: int(count) for name, count in zip(CAUSES, causes, strict=True)},
        left_share=float(left.mean()),
        unknown_actions=unknown,
    )
