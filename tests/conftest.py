"""Fixtures that all rooms' tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

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
