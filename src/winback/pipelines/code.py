"""Which code made a result."""

from __future__ import annotations

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path

import winback


@functools.cache
def code_digest() -> str:
    """Digest of the package's own files: results of other code are not up to date."""
    root = Path(winback.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".ftl", ".j2", ".html", ".css", ".js", ".yaml"):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """Versions of this package and of the libraries that decide what comes out."""
    names = ("winback", "lightgbm", "scikit-learn", "numpy", "pandas", "pyarrow", "duckdb", "numba", "mlflow")
    return {name: version(name) for name in names}
