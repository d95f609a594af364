"""Raw files to staging: a first run, one with nothing new, one after a week, and DuckDB's own readers, in turn.

Run ``python -m benchmarks.staging --customers 20000``. Customers have 50 orders, 5 tickets and 20 deliveries on average
over three years, one file a quarter for every table, and a row for each in ``customers``. DuckDB reads the same files,
all columns typed, into tables in memory; it checks, sorts and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.raw_company import ENDS_ON, write_customers, write_history, write_week
from benchmarks.side_by_side import append_json, conditions, in_turn, measured, print_table, summary, tell

TABLES = ("orders", "deliveries", "tickets", "customers")
WAYS = {
    "first": "first run",
    "duckdb": "DuckDB's reader",
    "again": "second run, nothing new",
    "week": "run after a week's new files",
}


def prepare(root: Path, threads: int, weeks: int) -> None:
    """Check and stage as the stage ``prepare`` does."""
    from winback.settings import parse_settings
    from winback.sources import prepare_sources

    settings = parse_settings(f"run: {{threads: {threads}}}\n", root=root)
    prepare_sources(settings, today=ENDS_ON + datetime.timedelta(days=7 * weeks + 90))


def read(root: Path, form: str, threads: int) -> Any:
    """Read the same files with DuckDB."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    for table in TABLES:
        files = "customers" if table == "customers" else f"{table}/*"
        connection.execute(f"CREATE TABLE {table} AS FROM '{root}/data/raw/{files}.{form}'")
    return connection


def start_over(root: Path, customers: int, form: str, seed: int) -> None:
    """Forget earlier runs and take the week's files away."""
    for folder in ("data/staging", "data/quarantine", ".winback"):
        shutil.rmtree(root / folder, ignore_errors=True)
    for path in (root / "data/raw").glob(f"*/week.{form}"):
        path.unlink()
        write_customers(root / "data/raw", customers, form, seed)


def measure(way: str, root: Path, customers: int, form: str, threads: int, seed: int) -> None:
    """Run one way in this process."""
    import winback.sources  # noqa: F401  importing is not counted

    work: Callable[[], Any] = lambda: prepare(root, threads, 0)  # noqa: E731
    if way == "first":
        start_over(root, customers, form, seed)
    elif way == "week":
        write_week(root / "data/raw", customers, form, seed)
        work = lambda: prepare(root, threads, 1)  # noqa: E731
    elif way == "duckdb":
        work = lambda: read(root, form, threads)  # noqa: E731
    tell(measured(work)[1])


def refuse_difference(root: Path, form: str, threads: int) -> None:
    """Compare what the last run, of a week, staged with a first run over the same files, and with what DuckDB read."""
    staged = {path.name: path.read_bytes() for path in sorted((root / "data/staging").iterdir())}
    shutil.rmtree(root / ".winback")
    prepare(root, threads, 1)
    for name, content in staged.items():
        if (root / "data/staging" / name).read_bytes() != content:
            raise SystemExit(f"{name} is not what a first run stages")
    connection = read(root, form, threads)
    for table, figures, good in (
        ("orders", "count(*), sum(amount)::DECIMAL(18,2), max(ordered_at)", "customer_id IS NOT NULL"),
        ("tickets", "count(*), count(resolved_at), max(opened_at)", "true"),
        ("deliveries", "count(*), count(delivered_at)", "order_id IN (FROM good_orders)"),
    ):
        connection.execute(f"CREATE OR REPLACE VIEW good AS SELECT * FROM {table} WHERE {good}")
        if table == "orders":
            connection.execute("CREATE TABLE good_orders AS SELECT order_id FROM good")
        theirs = connection.execute(f"SELECT {figures} FROM good").fetchone()
        ours = connection.execute(f"SELECT {figures} FROM '{root}/data/staging/{table}.parquet'").fetchone()
        if ours != theirs:
            raise SystemExit(f"{table}: staged {ours}, DuckDB read {theirs}")


def main() -> None:
    """Print the tables."""
    if sys.argv[1:2] == ["one"]:
        way, root, customers, form, threads, seed = sys.argv[2:]
        measure(way, Path(root), int(customers), form, int(threads), int(seed))
        return
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--customers", type=int, default=20_000)
    made.add_argument("--forms", nargs="+", choices=["csv", "parquet"], default=["csv", "parquet"])
    made.add_argument("--threads", type=int, default=os.cpu_count())
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--folder", type=Path, help="where the files go; a temporary folder otherwise")
    made.add_argument("--json", type=Path, help="append the figures to this file")
    given = made.parse_args()
    for form in given.forms:
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            rows = write_history(Path(name) / "data/raw", given.customers, form, given.seed)
            shared = (name, str(given.customers), form, str(given.threads), str(given.seed))
            ways = [("one", way, *shared) for way in WAYS]
            figures = in_turn("benchmarks.staging", ways, given.repeats, given.threads)
            refuse_difference(Path(name), form, given.threads)
            lines = [summary(said, rows, part) for said, part in zip(WAYS.values(), figures, strict=True)]
            print(f"\n{form}, {given.customers:,} customers, {given.threads} threads; all results agree\n")
            print_table(lines)
            append_json(given.json, conditions(["duckdb", "numpy", "pyarrow"]) | {"form": form, "ways": lines})


if __name__ == "__main__":
    main()
