"""Choices about the model, each measured at the same cuts: one model or two, default settings or tuned ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.model_measures import SAMPLES, averaged, figures
from benchmarks.model_tasks import CUTS, Cut, Task, demo_task, public_task
from benchmarks.model_ways import ours
from winback.evaluation import Measured, Scored, customer_weights
from winback.snapshots import POPULATIONS
from winback.tuning import tune

Floats = NDArray[np.float64]
#: One year of baskets and one cohort hold lapsed customers to learn from only where silence counts sooner.
WITH_LAPSED: Mapping[str, Cut] = MappingProxyType(
    {
        "cdnow": Cut("1998-01-01", 120, 90),
        "completejourney": Cut("2017-10-01", 30, 60),
        "debruyn": CUTS["debruyn"],
    }
)
#: Fewer customers at the cut than this, of either outcome, tell nothing apart.
_FEW = 30


def one_or_two(
    data: Sequence[str], seeds: Sequence[int], companies: Sequence[int], customers: int, cache: Path
) -> Iterator[dict[str, Any]]:
    """Compare one model that knows both populations with one for each."""
    for task in _with_lapsed(data, companies, customers, cache):
        one = [ours(task.with_seed(seed))[0] for seed in seeds]
        for code, population in enumerate(POPULATIONS):
            here = task.matrix.snapshots.population[task.now] == code
            apart = task.of_population(code)
            if _too_few(apart):
                print(f"{task.name}: too few {population} customers, left out")
                continue
            two = [ours(apart.with_seed(seed))[0] for seed in seeds]
            pair = {"one model": [score[here] for score in one], "one for each": two}
            yield _compared(apart, population, "one model or two", pair)


def tuned_or_not(task: Task, seeds: Sequence[int], trials: int) -> Iterator[dict[str, Any]]:
    """Compare the default settings with the best that a search over what was known at the cut finds."""
    tuning = task.settings.tuning.model_copy(update={"trials": trials, "time_limit_minutes": 60})
    found = tune(
        task.matrix.rows(~task.now), task.labels[~task.now], task.settings.model_copy(update={"tuning": tuning})
    )
    best = min(found.trials, key=lambda trial: float(trial["log_loss"]))["parameters"] if found.trials else {}
    model = task.settings.model.model_copy(update=dict(best))
    tuned = replace(task, settings=task.settings.model_copy(update={"model": model}))
    pair = {
        "defaults": [ours(task.with_seed(seed))[0] for seed in seeds],
        "tuned": [ours(tuned.with_seed(seed))[0] for seed in seeds],
    }
    for code, population in enumerate(POPULATIONS):
        here = task.matrix.snapshots.population[task.now] == code
        apart = task.of_population(code)
        if not _too_few(apart):
            part = {name: [score[here] for score in scores] for name, scores in pair.items()}
            line = _compared(apart, population, "defaults or tuned", part)
            yield line | {"adopted": found.adopted, "trials": len(found.trials), "best": best, "notes": found.notes}


def _with_lapsed(data: Sequence[str], companies: Sequence[int], customers: int, cache: Path) -> Iterator[Task]:
    for name in data:
        if name == "demo":
            for seed in companies:
                yield demo_task(seed, customers, cache)
        elif name in WITH_LAPSED:
            yield public_task(name, cache, WITH_LAPSED[name])


def _too_few(task: Task) -> bool:
    """Tell whether there is nothing to learn from or to tell apart."""
    came, known = task.labels[task.now], task.labels[~task.now]
    return min((came == 0).sum(), (came == 1).sum(), (known == 0).sum(), (known == 1).sum()) < _FEW


def _compared(task: Task, population: str, choice: str, pair: Mapping[str, Sequence[Floats]]) -> dict[str, Any]:
    """Both ways on the same customers; the first is the present one."""
    came = task.labels[task.now]
    customer = task.matrix.snapshots.customer[task.now].astype(np.int64)
    weights = customer_weights(customer, SAMPLES, seed=1)
    found = {
        name: averaged([Measured.of(Scored.of(came, score), weights) for score in scores])
        for name, scores in pair.items()
    }
    present = next(iter(found.values()))
    return {
        "kind": "choice",
        "choice": choice,
        "data": task.name,
        "population": population,
        "customers": len(came),
        "churned": float(came.mean()),
        "seeds": len(next(iter(pair.values()))),
        "ways": {name: figures(present, part) for name, part in found.items()},
    }
