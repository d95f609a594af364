"""Tables from a cluster, written as input, against the same tables as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from small_project import SmallProject
from winback.errors import DataError
from winback.spark import write_tables


def test_tables_of_a_cluster_are_staged_as_files_are(session: Any, simulated: SmallProject, tmp_path: Path) -> None:
    """Whatever zone the session is in, and whether times are instants or carry no zone."""
    files, cluster = (simulated.copy(tmp_path / name) for name in ("files", "cluster"))
    zone = session.conf.get("spark.sql.session.timeZone")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    paths = sorted((files.folder / "data/raw").glob("*.parquet"))
    frames = {path.stem: session.read.parquet(path.as_uri()) for path in paths}
    # an instant, where the files have a time without a zone
    frames["orders"] = frames["orders"].withColumn("ordered_at", frames["orders"]["ordered_at"].cast("timestamp"))
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        write_tables(frames, tmp_path / "tables")
    finally:
        session.conf.set("spark.sql.session.timeZone", zone)
    cluster.edit({"data": {"dir": str(tmp_path / "tables")}})
    for project in (files, cluster):
        said = project.winback("prepare", "--json")
        assert said.code == 0, said.err
    staged = sorted(path.name for path in (files.folder / "data/staging").glob("*.parquet"))
    assert staged == sorted(path.name for path in (cluster.folder / "data/staging").glob("*.parquet"))
    assert "order_items.parquet" in staged
    for name in staged:
        wanted, found = (pq.read_table(project.folder / "data/staging" / name) for project in (files, cluster))
        assert found.equals(wanted), name


def test_a_name_that_is_no_input_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"did you mean 'orders'"):
        write_tables({"order": None}, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
