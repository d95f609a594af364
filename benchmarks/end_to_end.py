"""The weekly job from raw tables to the written list: seconds, memory and size of every step.

    python -m benchmarks.end_to_end --cache companies --customers 20000 100000 --json end_to_end.jsonl

The company is a demo company of `SMALL` customers with its promoted models, repeated under new ids (as
`benchmarks.weekly` does with staged tables). All but its last week is staged before. Then the rows of that week arrive
as one more file of every table, what is new is staged, and `score` judges all customers with their reasons, decides,
and writes list, page and manifest. What past cycles have taught, and the statistics on the page, are the small
company's: they are measured by stages of their own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.companies import trained_company
from benchmarks.side_by_side import append_json, conditions, highest_gib
from benchmarks.weekly import DEARER, EARLIER_DAYS, IDENTIFIERS, MONEY, SEED, SMALL
from winback.history import DAY_US
from winback.pipelines.stages import stage
from winback.settings import Settings
from winback.tables import TABLES

WEEK_DAYS = 7
#: Rows of the small company that are repeated before they are written.
COPIES_AT_ONCE = 20
#: Seconds between two looks at the memory.
LOOK = 0.05


def enlarge(small: Settings, root: Path, customers: int) -> Settings:
    """Make a project of so many customers from that of a small company; its last week is a file of its own."""
    raw, target = small.path("data/raw"), root / "data/raw"
    tables = {name: pq.read_table(raw / f"{name}.parquet") for name in TABLES if (raw / f"{name}.parquet").exists()}
    ids = tables["customers"]["customer_id"].combine_chunks()
    newest = pc.max(tables["orders"]["ordered_at"].cast(pa.int64())).as_py()
    for name in tables:
        (target / name).mkdir(parents=True)
    copies = math.ceil(customers / len(ids))
    for start in range(0, copies, COPIES_AT_ONCE):
        made = [
            _copied(tables, ids, copy, min(len(ids), customers - copy * len(ids)))
            for copy in range(start, min(start + COPIES_AT_ONCE, copies))
        ]
        for name in tables:
            whole = pa.concat_tables([copy[name] for copy in made])
            is_new = pc.greater_equal(whole["arrived"], newest - WEEK_DAYS * DAY_US)
            whole = whole.drop_columns("arrived")
            pq.write_table(whole.filter(pc.invert(is_new)), target / name / f"old-{start:05d}.parquet")
            (root / "week" / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(whole.filter(is_new), root / "week" / name / f"week-{start:05d}.parquet")
    for folder in ("models", "data/outcomes", "data/kpis"):
        shutil.copytree(small.path(folder), root / folder)
    return small.model_copy(update={"root": root})


def _copied(tables: dict[str, pa.Table], ids: pa.Array, copy: int, size: int) -> dict[str, pa.Table]:
    """One copy of the first so many customers; the first copy is the company itself."""
    draw = np.random.default_rng([SEED, copy])
    earlier = np.floor(draw.random(len(ids)) * EARLIER_DAYS * DAY_US * (copy > 0)).astype(np.int64)
    factor = 1 + draw.uniform(-DEARER, DEARER, len(ids)) * (copy > 0)
    orders = tables["orders"]
    made = {}
    for name, table in tables.items():
        if "customer_id" in table.column_names:
            who = _places(table["customer_id"], ids)
        else:  # order_items belong to an order
            at = _places(table["order_id"], orders["order_id"])
            who = _places(orders["customer_id"], ids)[at]
            table = table.append_column("arrived", orders["ordered_at"].take(at))
        time_of = {"customers": "registered_at"}.get(name, TABLES[name].time)
        if "arrived" not in table.column_names:
            table = table.append_column("arrived", table[time_of])
        kept = np.flatnonzero(who < size)
        made[name] = _moved(table.take(kept), earlier[who[kept]], factor[who[kept]], copy)
    return made


def _places(values: pa.ChunkedArray, of: pa.Array) -> np.ndarray[Any, Any]:
    """Where values stand; rows that belong to nobody go with the first."""
    return pc.index_in(values, of).fill_null(0).to_numpy()


def _moved(table: pa.Table, earlier: np.ndarray[Any, Any], factor: np.ndarray[Any, Any], copy: int) -> pa.Table:
    for place, field in enumerate(table.schema):
        column, kind = table.column(place), field.type
        if pa.types.is_timestamp(kind):
            column = pc.subtract(column.cast(pa.int64()), earlier).cast(kind)
        elif field.name in MONEY:
            column = pc.round(pc.multiply(column, factor), 2)
        elif field.name in IDENTIFIERS and copy:
            column = pc.binary_join_element_wise(f"{copy:04d}", column, "-")
        if field.name == "arrived":
            column = column.cast(pa.int64())
        table = table.set_column(place, field.name, column)
    return table


class Watch:
    """Hears of stages and steps, and keeps what each took: seconds, processor seconds, the largest memory within it."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._stage = ""
        self._peak = 0.0
        self._begun = (time.perf_counter(), time.process_time())
        threading.Thread(target=self._look, daemon=True).start()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._stage = name
        self.step("")

    def step(self, what: str) -> None:
        """A step begins."""
        self.close()
        self.lines.append({"stage": self._stage, "step": what})

    def note(self, what: str) -> None:
        """Nothing to keep."""

    def close(self) -> None:
        """The step that was begun last has ended."""
        now = (time.perf_counter(), time.process_time())
        if self.lines:
            seconds, cpu = (end - begin for end, begin in zip(now, self._begun, strict=True))
            self.lines[-1] |= {"seconds": seconds, "cpu_seconds": cpu, "peak_gib": max(self._peak, _resident())}
        self._begun, self._peak = now, 0.0

    def _look(self) -> None:
        while True:
            self._peak = max(self._peak, _resident())
            time.sleep(LOOK)


