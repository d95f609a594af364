"""The Spark session: the caller's, or one of our own that ends with the work."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from winback.errors import UsageError


@contextmanager
def spark_session(master: str | None) -> Iterator[Any]:
    """Give the running Spark session, or a new one that is stopped in the end.

    Parameters
    ----------
    master : str or None
        Such as ``local[2]`` or ``spark://host:7077``; None: as Spark itself is set up (``spark-submit``).

    Raises
    ------
    UsageError
        When pyspark or Java is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            "run.engine is spark, but pyspark is not installed", next_step="pip install 'winback[spark]'"
        ) from None
    if (running := SparkSession.getActiveSession()) is not None:
        yield running
        return
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise UsageError("run.engine is spark, but there is no Java", next_step="install Java 17 or newer")
    # without it, workers start whatever is called python3 on their machine
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # only Arrow tables cross between Spark and Python here
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    builder = SparkSession.builder.appName("winback").config("spark.ui.showConsoleProgress", "false")
    session = (builder.master(master) if master else builder).getOrCreate()
    try:
        yield session
    finally:
        session.stop()
