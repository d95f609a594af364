"""MLflow without its chatter, its network and its look at git."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

#: Read by MLflow and its helpers when they are imported or used.
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_CHATTY = ("mlflow", "alembic", "git")


def import_mlflow() -> ModuleType:
    """Import MLflow, which takes seconds: only who uses it pays for it."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with hushed():
        import mlflow
        import mlflow.lightgbm

    module: ModuleType = mlflow
    return module


@contextmanager
def hushed() -> Iterator[None]:
    """Keep MLflow's notices off the screen; its errors still raise."""
    before = {name: logging.getLogger(name).level for name in _CHATTY}
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