def _resident() -> float:
    """Memory of this process in GiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**30


def promoted_company(cache: Path) -> Settings:
    """The small company, with its models promoted and its past cycles measured."""
    settings = trained_company(cache, SEED, SMALL)
    for name in ("evaluate", "promote", "outcomes", "kpis"):
        if not all((settings.root / out).is_dir() for out in stage(name).outs):
            stage(name).execute(settings)
    return settings


def with_run(settings: Settings, threads: int, memory: str) -> Settings:
    """The settings with so many threads and a memory limit."""
    run = {"threads": threads, "memory_limit": memory or None}
    return settings.model_copy(update={"run": settings.run.model_copy(update=run)})


def one(cache: Path, folder: Path, customers: int, threads: int, memory: str) -> None:
    """Stage all but the last week, let that arrive, and do the weekly job in a process of its own."""
    root = folder / f"company-{customers}"
    shutil.rmtree(root, ignore_errors=True)
    settings = with_run(enlarge(promoted_company(cache), root, customers), threads, memory)
    begun = time.perf_counter(), time.process_time()
    stage("prepare").execute(settings)
    first = {"seconds": time.perf_counter() - begun[0], "cpu_seconds": time.process_time() - begun[1]}
    for path in sorted((root / "week").glob("*/*.parquet")):
        path.rename(root / "data/raw" / path.parent.name / path.name)
    # a process that has not made the company: its memory is that of the weekly job
    rest = [str(cache), str(root), str(threads), memory]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.end_to_end", "--job", *rest], check=True, stdout=subprocess.PIPE, text=True
    )
    print(
        json.dumps(
            {
                "customers": customers,
                "threads": threads,
                "first_staging": first,
                **json.loads(done.stdout.splitlines()[-1]),
            }
        )
    )
    shutil.rmtree(root)


def job(cache: Path, root: Path, threads: int, memory: str) -> None:
    """Do the weekly job of a project."""
    settings = with_run(trained_company(cache, SEED, SMALL).model_copy(update={"root": root}), threads, memory)
    rows = {
        path.name: sum(pq.read_metadata(file).num_rows for file in path.glob("*.parquet"))
        for path in sorted((root / "data/raw").iterdir())
    }
    watch = Watch()
    begun = time.perf_counter(), time.process_time()
    stage("prepare").execute(settings, progress=watch)
    result = stage("score").execute(settings, progress=watch)
    watch.close()
    print(
        json.dumps(
            {
                "rows": rows,
                "ranked": result["customers"],
                "steps": watch.lines,
                "seconds": time.perf_counter() - begun[0],
                "cpu_seconds": time.process_time() - begun[1],
                "peak_gib": highest_gib(),
            }
        )
    )


def table(found: Sequence[dict[str, Any]]) -> None:
    """Print processor seconds, seconds by the clock and memory of every step and size as Markdown."""
    print("| step | " + " | ".join(f"{line['customers']:,}" for line in found) + " |")
    print("|---|" + "---:|" * len(found))
    summed = [_summed(line) for line in found]
    for name in summed[-1]:
        print(f"| {name} | " + " | ".join(_cell(line.get(name)) for line in summed) + " |")
    events = [sum(line["rows"].values()) - line["rows"]["customers"] for line in found]
    print("| **all** | " + " | ".join(_cell(line) for line in found) + " |")
    print("| events | " + " | ".join(f"{count:,}" for count in events) + " |")


def _summed(line: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Steps by their first word ("reading", "reasons"…) within a stage, which has one step per table or part."""
    summed: dict[str, dict[str, float]] = {}
    for step in line["steps"]:
        what = step["step"].split(" (")[0] if "(" in step["step"] else step["step"]
        what = what.split()[0] if what.startswith(("reading", "writing ")) else what
        found = summed.setdefault(
            f"{step['stage']}: {what or 'begin'}", {"seconds": 0, "cpu_seconds": 0, "peak_gib": 0}
        )
        for kind in ("seconds", "cpu_seconds"):
            found[kind] += step[kind]
        found["peak_gib"] = max(found["peak_gib"], step["peak_gib"])
    return summed


def _cell(figures: dict[str, float] | None) -> str:
    if figures is None:
        return ""
    return f"{figures['cpu_seconds']:.1f} ({figures['seconds']:.1f}), {figures['peak_gib']:.2f} GiB"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("companies"), help="folder that keeps the small company")
    parser.add_argument("--folder", type=Path, default=Path("companies"), help="where the large company is made")
    parser.add_argument("--customers", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="", help="run.memory_limit, such as 2GB")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    parser.add_argument("--here", action="store_true", help="measure the one size")
    parser.add_argument("--job", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        job(Path(given.job[0]), Path(given.job[1]), int(given.job[2]), given.job[3])
        return
    if given.here:
        one(given.cache, given.folder, given.customers[0], given.threads, given.memory)
        return
    found = []
    for size in given.customers:
        options = ["--cache", str(given.cache), "--folder", str(given.folder), "--threads", str(given.threads)]
        options += ["--memory", given.memory]
        command = [sys.executable, "-m", "benchmarks.end_to_end", "--here", *options, "--customers", str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        append_json(given.json, conditions(["numpy", "numba", "pyarrow", "lightgbm", "duckdb"]) | found[-1])
    table(found)


if __name__ == "__main__":
    main()
