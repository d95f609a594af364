"""The churn model beside everything a user would otherwise do.

``python -m benchmarks.models`` cuts the public histories beside the project, and made-up companies whose true
probabilities are known, at an instant; teaches every way what was known then; and asks what came. With
``--populations`` one model for active and lapsed customers is compared with one for each, with
``--defaults-against-tuned`` the default settings with those that a search finds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.model_choices import one_or_two, tuned_or_not
from benchmarks.model_measures import SAMPLES, averaged, figures
from benchmarks.model_tables import print_choices, print_plain, print_ways, read_lines
from benchmarks.model_tasks import CUTS, Task, demo_task, public_task
from benchmarks.model_ways import OURS, Score, fixed_scores, missing, seeded_scores
from benchmarks.plain_table import plain_lines
from benchmarks.side_by_side import append_json, conditions
from winback.evaluation import Measured, Scored, customer_weights
from winback.snapshots import POPULATIONS

#: Seeds of the run and of the demo companies; settings were chosen on others.
SEEDS, COMPANIES = (901, 902, 903), (701, 702, 703)


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    data: Sequence[str]
    seeds: Sequence[int]
    companies: Sequence[int]
    customers: int
    cache: Path


def tasks(options: Options) -> Iterator[Task]:
    """Yield the tasks; data that is not there is said, and left out."""
    for name in options.data:
        if name == "demo":
            for seed in options.companies:
                yield demo_task(seed, options.customers, options.cache)
        elif name in CUTS:
            try:
                yield public_task(name, options.cache)
            except FileNotFoundError as error:
                print(error)


def compare(task: Task, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Measure every way, per population; measures are means over the seeds."""
    fixed = fixed_scores(task)
    runs = [seeded_scores(task.with_seed(seed)) for seed in seeds]
    return [
        _line(task, population, runs, fixed)
        for population in range(len(POPULATIONS))
        if len(np.unique(task.labels[task.now][task.matrix.snapshots.population[task.now] == population])) == 2
    ]


def _line(task: Task, code: int, runs: list[dict[str, Score]], fixed: dict[str, Score]) -> dict[str, Any]:
    snapshots = task.matrix.snapshots.rows(task.now)
    here = snapshots.population == code
    came = task.labels[task.now][here]
    weights = customer_weights(snapshots.customer[here].astype(np.int64), SAMPLES, seed=1)

    def measured(score: Score) -> Measured:
        return Measured.of(Scored.of(came, score[0][here], is_probability=score[1]), weights)

    found = {name: averaged([measured(run[name]) for run in runs]) for name in runs[0]}
    found |= {name: measured(score) for name, score in fixed.items()}
    line: dict[str, Any] = {
        "kind": "ways",
        "data": task.name,
        "population": POPULATIONS[code],
        "customers": int(here.sum()),
        "churned": float(came.mean()),
        "seeds": len(runs),
        "ways": {name: figures(found[OURS], part) for name, part in found.items()},
    }
    if task.truth is not None:
        gaps = [float(np.abs(run[OURS][0] - task.truth)[here].mean()) for run in runs]
        reached = (found[OURS].value["auc"] - 0.5) / (found["truth"].value["auc"] - 0.5)
        line["truth"] = {"share_of_auc": reached, "mean_absolute_error": float(np.mean(gaps))}
    return line


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=[*CUTS, "demo", "telco"], default=[*CUTS, "demo", "telco"])
    parser.add_argument("--quick", action="store_true", help="one seed, one company")
    parser.add_argument("--customers", type=int, default=4000, help="of a demo company")
    parser.add_argument("--cache", type=Path, default=Path("data/benchmarks"))
    parser.add_argument("--populations", action="store_true", help="one model for both populations, or two")
    parser.add_argument("--defaults-against-tuned", action="store_true")
    parser.add_argument("--trials", type=int, default=30, help="of the search for better settings")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    parser.add_argument("--table", type=Path, help="print what such a file holds as tables, and measure nothing")
    return parser.parse_args()


def measure(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the figures one by one."""
    few = 1 if arguments.quick else None
    options = Options(arguments.data, SEEDS[:few], COMPANIES[:few], arguments.customers, arguments.cache)
    if arguments.populations:
        yield from one_or_two(options.data, options.seeds, options.companies, options.customers, options.cache)
    elif arguments.defaults_against_tuned:
        for task in tasks(options):
            yield from tuned_or_not(task, options.seeds, arguments.trials)
    else:
        for task in tasks(options):
            yield from compare(task, options.seeds)
        if "telco" in options.data:
            yield from plain_lines(options.seeds)


def main() -> None:
    """Measure, or print what was measured."""
    arguments = _arguments()
    lines = read_lines(arguments.table) if arguments.table else []
    if not arguments.table:
        print(conditions(("winback", "lightgbm", "scikit-learn", "lifetimes", "numpy")))
        print("not installed:", ", ".join(missing()) or "nothing")
        for line in measure(arguments):
            append_json(arguments.json, line)
            lines.append(line)
    print_ways([line for line in lines if line["kind"] == "ways"])
    print_plain([line for line in lines if line["kind"] == "plain"])
    print_choices([line for line in lines if line["kind"] == "choice"])


if __name__ == "__main__":
    main()
