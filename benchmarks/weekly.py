"""The weekly job step by step: seconds and memory of scoring a company of so many customers, in one process.

    python -m benchmarks.weekly --cache companies --customers 20000 100000 --json weekly.jsonl

The company is a demo company of `SMALL` customers with its trained models, repeated under new ids. Every copy of a
customer is moved some days back as a whole and pays a little more or less, so that dates and sums differ; counts of
facts do not. The last column is the slope of a straight line through the sizes measured, not a measurement of a
million customers.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.companies import trained_company
from benchmarks.side_by_side import append_json, conditions, in_turn, measured, tell
from winback.actions import Actions
from winback.features import compute_features
from winback.history import DAY_US, History
from winback.pipelines.decide import decide_all
from winback.pipelines.judge import Judgement
from winback.pipelines.models import ModelSet
from winback.pipelines.project import Project, texts_of
from winback.pipelines.score import make_ranking, write_lists
from winback.reasons import WORDS, Inference, Reasons, leaving_of
from winback.reasons.evidence import gather_evidence
from winback.reasons.sentences import write_texts
from winback.reasons.stated import stated_reasons
from winback.response import assumed_effects
from winback.settings import Settings
from winback.snapshots import snapshots_at

#: Customers of the company that is repeated, and its seed.
SMALL, SEED = 3000, 11
#: A copy lives up to so many days earlier, and pays up to this share more or less.
EARLIER_DAYS, DEARER = 7, 0.03
#: Texts that tell rows apart and so differ from copy to copy.
IDENTIFIERS = ("customer_id", "order_id", "ticket_id")
MONEY = ("amount", "margin", "discount", "unit_price")
#: What is compared: reasons with their texts against the features and the models of risk and value.
SCORING = ("features", "churn probability", "value")
REASONS = ("reasons: inference", "reasons: evidence", "reasons: sentences")


def enlarge(small: Path, large: Path, customers: int) -> None:
    """Write staged tables of so many customers from those of a small company."""
    large.mkdir()
    size = pq.read_metadata(small / "customer_index.parquet").num_rows
    copies = math.ceil(customers / size)
    for file in sorted(small.glob("*.parquet")):
        table = pq.read_table(file)
        with pq.ParquetWriter(large / file.name, table.schema) as writer:
            for copy in range(copies):
                kept = table.filter(pc.less(table["customer"], customers - copy * size))
                writer.write_table(_copied(kept, copy, size))
    summary = (small / "summary.json").read_text(encoding="utf-8")
    (large / "summary.json").write_text(summary, encoding="utf-8")


def _copied(table: pa.Table, copy: int, size: int) -> pa.Table:
    """One copy of some rows; the first copy is the company itself."""
    draw = np.random.default_rng([SEED, copy])
    code = table["customer"].to_numpy()
    earlier = np.floor(draw.random(size) * EARLIER_DAYS * DAY_US * (copy > 0)).astype(np.int64)[code]
    factor = (1 + draw.uniform(-DEARER, DEARER, size) * (copy > 0))[code]
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if field.name == "customer":
            column = pa.array(code + np.int32(copy * size), field.type)
        elif pa.types.is_timestamp(field.type):
            column = pc.subtract(column.cast(pa.int64()), earlier).cast(field.type)
        elif field.name in MONEY:
            column = pc.round(pc.multiply(column, factor), 2)
        elif field.name in IDENTIFIERS:
            column = pc.binary_join_element_wise(f"{copy:04d}", column.cast(pa.string()), "-").cast(field.type)
        table = table.set_column(place, field, column)
    return table


class Clock:
    """Seconds by the clock and of the processor, per step."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what happens inside to a step."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        found = self.steps.setdefault(name, {"seconds": 0.0, "cpu_seconds": 0.0})
        found["seconds"] += time.perf_counter() - wall
        found["cpu_seconds"] += time.process_time() - processor


