"""Which way of naming reasons names the true causes: several ways side by side on demo companies with known truth.

Counted are customers lost in the last nine months, who have not returned, for one of the seven reasons that tables
show; the first reason, and the first three, are compared with the planted cause. Statements (`exits`) are used in "as
shown" only. The settings of all ways were chosen on seeds 101 to 110; report others:

    python -m benchmarks.reasons --cache /tmp/companies --seeds 501 502 503 --json reasons.jsonl
    python -m benchmarks.reasons --cache /tmp/companies --scenario "no tickets" --seeds 605 --quick --json reasons.jsonl
    python -m benchmarks.reasons --table reasons.jsonl

The constants of `winback.reasons.confidence` come from

    python -m benchmarks.reasons --cache /tmp/companies --calibrate
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from benchmarks.reason_companies import SCENARIOS, Company, make_company
from benchmarks.reason_ways import Additive, ways
from winback.reasons import WORDS, leaving_of
from winback.reasons.confidence import Confidence
from winback.reasons.stated import stated_reasons

Array = NDArray[Any]
#: Companies that the map of confidence is fitted on.
DEVELOPMENT = (
    *(("default", seed) for seed in (101, 102, 103, 104)),
    ("no tickets", 106), ("price and delivery x3", 107), ("service and conflict x3", 108), ("no surveys, exits", 109),
    ("no contacts, managers", 110),
)  # fmt: skip
THRESHOLDS = (0.0, 0.2, 0.3, 0.35, 0.4, 0.5)


#: Ways that need no other models: quick.
QUICK = (
    "random", "commonest causes", "hazard by week, additive", "additive, with evidence",
    "as shown, without statements", "as shown", "knowing every hazard",
)  # fmt: skip


def compare(company: Company, quick: bool) -> list[dict[str, Any]]:
    """Accuracy of all ways on one company, and how far confidence can be trusted."""
    about = {"scenario": company.scenario, "seed": company.seed}
    true = company.cause[company.counted]
    additive = Additive(company)
    results: list[dict[str, Any]] = []
    for name, way in ways(company, additive, QUICK if quick else None).items():
        start = time.perf_counter()
        words = way()
        first, three = words[:, 0] == true, (words == true[:, None]).any(axis=1)
        seconds = time.perf_counter() - start
        found = {"way": name, "n": int(true.size), "first": int(first.sum()), "three": int(three.sum())}
        print(f"{company.scenario} {company.seed}: {name}: {first.mean():.3f} {three.mean():.3f}", flush=True)
        results.append(about | {"kind": "way", "seconds": round(seconds, 2)} | found)
    results += [about | {"kind": "threshold"} | at_threshold(additive, minimum) for minimum in THRESHOLDS]
    confidence, right = claims(additive, additive.model.confidence)
    return [*results, about | {"kind": "confidence", "claimed": confidence.tolist(), "right": right.tolist()}]


def at_threshold(additive: Additive, min_confidence: float) -> dict[str, Any]:
    """What `reasons.min_confidence` costs and brings, without statements."""
    company = additive.company
    words = additive.shown(min_confidence)
    hidden = (company.cause != "") & ~company.counted & ~np.isin(company.cause, ["assortment", "loyalty"])
    return {
        "min_confidence": min_confidence,
        "n": int(company.counted.sum()),
        "first": int((words[:, 0] == company.cause)[company.counted].sum()),
        "three": int((words == company.cause[:, None]).any(axis=1)[company.counted].sum()),
        "hidden": int(hidden.sum()),
        "hidden_named": int((words[hidden, 0] != "unknown").sum()),
    }


def claims(additive: Additive, confidence: Confidence) -> tuple[Array, Array]:
    """Confidence in the first reason, and whether it is right, of lost customers whose reason is inferred, not said."""
    company = additive.company
    leaving = leaving_of(company.history, company.now)
    said = stated_reasons(company.history, company.now, leaving, company.settings.reasons.exit_words).code >= 0
    chance = additive.supported()
    believed = confidence.of(chance.max(axis=1))
    shown = (company.cause != "") & ~said & (chance.max(axis=1) > 0)
    shown &= believed >= company.settings.reasons.min_confidence
    right = np.array(WORDS, dtype=object)[chance.argmax(axis=1)] == company.cause
    return believed[shown], right[shown]


def calibrate(cache: Path, customers: int) -> None:
    """Fit slope and shift of the map of confidence on the development companies; ask whether more would help."""
    chances, seconds, rights = [], [], []
    for scenario, seed in DEVELOPMENT:
        additive = Additive(make_company(cache, scenario, seed, customers))
        company = additive.company
        said = stated_reasons(company.history, company.now, leaving_of(company.history, company.now), {}).code >= 0
        chance = additive.supported()
        rows = (company.cause != "") & ~said & (chance.max(axis=1) > 0)
        chances.append(logit(chance.max(axis=1)[rows]))
        seconds.append(np.sort(chance[rows], axis=1)[:, -2])
        rights.append((np.array(WORDS, dtype=object)[chance.argmax(axis=1)] == company.cause)[rows])
        print(f"{scenario} {seed}: {rows.sum()} lost, {rights[-1].mean():.3f} right", flush=True)
    slope, shift = fitted([odds[:, None] for odds in chances], rights)
    print(f"SLOPE, SHIFT = {slope:.2f}, {shift:.2f}  ({sum(map(len, rights))} customers)")
    both = [np.column_stack(each) for each in zip(chances, seconds, strict=True)]
    for name, inputs in (("the chance alone", [odds[:, None] for odds in chances]), ("with the second chance", both)):
        loss, gap, by_chance = left_out(inputs, rights)
        print(f"left out, {name}: log loss {loss:.4f}, quarters miss by {gap:.3f}, by luck alone {by_chance:.3f} (rms)")


def fitted(inputs: Sequence[Array], rights: Sequence[Array]) -> Array:
    """Logistic regression: a weight for each input and the shift."""
    design, right = np.concatenate(inputs), np.concatenate(rights)

    def loss(line: Array) -> float:
        odds = design @ line[:-1] + line[-1]
        return float((np.logaddexp(0, odds) - right * odds).mean())

    return np.asarray(minimize(loss, np.zeros(design.shape[1] + 1)).x)


def left_out(inputs: Sequence[Array], rights: Sequence[Array]) -> tuple[float, float, float]:
    """Judge a map on each company by the map of all others, without statements.

    Gives the log loss, the difference between claim and truth in quarters of what is shown, and what that difference
    would be by luck if every claim were true (roots of mean squares).
    """
    losses, gaps, lucks = [], [], []
    for place, (own, right) in enumerate(zip(inputs, rights, strict=True)):
        others = [other for other in range(len(rights)) if other != place]
        line = fitted([inputs[other] for other in others], [rights[other] for other in others])
        believed = expit(own @ line[:-1] + line[-1])
        losses.append(-np.log(np.where(right, believed, 1 - believed)).mean())
        order = np.argsort(believed)[(believed < 0.3).sum() :]
        for part in np.array_split(order, 4):
            claim = believed[part].mean()
            gaps.append((claim - right[part].mean()) ** 2)
            lucks.append(claim * (1 - claim) / part.size)
    return float(np.mean(losses)), float(np.mean(gaps)) ** 0.5, float(np.mean(lucks)) ** 0.5


def quarters(claimed: Array, right: Array) -> str:
    """Mean claim and share right in quarters of the claims."""
    edges = np.quantile(claimed, [0, 0.25, 0.5, 0.75, 1])
    edges[-1] = np.inf
    parts = [(claimed >= low) & (claimed < high) for low, high in pairwise(edges)]
    return ", ".join(f"{claimed[part].mean():.2f} → {right[part].mean():.2f}" for part in parts if part.any())


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927)."""
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def tables(lines: Sequence[dict[str, Any]]) -> None:
    """Print what was measured as Markdown."""
    frame = pd.DataFrame([line for line in lines if line["kind"] == "way"])
    for default, part in frame.groupby(frame["scenario"] == "default", sort=False):
        kind = "Default mix" if default else "Other scenarios"
        print(f"\n{kind}: {part.groupby(['scenario', 'seed']).ngroups} companies")
        print("\n| way | first right (95 %) | among three | per company, first |\n|---|---|---|---|")
        for name, rows in part.groupby("way", sort=False):
            n, first, three = (int(rows[column].sum()) for column in ("n", "first", "three"))
            low, high = wilson(first, n)
            each = ", ".join(f"{hits / of:.2f}" for hits, of in zip(rows["first"], rows["n"], strict=True))
            print(f"| {name} | {first / n:.3f} ({low:.3f}–{high:.3f}) | {three / n:.3f} | {each} |")
    print("\n| company | n | first, as shown | among three | confidence → right, by quarters |\n|---|---|---|---|---|")
    shown = frame[frame["way"] == "as shown"]
    sure = {(line["scenario"], line["seed"]): line for line in lines if line["kind"] == "confidence"}
    for row in shown.itertuples():
        line = sure[row.scenario, row.seed]
        told = quarters(np.array(line["claimed"]), np.array(line["right"]))
        shares = f"{row.first / row.n:.3f} | {row.three / row.n:.3f}"
        print(f"| {row.scenario}, {row.seed} | {row.n} | {shares} | {told} |")
    pooled = [np.concatenate([line[key] for line in sure.values()]) for key in ("claimed", "right")]
    print(f"| all | | | | {quarters(*pooled)} |")
    steps = pd.DataFrame([line for line in lines if line["kind"] == "threshold"])
    print(
        "\n| min_confidence | first right | among three | named although no table shows the cause |\n|---|---|---|---|"
    )
    for minimum, rows in steps.groupby("min_confidence"):
        total = rows[["n", "first", "three", "hidden", "hidden_named"]].sum()
        named = total["hidden_named"] / total["hidden"]
        print(f"| {minimum} | {total['first'] / total['n']:.3f} | {total['three'] / total['n']:.3f} | {named:.2f} |")


def main() -> None:
    """Simulate, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("companies"), help="folder that keeps the made companies")
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--quick", action="store_true", help="leave out the ways that train models of their own")
    parser.add_argument("--json", type=Path, help="file that results are appended to, one per line")
    parser.add_argument("--table", type=Path, help="print what such a file holds as tables, and measure nothing")
    parser.add_argument(
        "--calibrate", action="store_true", help="fit the map of confidence on the development companies"
    )
    arguments = parser.parse_args()
    if arguments.table:
        tables([json.loads(line) for line in arguments.table.read_text(encoding="utf-8").splitlines()])
        return
    if arguments.calibrate:
        calibrate(arguments.cache, arguments.customers)
        return
    results = []
    for seed in arguments.seeds:
        company = make_company(arguments.cache, arguments.scenario, seed, arguments.customers)
        found = compare(company, arguments.quick)
        results += found
        if arguments.json:
            with arguments.json.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in found)
    tables(results)


if __name__ == "__main__":
    main()
