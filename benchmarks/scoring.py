"""Raw scores of a boosted model: the compiled trees against LightGBM's own predict, which they must equal bit for bit.

Run ``python -m benchmarks.scoring --rows 1000000``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.side_by_side import append_json, conditions, in_turn, measured, parser, print_table, summary, tell
from benchmarks.tree_company import read_company, write_company


def score(way: str, folder: Path, rows: int, threads: int) -> None:
    """Score in one way in this process; reading the model and 1,000 rows to warm up are not counted."""
    values, text = read_company(folder, rows)
    if way == "ours":
        from winback.trees import Scorer, compile_trees

        scorer = Scorer.of(compile_trees(text))

        def work(some: np.ndarray) -> np.ndarray:
            return scorer.scores(some, threads)

    else:
        import lightgbm as lgb

        booster = lgb.Booster(model_str=text)

        def work(some: np.ndarray) -> np.ndarray:
            return np.asarray(booster.predict(some, raw_score=True, num_threads=threads))

    work(values[:1000])
    scores, figures = measured(lambda: work(values))
    np.save(folder / f"{way}.npy", scores)
    tell(figures)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["one"]:
        way, folder, rows, threads = sys.argv[2:]
        score(way, Path(folder), int(rows), int(threads))
        return
    options = parser(__doc__, 1_000_000)
    options.add_argument("--trees", type=int, default=500)
    options.add_argument("--leaves", type=int, default=31)
    options.add_argument("--depth", type=int, default=8, help="at most so many questions on a way; -1: any number")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_company(Path(folder), given.rows, given.trees, given.leaves, given.depth, given.seed)
        names = ("ours", "lightgbm")
        ways = [("one", name, folder, str(given.rows), str(given.threads)) for name in names]
        figures = in_turn("benchmarks.scoring", ways, given.repeats, given.threads)
        ours, theirs = (np.load(Path(folder) / f"{name}.npy") for name in names)
        if not np.array_equal(ours, theirs):
            raise SystemExit(f"{np.sum(ours != theirs)} scores differ, by up to {np.abs(ours - theirs).max()}")
    lines = [summary(name, given.rows, part) for name, part in zip(names, figures, strict=True)]
    print(f"{given.trees} trees of up to {given.leaves} leaves, {given.threads} threads; scores identical\n")
    print_table(lines)
    append_json(given.json, conditions(["lightgbm", "numba", "numpy"]) | {"ways": lines})


if __name__ == "__main__":
    main()
