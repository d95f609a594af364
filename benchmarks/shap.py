"""Exact path-dependent SHAP values: the compiled trees against LightGBM's pred_contrib and shap.TreeExplainer.

Run ``python -m benchmarks.shap --rows 100000``. The peers explain the first ``--peer-rows`` of the rows only;
speeds are compared per row.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.side_by_side import append_json, conditions, in_turn, measured, parser, print_table, summary, tell
from benchmarks.tree_company import FEATURES, read_company, write_company

#: Sums over groups of features, as reasons are: so many groups, and every fourth feature in none.
GROUPS = 10
GROUP_OF_FEATURE = np.where(np.arange(FEATURES) % 4 == 3, -1, np.arange(FEATURES) % GROUPS)
#: Ways, and which of them give all features.
WAYS = {"ours": True, "ours, summed to 10 groups": False, "lightgbm pred_contrib": True, "shap.TreeExplainer": True}


def worker(way: str, text: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """Make a model ready in one way."""
    if way.startswith("ours"):
        from winback.trees import Explainer, compile_trees

        groups = GROUP_OF_FEATURE if "groups" in way else None
        explainer = Explainer.of(compile_trees(text), groups)
        return lambda some: explainer.contributions(some, threads)
    import lightgbm as lgb

    booster = lgb.Booster(model_str=text)
    if way.startswith("lightgbm"):
        return lambda some: np.asarray(booster.predict(some, pred_contrib=True, num_threads=threads))[:, :-1]
    import shap

    peer = shap.TreeExplainer(booster)  # its threads are those of OMP_NUM_THREADS
    return lambda some: np.asarray(peer.shap_values(some, check_additivity=False)).reshape(-1, len(some), FEATURES)[-1]


def explain(way: str, folder: Path, rows: int, threads: int) -> None:
    """Explain in one way in this process; making the model ready is told apart from explaining."""
    values, text = read_company(folder, rows)
    work, ready = measured(lambda: worker(way, text, threads))
    work(values[:10])
    shares, figures = measured(lambda: work(values))
    np.save(folder / f"{way}.npy", shares)
    tell(figures | {"ready_seconds": ready["seconds"]})


def disagreement(folder: Path, rows: int) -> float:
    """Return the largest difference of any way to LightGBM's, on the rows that all explained."""
    found = {way: np.load(folder / f"{way}.npy", mmap_mode="r")[:rows] for way in WAYS}
    reference = found["lightgbm pred_contrib"]
    summed = np.stack([reference[:, group == GROUP_OF_FEATURE].sum(axis=1) for group in range(GROUPS)], axis=1)
    return max(float(np.abs(found[way] - (reference if whole else summed)).max()) for way, whole in WAYS.items())


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["one"]:
        way, folder, rows, threads = sys.argv[2:]
        explain(way, Path(folder), int(rows), int(threads))
        return
    options = parser(__doc__, 100_000)
    options.add_argument("--peer-rows", type=int, default=1000)
    options.add_argument("--trees", type=int, default=500)
    options.add_argument("--leaves", type=int, default=31)
    options.add_argument("--depth", type=int, default=8, help="at most so many questions on a way; -1: any number")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    rows = {way: given.rows if way.startswith("ours") else min(given.rows, given.peer_rows) for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        write_company(Path(folder), given.rows, given.trees, given.leaves, given.depth, given.seed)
        ways = [("one", way, folder, str(rows[way]), str(given.threads)) for way in WAYS]
        figures = in_turn("benchmarks.shap", ways, given.repeats, given.threads)
        apart = disagreement(Path(folder), min(rows.values()))
    if apart > 1e-12:
        raise SystemExit(f"values differ by up to {apart}")
    lines = [summary(way, rows[way], part) for way, part in zip(WAYS, figures, strict=True)]
    ready = max(one["ready_seconds"] for one in figures[0])
    print(f"{given.trees} trees of up to {given.leaves} leaves, {given.threads} threads; values agree to {apart:.0e}")
    print(f"making our tables took up to {ready:.1f} s, once per model, not counted below\n")
    print_table(lines)
    append_json(given.json, conditions(["lightgbm", "numba", "numpy", "shap"]) | {"disagreement": apart, "ways": lines})


if __name__ == "__main__":
    main()
