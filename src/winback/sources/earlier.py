"""What an earlier run left behind, so that the next one reads only what is new.

Good rows are in ``data/staging`` already. Besides, the rows that were refused are kept, typed, and judged again with
the new ones: what was unknown, or lay in the future, may have come. They lie in ``.winback/sources``; without that
folder, or where it does not belong to what is staged, everything is read anew.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from winback.files import read_json, replacing_folder, sha256_of_json, write_json
from winback.settings import Settings
from winback.sources.intake import Intake
from winback.sources.sql import file

Digests = Mapping[str, Mapping[str, object]]

#: Where it lies.
FOLDER = ".winback/sources"
STATE = "state.json"

#: The codes of customers that staged tables have.
INDEX = "customer_index.parquet"


class ReadAnewError(Exception):
    """New rows change what was decided about old ones, so a table cannot be continued.

    Parameters
    ----------
    table : str
        Which one.
    """

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


@dataclass(frozen=True)
class Base:
    """What of one table is staged already.

    Parameters
    ----------
    table : str
        Name of the table.
    staged : Path
        Its good rows.
    refused : Path
        The rows that were not.
    files : Mapping of str to str
        Digests of the files that they came from.
    types : Mapping of str to str
        `Intake.types` of that run.
    numbers : Mapping
        ``accepted``: rows read, without those that could not be split; ``kept``, ``first_at``, ``last_at``, ``late``.
    """

    table: str
    staged: Path
    refused: Path
    files: Mapping[str, str]
    types: Mapping[str, str]
    numbers: Mapping[str, Any]

    @property
    def scan(self) -> str:
        """SQL of its good rows."""
        return f"read_parquet({file(self.staged)})"

    @property
    def customers(self) -> str:
        """SQL of the codes and names of the customers that were known."""
        return f"read_parquet({file(self.staged.parent / INDEX)})"

    def widest(self, first: datetime | None, last: datetime | None) -> tuple[datetime | None, datetime | None]:
        """The first and the last time (naive UTC) of new rows and of those that are staged."""
        staged = (self.numbers["first_at"], self.numbers["last_at"])
        given = [datetime.fromisoformat(moment).replace(tzinfo=None) for moment in staged if moment]
        given += [moment for moment in (first, last) if moment is not None]
        return min(given, default=None), max(given, default=None)

    def goes_on(self, intake: Intake) -> bool:
        """Whether the table has the columns, taken in as the same types, that it had."""
        return dict(self.types) == intake.types


@dataclass(frozen=True)
class Earlier:
    """What an earlier run left, as far as it still holds.

    Parameters
    ----------
    folder : Path
        Where it lies.
    bases : Mapping of str to Base
        Tables of which nothing was changed or removed.
    day : str
        The ``as_of`` of that run.
    now : str
        SQL of the instant at which the future began.
    """

    folder: Path
    bases: Mapping[str, Base] = field(default_factory=dict)
    day: str = ""
    now: str = ""

    def without(self, table: str) -> Earlier | None:
        """The same, but for one table; nothing is left without orders."""
        if table == "orders" or table not in self.bases:
            return None
        return replace(self, bases={name: base for name, base in self.bases.items() if name != table})

    @property
    def rejected(self) -> Path:
        """Rows that could not be split."""
        return self.folder / "rejected.parquet"

    @property
    def late(self) -> Path:
        """Facts that lay at or after ``as_of``: the first of each table."""
        return self.folder / "late.parquet"


def find_earlier(settings: Settings, digests: Digests, now: str) -> Earlier | None:
    """Return what an earlier run left, unless it cannot be gone on with.

    Parameters
    ----------
    settings : Settings
        Only ``data`` is read.
    digests : Mapping
        Of the files that there are now.
    now : str
        SQL of the instant at which the future begins.
    """
    state = _state(settings)
    if state is None or state["now"] > now:
        return None
    folder, staging = settings.path(FOLDER), settings.path("data/staging")
    bases = {
        table: Base(table, staging / f"{table}.parquet", folder / f"{table}.parquet", **content)
        for table, content in state["tables"].items()
        if all(digests.get(name, {}).get("sha256") == digest for name, digest in content["files"].items())
    }
    if "orders" not in bases:
        return None
    return Earlier(folder, bases, state["day"], state["now"])


def report_of_the_same(settings: Settings, digests: Digests, now: str, asked: str) -> Mapping[str, Any] | None:
    """Return the report of an earlier run that read just these files with these settings, if time changes nothing."""
    state = _state(settings)
    if state is None or state["digests"] != digests or state["asked"] != asked:
        return None
    same_future = state["now"] == now or (state["now"] < now and not state["waiting"])
    report: Mapping[str, Any] | None = state["report"] if same_future else None
    return report


def _state(settings: Settings) -> Mapping[str, Any] | None:
    path = settings.path(FOLDER, STATE)
    if not path.exists():
        return None
    state: Mapping[str, Any] = read_json(path)
    same = state["key"] == _key(settings) and state["staged"] == _marks(settings.path("data/staging"))
    return state if same else None


def _key(settings: Settings) -> str:
    """Digest of all that decides how a row is read, but for the files."""
    versions = [version(name) for name in ("winback", "duckdb", "pyarrow")]
    return sha256_of_json([_code(), versions, settings.data.model_dump(mode="json")])


@functools.cache
def _code() -> str:
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for path in sorted([*root.glob("sources/*.py"), root / "tables.py", root / "columns.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _marks(staging: Path) -> dict[str, list[int]]:
    """What tells that staged files are the very ones that were written: size, time and place on the disk."""
    marks = {}
    for path in sorted(staging.glob("*")):
        stat = path.stat()
        marks[path.name] = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
    return marks


def forget_earlier(settings: Settings) -> Path | None:
    """Remove what earlier runs left, refused rows of customers among it; return the folder if there was one."""
    folder = settings.path(FOLDER)
    if not folder.exists():
        return None
    shutil.rmtree(folder)
    return folder


def keep_for_later(settings: Settings, fresh: Path, content: Mapping[str, Any]) -> None:
    """Put a folder of refused rows where the next run looks for it; what is staged must be in its place.

    Parameters
    ----------
    settings : Settings
        The project.
    fresh : Path
        A folder on the same disk with the Parquet files; it is emptied.
    content : Mapping
        The rest of the state.
    """
    with replacing_folder(settings.path(FOLDER)) as folder:
        for path in fresh.iterdir():
            shutil.move(path, folder / path.name)
        state = {**content, "key": _key(settings), "staged": _marks(settings.path("data/staging"))}
        write_json(folder / STATE, state)
