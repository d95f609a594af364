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
#: Many small jobs: no plan is made twice, and no code is compiled that runs for a moment.
CHEAP = """
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.default.parallelism 2
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
"""


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if ABSENT:
        pytest.skip(f"the cluster is not tested: {' and '.join(ABSENT)} not installed")
    conf: Path = tmp_path_factory.mktemp("spark")
    (conf / "spark-defaults.conf").write_text(CHEAP + f"spark.local.dir {conf}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(conf))
        with spark_session("local[2]") as running:
            yield running
