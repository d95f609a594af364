"""Tables of the comparison of models, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.model_measures import MEASURES
from benchmarks.model_ways import NAMES

Line = Mapping[str, Any]
_HEADS = ("AUC", "average precision", "Brier", "calibration error")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read what ``--json`` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def print_ways(lines: Sequence[Line]) -> None:
    """All ways: best AUC first, with by how much ours is better."""
    if not lines:
        return
    print(_head(("data", "way"), "ours better by"))
    for line in lines:
        for place, (name, part) in enumerate(_ordered(line["ways"])):
            print(_row([_where(line) if place == 0 else "", NAMES[name]], part, is_first=name == "model"))
    for line in lines:
        if "truth" in line:
            print(
                f"\n{line['data']}, {line['population']}: {line['truth']['share_of_auc']:.1%} of (AUC - .5) of the true"
                f" probability, mean |score - p| {line['truth']['mean_absolute_error']:.3f}"
            )


def print_plain(lines: Sequence[Line]) -> None:
    """The plain table."""
    if lines:
        print("\n" + _head(("data", "way"), "ours better by"))
    for line in lines:
        where = f"{line['data']}, {line['rows']:,} rows, {line['repeats']} × {line['folds']} folds"
        for place, (name, part) in enumerate(_ordered(line["ways"])):
            label = "ours" if name == "model" else "logistic regression"
            print(_row([where if place == 0 else "", label], part, is_first=name == "model"))


def print_choices(lines: Sequence[Line]) -> None:
    """Choices: the present way first, then the other, with by how much the present one is better."""
    for choice in dict.fromkeys(line["choice"] for line in lines):
        print(f"\n{choice}:\n\n" + _head(("data", "way"), "first better by"))
        for line in (line for line in lines if line["choice"] == choice):
            for place, (name, part) in enumerate(line["ways"].items()):
                print(_row([_where(line) if place == 0 else "", name], part, is_first=place == 0))
            if "adopted" in line:
                print(f"|| ({line['trials']} trials; {'; '.join(line['notes'])}) |" + " |" * 2 * len(MEASURES))


def _where(line: Line) -> str:
    return f"{line['data']}, {line['population']}: {line['customers']:,}, {line['churned']:.0%} left"


def _ordered(ways: Mapping[str, Line]) -> list[tuple[str, Line]]:
    return sorted(ways.items(), key=lambda item: -float(item[1]["auc"]["value"]["value"]))


def _head(first: Sequence[str], better: str) -> str:
    names = [*first, *(column for head in _HEADS for column in (head, better))]
    rule = "|" + "---|" * len(first) + "---:|" * 2 * len(_HEADS)
    return "| " + " | ".join(names) + " |\n" + rule


def _row(first: Sequence[str], part: Line, *, is_first: bool) -> str:
    cells = list(first)
    for name in MEASURES:
        if name not in part:
            cells += ["", ""]
            continue
        cells.append(_number(part[name]["value"]["value"]))
        cells.append("" if is_first else _difference(part[name]["ours_better_by"]))
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


def _difference(estimate: Line) -> str:
    return " ".join([_signed(estimate["value"]), f"({_signed(estimate['low'])} … {_signed(estimate['high'])})"])


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("0.", ".", 1).replace("-", "−")
