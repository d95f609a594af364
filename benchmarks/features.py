"""Windowed features at one and at many cutoffs: the engine against DuckDB, both from the same Parquet files.

Run ``python -m benchmarks.features --customers 100000 --cutoffs 1 12``. Customers have 50 orders, 5 tickets and 20
deliveries on average. Reading, features and the float32 matrix are counted; starting the process and compiling are not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.feature_company import cutoffs, write_company
from benchmarks.side_by_side import append_json, conditions, in_turn, measured, print_table, summary, tell

_SAMPLE = 500


def ours(folder: Path, at: list[int], customers: int, threads: int) -> dict[str, np.ndarray]:
    """Return each feature as float32[customers, cutoffs]."""
    from benchmarks.feature_sql import SETTINGS, declared
    from winback.features import compute_features
    from winback.history import History
    from winback.snapshots import Snapshots

    history = History.load(folder)
    rows = Snapshots(
        np.tile(np.arange(customers, dtype=np.int32), len(at)),
        np.repeat(np.array(at, np.int64), customers),
        np.zeros(customers * len(at), np.int8),
    )
    shown = [replace(one, hidden=False) for one in declared()]
    matrix = compute_features(history, rows, SETTINGS, declared=shown, threads=threads)
    values = matrix.values.reshape(len(at), customers, -1)
    return {name: values[:, :, place].T for place, name in enumerate(matrix.names)}


def measure(way: str, folder: Path, count: int, customers: int, threads: int) -> None:
    """Compute in one way in this process, and leave a sample of customers behind."""
    from benchmarks.feature_sql import compute

    work = ours if way == "ours" else compute
    work(folder / "small", cutoffs(count), 100, threads)
    values, figures = measured(lambda: work(folder / "large", cutoffs(count), customers, threads))
    some = np.random.default_rng(0).choice(customers, min(customers, _SAMPLE), replace=False)
    np.savez(folder / f"{way}-{count}.npz", **{name: column[some] for name, column in values.items()})
    tell(figures)


def refuse_difference(folder: Path, count: int) -> int:
    """Return how many features agree on the sample."""
    mine, theirs = (np.load(folder / f"{way}-{count}.npz") for way in ("ours", "duckdb"))
    names = [name for name in mine.files if mine[name].dtype == np.float32]
    if set(names) != set(theirs.files):
        raise SystemExit(f"not the same features: {sorted(set(names) ^ set(theirs.files))}")
    for name in names:
        np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-5, atol=1e-4, err_msg=name)
    return len(names)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["one"]:
        way, folder, count, customers, threads = sys.argv[2:]
        measure(way, Path(folder), int(count), int(customers), int(threads))
        return
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--customers", type=int, default=100_000)
    made.add_argument("--cutoffs", type=int, nargs="+", default=[1, 12])
    made.add_argument("--peers", nargs="*", choices=["duckdb"], default=["duckdb"])
    made.add_argument("--threads", type=int, default=os.cpu_count())
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--json", type=Path, help="append the figures to this file")
    given = made.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, customers in (("small", 100), ("large", given.customers)):
            (folder / part).mkdir()
            write_company(folder / part, customers, given.seed)
        for count in given.cutoffs:
            names = ("ours", *given.peers)
            ways = [("one", way, name, str(count), str(given.customers), str(given.threads)) for way in names]
            figures = in_turn("benchmarks.features", ways, given.repeats, given.threads)
            agreed = f"; {refuse_difference(folder, count)} features agree on a sample" if given.peers else ""
            rows = given.customers * count
            lines = [summary(way, rows, part) for way, part in zip(names, figures, strict=True)]
            print(f"\n{count} cutoffs, {given.customers:,} customers, {given.threads} threads{agreed}\n")
            print_table(lines)
            append_json(given.json, conditions(["duckdb", "numba", "numpy"]) | {"cutoffs": count, "ways": lines})


if __name__ == "__main__":
    main()
