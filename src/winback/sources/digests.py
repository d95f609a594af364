"""Digests of input files, worked out once for every state of a file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from winback.files import read_json, sha256_of_file, write_json

#: A file written so short a time ago, in nanoseconds, might be written again without showing it.
FRESH = 2_000_000_000


class DigestBook:
    """Remembers digests by what the file system says of a file: size, times of writing and of change, and its place.

    Every writing changes the time of change, which no program can set back; only within the clock's own coarseness two
    writings look alike, so a file that was just written is digested again the next time.

    Parameters
    ----------
    path : Path
        Where it is kept; a book that cannot be read is an empty one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, list[Any]] = _read(path)
        self._seen: dict[str, list[Any]] = {}

    def digest(self, file: Path) -> str:
        """Return the SHA-256 of a file's bytes."""
        began = time.time_ns()
        stat = file.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev]
        known = self._known.get(str(file))
        digest = str(known[-1]) if known is not None and known[:-1] == mark else sha256_of_file(file)
        if max(stat.st_ctime_ns, stat.st_mtime_ns) < began - FRESH:
            self._seen[str(file)] = [*mark, digest]
        return digest

    def digests(self, files: Iterable[Path]) -> list[str]:
        """Return the digests of files, and keep them for the next time in place of all others."""
        found = [self.digest(file) for file in files]
        if self._seen != self._known:
            write_json(self.path, self._seen)
            self._known = self._seen
        return found


def _read(path: Path) -> dict[str, list[Any]]:
    try:
        known = read_json(path)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
