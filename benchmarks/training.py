"""How long the training of the churn model takes, and how much memory beyond its float32 matrix.

``python -m benchmarks.training --rows 1000000 --columns 80`` makes snapshots of twenty cutoffs and
trains on them as ``winback train`` does: size found on later cutoffs, calibrated, tested, refitted. With
``--settings`` trees of one size are grown instead with other ways to count histograms, and judged on other customers.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from benchmarks.side_by_side import append_json, conditions, in_turn, measured, parser, tell
from winback.features import FeatureMatrix, FeatureSpec
from winback.history import DAY_US
from winback.model import TrainingRows, train_churn_model
from winback.model.boosting import BoostedTrees, dataset, tree_parameters
from winback.settings import LabelSettings, ModelSettings, RunSettings, Settings
from winback.snapshots import Snapshots
from winback.splits import split_cutoffs

CUTOFFS, EVERY, HORIZON = 20, 30, 60
FRESH = 50_000
_WORDS = ("north", "south", "east", "west")

#: What histograms are counted from and how; the first is how the model is trained.
WAYS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "as trained": {},
        "by column": {"force_row_wise": False, "force_col_wise": True},
        "63 bins": {"max_bin": 63},
        "quantised gradients": {"use_quantized_grad": True},
    }
)


def made(rows: int, columns: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Counts, amounts with gaps, and words, as features are; who leaves depends on a tenth of them, not additively."""
    rng = np.random.default_rng(seed)
    values = np.empty((rows, columns), np.float32)
    for column in range(columns):
        kind = column % 10
        if kind == 9:
            values[:, column] = rng.integers(0, len(_WORDS), rows)
        elif kind < 4:
            values[:, column] = rng.poisson(0.5 + kind, rows)
        else:
            values[:, column] = rng.lognormal(3, 1, rows)
            values[rng.random(rows) < 0.1 * (kind - 4), column] = np.nan
    silence, pace, trend = (np.log(np.nan_to_num(values[:, place], nan=20.0)) - 3 for place in (4, 14, 24))
    score = silence + silence * pace - 0.5 * trend - 0.4 * values[:, 1] + 0.6 * (values[:, 9] == 2) - 1
    return values, (rng.random(rows) < expit(score)).astype(np.int8)


def company(values: NDArray[np.float32]) -> FeatureMatrix:
    """The rows as snapshots of the same customers at every cutoff."""
    kinds = ["category" if column % 10 == 9 else "number" for column in range(values.shape[1])]
    specs = tuple(
        FeatureSpec(f"f{i}", "symptom", None, "", "", kind, _WORDS if kind == "category" else (), f"d{i}")
        for i, kind in enumerate(kinds)
    )
    customers = -(-len(values) // CUTOFFS)
    place = np.arange(len(values))
    cutoff = place // customers * EVERY * DAY_US
    snapshots = Snapshots((place % customers).astype(np.int32), cutoff, (place % 3 == 0).astype(np.int8))
    return FeatureMatrix(values, specs, snapshots)


def train_as_the_stage_does(folder: Path, threads: int) -> dict[str, float]:
    """Train in this process; memory is counted from before the matrix is read."""
    before = _resident()
    values, labels = np.load(folder / "values.npy"), np.load(folder / "labels.npy")
    matrix = company(values)
    settings = Settings(run=RunSettings(threads=threads), label=LabelSettings(horizon_days=HORIZON))
    split = split_cutoffs([int(cutoff) for cutoff in np.unique(matrix.snapshots.cutoff)], HORIZON)
    trained, figures = measured(lambda: train_churn_model(matrix, labels, split, settings))
    figures["times_matrix"] = (figures["peak_gib"] * 2**30 - before) / values.nbytes
    fresh, came = np.load(folder / "fresh.npy"), np.load(folder / "came.npy")
    return figures | {"rounds": trained.recipe.rounds, "auc": _auc(trained.model.learner_.scores(fresh), came)}


def grow_one_way(folder: Path, threads: int, way: str, trees: int) -> dict[str, float]:
    """Bin, and grow trees of the model's own shape; no figures where LightGBM gives up."""
    before = _resident()
    values, labels = np.load(folder / "values.npy"), np.load(folder / "labels.npy")
    categorical = tuple(range(9, values.shape[1], 10))
    rows = TrainingRows(values, labels, np.ones(len(labels)), categorical)
    chosen = tree_parameters(ModelSettings(), *values.shape, seed=1, threads=threads) | WAYS[way]
    try:
        booster, figures = measured(lambda: lgb.train(chosen, dataset(rows), num_boost_round=trees))
    except lgb.basic.LightGBMError as error:
        print(f"{way}: {error}", file=sys.stderr)
        return {}
    figures["times_matrix"] = (figures["peak_gib"] * 2**30 - before) / values.nbytes
    fresh, came = np.load(folder / "fresh.npy"), np.load(folder / "came.npy")
    scores = BoostedTrees(booster.model_to_string()).scores(fresh, threads)
    return figures | {"rounds": trees, "auc": _auc(scores, came)}


def _auc(scores: NDArray[np.float64], came: NDArray[np.int8]) -> float:
    return float(roc_auc_score(came, scores))


def _resident() -> int:
    """Bytes that the process holds now."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _line(name: str, figures: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    middle = {key: statistics.median(one[key] for one in figures) for key in figures[0]}
    seconds = [one["seconds"] for one in figures]
    return {"name": name} | middle | {"shortest": min(seconds), "longest": max(seconds), "runs": len(figures)}


def _print_table(lines: Sequence[Mapping[str, Any]]) -> None:
    print("| way | seconds, median (range) | processor seconds | peak GiB | times the matrix | trees | AUC, others |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for line in lines:
        spread = f"{line['seconds']:.0f} ({line['shortest']:.0f}-{line['longest']:.0f})"
        print(
            f"| {line['name']} | {spread} | {line['cpu_seconds']:.0f} | {line['peak_gib']:.2f} |"
            f" {line['times_matrix']:.2f} | {line['rounds']:.0f} | {line['auc']:.4f} |"
        )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["one"]:
        way, folder, threads, trees = sys.argv[2:]
        if way == "training":
            tell(train_as_the_stage_does(Path(folder), int(threads)))
        else:
            tell(grow_one_way(Path(folder), int(threads), way, int(trees)))
        return
    options = parser(__doc__, 1_000_000)
    options.add_argument("--columns", type=int, default=80)
    options.add_argument("--settings", nargs="*", choices=WAYS, help="ways to count histograms; all if none is named")
    options.add_argument("--trees", type=int, default=150, help="with --settings")
    given = options.parse_args()
    names = ["training"] if given.settings is None else given.settings or list(WAYS)
    with tempfile.TemporaryDirectory() as folder:
        for seed, rows, kept in ((1, given.rows, ("values", "labels")), (2, FRESH, ("fresh", "came"))):
            values, left = made(rows, given.columns, seed)
            np.save(Path(folder) / f"{kept[0]}.npy", values)
            np.save(Path(folder) / f"{kept[1]}.npy", left)
            del values, left
        ways = [("one", name, folder, str(given.threads), str(given.trees)) for name in names]
        figures = in_turn("benchmarks.training", ways, given.repeats, given.threads)
    lines = [_line(name, part) for name, part in zip(names, figures, strict=True) if all(part)]
    print(f"{given.rows:,} rows × {given.columns} columns, {given.threads} threads\n")
    _print_table(lines)
    append_json(given.json, conditions(["lightgbm", "numpy"]) | {"ways": lines})


if __name__ == "__main__":
    main()
