"""A Spark session on two cores; without Java or pyspark everything here is skipped, and said so."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from winback.spark import spark_session

ABSENT = [
    name
    for name, there in (("pyspark", importlib.util.find_spec("pyspark")), ("java", shutil.which("java")))
    if not there
]


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if ABSENT:
        pytest.skip(f"the cluster is not tested: {' and '.join(ABSENT)} not installed")
    conf: Path = tmp_path_factory.mktemp("spark")
    (conf / "spark-defaults.conf").write_text(
        "spark.ui.enabled false\nspark.driver.host 127.0.0.1\n"
        f"spark.sql.shuffle.partitions 2\nspark.local.dir {conf}\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(conf))
        with spark_session("local[2]") as running:
            yield running
