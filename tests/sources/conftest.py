"""A small project folder, written row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from winback.settings import parse_settings
from winback.sources import StagingReport, prepare_sources

TODAY = date(2025, 1, 1)
GOOD_ORDERS = "order_id,customer_id,ordered_at,amount\n" + "".join(
    f"o{i},c{i % 7},2024-0{1 + i % 6}-1{i % 9},{10 + i}\n" for i in range(60)
)


@dataclass
class Project:
    """A project folder under test."""

    root: Path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / "data/raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def write_rows(self, name: str, rows: Sequence[Mapping[str, Any]], **options: Any) -> Path:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n", **options)
        writer.writeheader()
        writer.writerows(rows)
        return self.write(name, stream.getvalue())

    def write_parquet(self, name: str, frame: pd.DataFrame) -> Path:
        path = self.root / "data/raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path)
        return path

    def prepare(
        self, params: str = "", *, as_of: date | None = None, today: date = TODAY, bad: float = 1.0
    ) -> StagingReport:
        """Prepare with `bad` as the share of bad rows allowed, unless `params` speaks of data."""
        text = params if "data:" in params else f"data: {{max_bad_share: {bad}}}\n{params}"
        text = text if "run:" in text else f"{text}\nrun: {{threads: 1}}"
        return prepare_sources(parse_settings(text, root=self.root), as_of=as_of, today=today)

    def staged(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / f"data/staging/{table}.parquet")

    def quarantine(self) -> list[tuple[Any, ...]]:
        frame = pd.read_parquet(self.root / "data/quarantine/quarantine.parquet")
        frame = frame.astype(object).where(frame.notna(), None)
        return [tuple(row) for row in frame[["table", "row", "column", "rule", "value"]].to_numpy().tolist()]

    def names(self) -> list[str]:
        """All that lies in data/, hidden files too."""
        return sorted(path.name for path in (self.root / "data").iterdir())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with sixty good orders of seven customers."""
    project.write("orders.csv", GOOD_ORDERS)
    return project


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Project]:
    """Make further empty projects."""
    made: list[Project] = []

    def make() -> Project:
        made.append(Project(tmp_path / f"p{len(made)}"))
        return made[-1]

    return make
