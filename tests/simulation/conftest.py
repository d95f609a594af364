"""One demo company for all tests of this room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from winback.settings import SimulateSettings
from winback.simulation import SimulationSummary, World, simulate


@dataclass
class Company:
    """The folders of a simulated company, read with pandas."""

    root: Path
    summary: SimulationSummary

    @property
    def as_of(self) -> pd.Timestamp:
        return pd.Timestamp(self.summary.as_of)

    def raw(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / "raw" / f"{table}.parquet")

    def truth(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / "truth" / f"{table}.parquet")


def make_company(root: Path, *, seed: int = 7, horizon_days: int = 90, actions=None, **settings) -> Company:
    chosen = SimulateSettings(**settings)
    folders = {"raw_dir": root / "raw", "truth_dir": root / "truth"}
    summary = simulate(chosen, seed=seed, horizon_days=horizon_days, actions=actions, **folders)
    return Company(root, summary)


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Company:
    """A clean company, large enough for statistics."""
    return make_company(tmp_path_factory.mktemp("company"), customers=3000, days=800, bad_share=0)


@pytest.fixture(scope="session")
def world() -> World:
    """A world at the end of its data, which may live on for a year."""
    world = World(seed=11, customers=2500, days=700)
    world.live()
    return world


@pytest.fixture(scope="session")
def make():
    return make_company
