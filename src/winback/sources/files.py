"""Which files hold which table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winback.columns import Table
from winback.errors import DataError, Fault
from winback.settings import Settings, TableSettings
from winback.sources.digests import DigestBook
from winback.sources.readers import SUFFIXES
from winback.tables import OWN_PREFIX, TABLES, is_own, own_table


@dataclass(frozen=True)
class TableFiles:
    """The files of one table.

    Parameters
    ----------
    table : Table
        What the contract says of it.
    options : TableSettings
        What ``params.yaml`` says of it.
    paths : tuple of Path
        Files in the order in which they are read.
    """

    table: Table
    options: TableSettings
    paths: tuple[Path, ...]


def find_tables(settings: Settings) -> list[TableFiles]:
    """Find the files of every table that is there.

    Parameters
    ----------
    settings : Settings
        Only ``data`` is read.

    Returns
    -------
    list of TableFiles
        In the contract's order, then tables of own features by name; tables without files are left out.

    Raises
    ------
    DataError
        When ``orders`` is absent, a configured path does not exist, or a table has two sources; all are listed.
    """
    faults: list[Fault] = []
    found = []
    for table in [*TABLES.values(), *map(own_table, _own_names(settings))]:
        options = settings.data.tables.get(table.name, TableSettings())
        try:
            paths = tuple(_paths(settings, table, options))
        except DataError as error:
            faults += error.faults
            continue
        if paths:
            found.append(TableFiles(table, options, paths))
        elif table.required:
            faults.append(Fault(table.name, _absent(settings, table)))
    if faults:
        raise DataError(
            "The input tables cannot be found",
            faults,
            expected=f"{settings.data.dir}/<table>.csv, <table>.parquet, or a folder <table>/ of such files",
            next_step="put the files there, or name them in params.yaml under data.tables.<table>.path",
        )
    return found


def raw_digest(settings: Settings) -> dict[str, dict[str, object]]:
    """Digest of every input file that would be read.

    Parameters
    ----------
    settings : Settings
        Only ``data`` is read.

    Returns
    -------
    dict
        From the file's name as people see it to ``{"size": bytes, "sha256": hex}``; empty where no table is found.

    Raises
    ------
    DataError
        As `find_tables`.
    """
    paths = [path for found in find_tables(settings) for path in found.paths]
    # told before any is digested, as a fault of the input
    for path in paths:
        try:
            path.open("rb").close()
        except OSError as error:
            raise DataError("", [Fault(shown(settings, path), f"cannot be opened: {error.strerror}")]) from error
    digests = DigestBook(settings.path(".winback", "digests.json")).digests(paths)
    return {
        shown(settings, path): {"size": path.stat().st_size, "sha256": digest}
        for path, digest in zip(paths, digests, strict=True)
    }


def shown(settings: Settings, path: Path) -> str:
    """Return the name of a file as people see it: relative to the project where it lies inside.

    Examples
    --------
    >>> shown(Settings(root=Path("/p")), Path("/p/data/raw/orders.csv"))
    'data/raw/orders.csv'
    """
    root = settings.root.resolve()
    resolved = path.absolute()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else path.as_posix()


def _own_names(settings: Settings) -> list[str]:
    """Names of the tables of own features: those that the settings speak of, and what lies in the folder."""
    said = {name for name in settings.data.tables if is_own(name)}
    base = settings.path(settings.data.dir)
    lying = base.glob(f"{OWN_PREFIX}*") if base.is_dir() else ()
    named = {path.name if path.is_dir() else path.stem for path in lying if path.is_dir() or path.suffix in SUFFIXES}
    return sorted(said | {name for name in named if is_own(name)})


def _paths(settings: Settings, table: Table, options: TableSettings) -> Iterator[Path]:
    if options.path is not None:
        yield from _configured(settings, table, settings.path(options.path))
        return
    base = settings.path(settings.data.dir)
    sources = [path for suffix in SUFFIXES if (path := base / f"{table.name}{suffix}").is_file()]
    folder = base / table.name
    if folder.is_dir():
        sources.append(folder)
    if len(sources) > 1:
        names = " and ".join(shown(settings, path) for path in sources)
        raise DataError("", [Fault(table.name, f"two sources: {names}; remove one, or name the right one")])
    for source in sources:
        yield from _files_of(settings, table, source)


def _configured(settings: Settings, table: Table, path: Path) -> Iterator[Path]:
    if not path.exists():
        near = difflib.get_close_matches(path.name, _listing(path.parent), n=1, cutoff=0.5)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise DataError("", [Fault(f"data.tables.{table.name}.path", f"no file or folder at {path}{hint}")])
    yield from _files_of(settings, table, path)


def _files_of(settings: Settings, table: Table, source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    files = sorted(
        path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "_"))
    )
    if not files:
        raise DataError("", [Fault(table.name, f"the folder {shown(settings, source)} holds no CSV or Parquet file")])
    yield from files


def _absent(settings: Settings, table: Table) -> str:
    folder = settings.path(settings.data.dir)
    if not folder.is_dir():
        return f"the folder {shown(settings, folder)} is not there"
    listing = ", ".join(_listing(folder)[:12]) or "nothing"
    return f"no {table.name} in {shown(settings, folder)}; found there: {listing}"


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