def score(settings: Settings, staging: Path) -> dict[str, Any]:
    """Do once what `winback score` does from staged tables to lists; return the seconds of every step."""
    project, clock = Project(settings), Clock()
    models, texts = ModelSet.load(project.challenger), texts_of(settings)
    with clock.step("history"):
        history = History.load(staging)
        now = snapshots_at(history, [history.ends_at], settings.population)
        # what a table is read for first would otherwise bear the cost of reading it
        for table in _event_tables(staging):
            history.events(table)
    with clock.step("features"):
        matrix = compute_features(history, now, settings.features, categories=models.churn.contract_.categories)
    with clock.step("churn probability"):
        probability = models.churn.churn_probability(matrix)
        counts = {} if models.reference is None else models.reference.count(matrix)
    with clock.step("value"):
        value = models.value.predict(matrix)
    with clock.step("reasons: inference"):
        leaving = leaving_of(history, now)
        share, chance = models.reasons.chances(history, now, leaving, settings)
        stated = stated_reasons(history, now, leaving, settings.reasons.exit_words)
    with clock.step("reasons: evidence"):
        evidence = gather_evidence(history, now, leaving, settings)
    with clock.step("reasons: inference"):
        inference = Inference(share, chance, evidence, leaving, models.reasons.confidence)
        choice = inference.choose(stated, settings.reasons.min_confidence)
    with clock.step("reasons: sentences"):
        written = write_texts(choice, evidence, leaving, stated, texts)
        reasons = Reasons(choice.code, written, choice.share, choice.confidence, choice.is_stated)
    judged = Judgement(now, probability, value, reasons, counts)
    day = project.staged_as_of()
    with clock.step("decision"):
        effects = assumed_effects(Actions.from_settings(settings.actions), WORDS)
        decided = decide_all(history, judged, effects, project, day.isoformat(), texts)
    with clock.step("ranking"):
        ranking = make_ranking(history, judged, decided, day, models.version)
    with clock.step("writing"), tempfile.TemporaryDirectory() as folder:
        write_lists(ranking, Path(folder), texts)
    shown = written[written != ""]
    return {"steps": clock.steps, "rows": len(now), "texts": shown.size, "different_texts": np.unique(shown).size}


def _event_tables(staging: Path) -> list[str]:
    others = ("customer_index", "customers")
    return sorted(file.stem for file in staging.glob("*.parquet") if file.stem not in others)


def one(cache: Path, customers: int) -> None:
    """Measure one size in this process; a run of the small company before warms it up."""
    settings = trained_company(cache, SEED, SMALL)
    staging = settings.path("data/staging")
    score(settings, staging)
    with tempfile.TemporaryDirectory() as folder:
        enlarge(staging, Path(folder) / "staging", customers)
        found, whole = measured(lambda: score(settings, Path(folder) / "staging"))
    tell({"customers": customers, "peak_gib": whole["peak_gib"], **found})


def per_million(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Slope of the line through what was measured; from one size its plain multiple."""
    slope = np.polyfit(sizes, seconds, 1)[0] if len(sizes) > 1 else seconds[0] / sizes[0]
    return float(slope * 1_000_000)


def table(found: Sequence[dict[str, Any]]) -> None:
    """Print processor seconds (and those by the clock) of every step and size as Markdown."""
    sizes = [line["customers"] for line in found]
    print("| step | " + " | ".join(f"{size:,}" for size in sizes) + " | CPU s per million, by slope |")
    print("|---|" + "---:|" * (len(sizes) + 1))

    def row(name: str, of: Callable[[dict[str, Any], str], float]) -> None:
        cpu = [of(line, "cpu_seconds") for line in found]
        cells = [f"{used:.2f} ({of(line, 'seconds'):.2f})" for used, line in zip(cpu, found, strict=True)]
        print(f"| {name} | {' | '.join(cells)} | {per_million(sizes, cpu):.0f} |")

    for name in found[0]["steps"]:
        row(name, lambda line, kind, name=name: line["steps"][name][kind])
    for name, steps in (("**scoring**: " + ", ".join(SCORING), SCORING), ("**reasons**", REASONS)):
        row(name, lambda line, kind, steps=steps: _total(line, steps, kind))
    ratios = [_total(line, REASONS, "cpu_seconds") / _total(line, SCORING, "cpu_seconds") for line in found]
    for name, cells in (
        ("reasons / scoring", [f"{ratio:.2f}" for ratio in ratios]),
        ("texts (different)", [f"{line['texts']:,} ({line['different_texts']:,})" for line in found]),
        ("peak GiB", [f"{line['peak_gib']:.2f}" for line in found]),
    ):
        print(f"| {name} | {' | '.join(cells)} | |")


def _total(line: dict[str, Any], steps: Sequence[str], kind: str) -> float:
    return float(sum(line["steps"][name][kind] for name in steps))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("companies"), help="folder that keeps the small company")
    parser.add_argument("--customers", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    parser.add_argument("--here", action="store_true", help="measure the one size in this process")
    given = parser.parse_args()
    if given.here:
        one(given.cache, given.customers[0])
        return
    trained_company(given.cache, SEED, SMALL)
    ways = [("--here", "--cache", str(given.cache), "--customers", str(size)) for size in given.customers]
    found = [figures[0] for figures in in_turn("benchmarks.weekly", ways, 1, 1)]
    table(found)
    for line in found:
        append_json(given.json, conditions(["numpy", "numba", "pyarrow", "fluent.runtime"]) | line)


if __name__ == "__main__":
    main()
