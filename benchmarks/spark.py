"""Judging and deciding on an Apache Spark cluster of this machine's cores, against the local engine on one thread.

    python -m benchmarks.spark --cache companies --customers 3000 12000 --cores 2 --json spark.jsonl

The company is that of `benchmarks.weekly`. Both engines judge the same customers (features, risk, value, reasons with
their sentences) and decide on them, and must say the same. Processor seconds are those of all processes: of the driver,
of Spark and of its Python workers. The slope over the sizes is what a further customer costs, without the start of
Spark.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.companies import trained_company
from benchmarks.side_by_side import append_json, conditions
from benchmarks.weekly import SEED, SMALL, enlarge, per_million
from winback.actions import Actions
from winback.history import History
from winback.pipelines.cluster import score_on_spark
from winback.pipelines.decide import Decided, decide_all
from winback.pipelines.judge import Judgement, judge
from winback.pipelines.models import ModelSet
from winback.pipelines.project import Project, texts_of
from winback.reasons import WORDS
from winback.response import assumed_effects
from winback.settings import Settings
from winback.snapshots import Snapshots, snapshots_at
from winback.spark import spark_session


def with_spark(settings: Settings, customers_per_part: int) -> Settings:
    """Return settings for a cluster, with one thread for the local engine."""
    spark = settings.spark.model_copy(update={"customers_per_part": customers_per_part})
    return settings.model_copy(
        update={"spark": spark, "run": settings.run.model_copy(update={"threads": 1, "engine": "spark"})}
    )


def scored(settings: Settings, models: ModelSet) -> dict[str, dict[str, float]]:
    """Judge and decide with both engines; return seconds by the clock and of all processors.

    Raises
    ------
    RuntimeError
        When they do not agree.
    """
    project, texts = Project(settings), texts_of(settings)
    effects = assumed_effects(Actions.from_settings(settings.actions), WORDS)
    said: list[tuple[Judgement, Decided]] = []

    def locally(history: History, rows: Snapshots) -> None:
        judged = judge(history, rows, models, settings, texts)
        said.append((judged, decide_all(history, judged, effects, project, "benchmark", texts)))

    def on_spark(history: History, rows: Snapshots) -> None:
        judged, decided, _ = score_on_spark(project, history, rows, models, effects, "benchmark")
        said.append((judged, decided))

    def once(work: Callable[[History, Snapshots], None]) -> Callable[[], None]:
        def run() -> None:
            history = History.load(project.staging)
            work(history, snapshots_at(history, [history.ends_at], settings.population))

        return run

    local, spark = timed(once(locally)), timed(once(on_spark))
    (one, decided), (other, found) = said
    if not (
        np.allclose(one.churn_probability, other.churn_probability, rtol=1e-9)
        and np.array_equal(one.reasons.text, other.reasons.text)
        and found.texts.equals(decided.texts)
    ):
        raise RuntimeError("the engines do not agree")
    return {"local": local, "spark": spark}


def timed(work: Callable[[], None]) -> dict[str, float]:
    """Seconds by the clock, and of the processor over this process and all that it has started."""
    wall, processor = time.perf_counter(), processor_seconds()
    work()
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": processor_seconds() - processor}


def processor_seconds() -> float:
    """Seconds of the processor that this process and its descendants, also those that have ended, have used."""
    used: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parts = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended since the folder was listed
            used[int(folder.name)] = (int(parts[1]), sum(int(ticks) for ticks in parts[11:15]))
    mine, found = {os.getpid()}, 0
    while len(mine) > found:
        found = len(mine)
        mine |= {pid for pid, (parent, _) in used.items() if parent in mine}
    return sum(used[pid][1] for pid in mine if pid in used) / os.sysconf("SC_CLK_TCK")


def table(lines: Sequence[dict[str, Any]], cores: int) -> None:
    """Print both engines and what a million customers would take more by slope, as Markdown."""
    sizes = [line["customers"] for line in lines]
    heads = "".join(f" {size:,}: CPU s (clock) |" for size in sizes)
    print(f"| engine |{heads} CPU s per million, by slope | customers per second and core |")
    print("|---|" + "---:|" * (len(sizes) + 2))
    for engine in ("local", "spark"):
        cpu = [line[engine]["cpu_seconds"] for line in lines]
        cells = [f"{used:.1f} ({line[engine]['seconds']:.1f})" for used, line in zip(cpu, lines, strict=True)]
        slope = per_million(sizes, cpu)
        name = engine if engine == "local" else f"spark, local[{cores}]"
        print(f"| {name} | {' | '.join(cells)} | {slope:.0f} | {1e6 / slope:,.0f} |")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[3000, 12_000])
    parser.add_argument("--per-part", type=int, default=1500, help="customers that a worker holds at a time")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cache", type=Path, required=True, help="where companies are kept")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    arguments = parser.parse_args()
    settings = with_spark(trained_company(arguments.cache, SEED, SMALL), arguments.per_part)
    lines = []
    with spark_session(f"local[{arguments.cores}]"), tempfile.TemporaryDirectory() as folder:
        models = ModelSet.load(Project(settings).challenger)
        scored(settings, models)  # starts the workers and loads compiled code
        for customers in arguments.customers:
            larger = settings.model_copy(update={"root": Path(folder) / str(customers)})
            larger.path("data").mkdir(parents=True)
            enlarge(settings.path("data/staging"), larger.path("data/staging"), customers)
            lines.append({"customers": customers, **scored(larger, models)})
    table(lines, arguments.cores)
    append_json(arguments.json, {**conditions(("pyspark", "pyarrow", "numpy")), "lines": lines})


if __name__ == "__main__":
    main()
