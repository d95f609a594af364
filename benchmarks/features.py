"""Windowed features at one and at many cutoffs: the engine, DuckDB and polars, all from the same Parquet files.

Run ``python -m benchmarks.features --customers 100000 --cutoffs 1 12``. Customers have 50 orders, 5 tickets and 20
deliveries on average. Reading, features and the float32 matrix are counted; starting the process and compiling are not.
A matrix of more than `_HELD_BYTES` is computed part by part of the customers and not kept (``--write``: but written as
Parquet). ``scan`` reads the same columns into memory, a row group at a time, and makes nothing of them. polars is no
part of the project: install it beside it to measure it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.feature_company import cutoffs, write_company
from benchmarks.side_by_side import append_json, conditions, in_turn, measured, print_table, summary, tell

_SAMPLE = 500
_HELD_BYTES = 2 * 2**30
_PEERS = ("duckdb", "polars", "scan")
_SMALL = 100


@dataclass(frozen=True)
class Task:
    """What one process measures."""

    way: str
    folder: str
    cutoffs: int
    customers: int
    threads: int
    memory: int | None
    write: str | None

    def sample(self) -> np.ndarray:
        """Customers whose values are compared."""
        return np.sort(np.random.default_rng(0).choice(self.customers, min(self.customers, _SAMPLE), replace=False))


def ours(task: Task, folder: Path) -> dict[str, np.ndarray]:
    """Compute all features; return those of the sample as float32[customers, cutoffs]."""
    from benchmarks.feature_sql import SETTINGS, declared
    from winback.features import FeatureMatrix, compute_features
    from winback.history import History
    from winback.snapshots import Snapshots

    shown = [replace(one, hidden=False) for one in declared()]
    at = np.array(cutoffs(task.cutoffs), np.int64)

    def compute(some: History) -> FeatureMatrix:
        n = some.n_customers
        rows = Snapshots(
            np.tile(np.arange(n, dtype=np.int32), at.size), np.repeat(at, n), np.zeros(n * at.size, np.int8)
        )
        return compute_features(some, rows, SETTINGS, declared=shown, threads=task.threads)

    history = History.load(folder, memory_bytes=task.memory)
    features = sum(len(one.names()) for one in shown)
    held = 4 * history.n_customers * at.size * features <= _HELD_BYTES and not task.write
    found: list[np.ndarray] = []
    for number, part in enumerate([history] if held else history.parts()):
        matrix = compute(part)
        if task.write:
            matrix.save(Path(task.write) / str(number))
        own = task.sample() - part.first
        own = own[(own >= 0) & (own < part.n_customers)]
        found.append(matrix.values.reshape(at.size, part.n_customers, -1)[:, own])
        names = matrix.names
    values = np.concatenate(found, axis=1)
    return {name: values[:, :, place].T for place, name in enumerate(names)}


def scan(task: Task, folder: Path) -> dict[str, np.ndarray]:
    """Read all columns that features are made of."""
    for table in ("orders", "tickets", "deliveries"):
        with pq.ParquetFile(folder / f"{table}.parquet") as file:
            for group in range(file.num_row_groups):
                file.read_row_group(group, use_threads=task.threads > 1)
    return {}


def peer(task: Task, folder: Path) -> dict[str, np.ndarray]:
    """Compute all features in DuckDB or in polars; return those of the sample."""
    from benchmarks import feature_polars, feature_sql

    module = feature_sql if task.way == "duckdb" else feature_polars
    values = module.compute(folder, cutoffs(task.cutoffs), task.customers, task.threads)
    return {name: column[task.sample()] for name, column in values.items()}


def measure(task: Task) -> None:
    """Compute in one way in this process, and leave a sample of customers behind."""
    work = {"ours": ours, "scan": scan}.get(task.way, peer)
    folder = Path(task.folder)
    work(replace(task, customers=_SMALL, write=None), folder / "small")
    values, figures = measured(lambda: work(task, folder / "large"))
    np.savez(folder / f"{task.way}-{task.cutoffs}.npz", **values)
    tell(figures)


def refuse_difference(folder: Path, count: int, ways: Sequence[str]) -> int:
    """Return how many features agree on the sample."""
    mine = np.load(folder / f"ours-{count}.npz")
    for way in ways:
        theirs = np.load(folder / f"{way}-{count}.npz")
        if set(mine.files) != set(theirs.files):
            raise SystemExit(f"not the same features: {sorted(set(mine.files) ^ set(theirs.files))}")
        for name in mine.files:
            np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-5, atol=1e-4, err_msg=f"{way} {name}")
    return len(mine.files)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["one"]:
        measure(Task(**json.loads(sys.argv[2])))
        return
    given = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, customers in (("small", _SMALL), ("large", given.customers)):
            kept = given.companies / f"{customers}-{given.seed}" if given.companies else folder / part
            if not (kept / "summary.json").exists():
                kept.mkdir(parents=True)
                write_company(kept, customers, given.seed)
            if given.companies:
                (folder / part).symlink_to(kept.absolute())
        for count in given.cutoffs:
            _compare(given, folder, count)


def _arguments() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--customers", type=int, default=100_000)
    made.add_argument("--cutoffs", type=int, nargs="+", default=[1, 12])
    made.add_argument("--peers", nargs="*", choices=_PEERS, default=[way for way in _PEERS if _is_there(way)])
    made.add_argument("--memory", type=int, help="bytes that our facts may take; by default what the program takes")
    made.add_argument("--write", action="store_true", help="write our features as Parquet")
    made.add_argument("--companies", type=Path, help="folder in which companies are kept for the next time")
    made.add_argument("--threads", type=int, default=os.cpu_count())
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--json", type=Path, help="append the figures to this file")
    return made.parse_args()


def _is_there(way: str) -> bool:
    return way != "polars" or find_spec("polars") is not None


def _compare(given: argparse.Namespace, folder: Path, count: int) -> None:
    names = ("ours", *given.peers)
    target = str(folder / "written") if given.write else None
    tasks = [
        Task(way, str(folder), count, given.customers, given.threads, given.memory, target if way == "ours" else None)
        for way in names
    ]
    ways = [("one", json.dumps(task.__dict__)) for task in tasks]
    figures = in_turn("benchmarks.features", ways, given.repeats, given.threads)
    features = refuse_difference(folder, count, [way for way in given.peers if way != "scan"])
    rows = given.customers * count
    lines = [summary(way, rows, part) for way, part in zip(names, figures, strict=True)]
    print(f"\n{count} cutoffs, {given.customers:,} customers, {features} features, {given.threads} threads\n")
    print_table(lines)
    packages = ["duckdb", "numba", "numpy", "pyarrow", *(way for way in given.peers if way == "polars")]
    measured_with = {"cutoffs": count, "customers": given.customers, "threads": given.threads, "memory": given.memory}
    append_json(given.json, conditions(packages) | measured_with | {"written": given.write, "ways": lines})


if __name__ == "__main__":
    main()
