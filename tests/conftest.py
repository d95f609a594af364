"""Fixtures that all rooms' tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from small_project import SmallProject, new_project
from staging_maker import write_staging

MakeStaging = Callable[..., Path]


@pytest.fixture
def make_staging(tmp_path: Path) -> MakeStaging:
    """Staged tables from small data frames with contract columns and ``customer_id``: ``make_staging(tables)``.

    ``make_staging(tables, as_of="2024-06-01", timezone="UTC", folder="staging")`` returns the folder. Tables with
    ``order_id`` but no customer or time of their own (order_items) get them from ``orders``.
    """

    def make(
        tables: Mapping[str, pd.DataFrame], *, as_of: str = "2024-06-01", timezone: str = "UTC", folder: str = "staging"
    ) -> Path:
        return write_staging(tables, tmp_path / folder, as_of=as_of, timezone=timezone)

    return make


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A small demo company's data in a new project; tests copy it before they change anything."""
    project = new_project(tmp_path_factory.mktemp("simulated") / "project")
    said = project.winback("simulate", "--json")
    assert said.code == 0, said.err
    return project


@pytest.fixture(scope="session")
def finished(simulated: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The same after one ``winback run``."""
    project = simulated.copy(tmp_path_factory.mktemp("finished") / "project")
    said = project.winback("run", "--json")
    assert said.code == 0, said.err
    return project
