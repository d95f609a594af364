"""Ours and its peers in turn, each measurement in a process of its own with the same threads, and one table of it."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any


def measured(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Do the work once; give what it returns, the seconds that it took, and the peak memory of the process so far."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    figures = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - processor}
    figures["peak_gib"] = highest_gib()
    return result, figures


def highest_gib() -> float:
    """Memory that this program ever held (nan where the system does not say).

    What `resource` says would begin with what the parent held when it started this program.
    """
    held = (line.split()[1] for line in _lines("/proc/self/status") if line.startswith("VmHWM"))
    return float(next(held, "nan")) / 2**20


def tell(figures: dict[str, float]) -> None:
    """What a measuring process says, for `in_turn` to read."""
    print(json.dumps(figures))


def in_turn(module: str, ways: Sequence[Sequence[str]], repeats: int, threads: int) -> list[list[dict[str, float]]]:
    """Run ``python -m module`` with the arguments of every way, one after another, and all that so many times over."""
    names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
    environment = os.environ | dict.fromkeys(names, str(threads))
    figures: list[list[dict[str, float]]] = [[] for _ in ways]
    for _ in range(repeats):
        for place, way in enumerate(ways):
            command = [sys.executable, "-m", module, *way]
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            figures[place].append(json.loads(done.stdout.splitlines()[-1]))
    return figures


def summary(name: str, rows: int, figures: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Medians of one way."""
    seconds = [one["seconds"] for one in figures]
    return {
        "name": name,
        "rows": rows,
        "seconds": statistics.median(seconds),
        "shortest": min(seconds),
        "longest": max(seconds),
        "rows_per_second": rows / statistics.median(seconds),
        "cpu_rows_per_second": rows / statistics.median(one["cpu_seconds"] for one in figures),
        "peak_gib": max(one["peak_gib"] for one in figures),
    }


def print_table(lines: Sequence[dict[str, Any]], unit: str = "rows") -> None:
    """One line per way; the ratio is that of the first way's speed to it, by the clock and by processor time."""
    print(f"| way | {unit} | seconds, median (range) | {unit}/s | ours is faster by | by processor time | peak GiB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    ours = lines[0]
    for line in lines:
        ratio = ours["rows_per_second"] / line["rows_per_second"]
        spread = f"{line['shortest']:.2f}-{line['longest']:.2f}"
        cpu = ours["cpu_rows_per_second"] / line["cpu_rows_per_second"]
        print(
            f"| {line['name']} | {line['rows']:,} | {line['seconds']:.2f} ({spread})"
            f" | {line['rows_per_second']:,.0f} | {ratio:.1f} | {cpu:.1f} | {line['peak_gib']:.2f} |"
        )


def conditions(packages: Sequence[str]) -> dict[str, Any]:
    """When, where and with what."""
    processor = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "versions": {"python": platform.python_version()} | {name: version(name) for name in packages},
        "command": " ".join(["python", "-m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]]),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def append_json(path: Path | None, content: dict[str, Any]) -> None:
    """Add one line to a file of JSON lines."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(content) + "\n")


def parser(description: str | None, rows: int) -> argparse.ArgumentParser:
    """Options that all these benchmarks have."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--customers", "--rows", dest="rows", type=int, default=rows, help="one row each")
    made.add_argument("--threads", type=int, default=os.cpu_count())
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument("--json", type=Path, help="append the figures to this file")
    return made
