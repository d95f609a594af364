"""Erasing one customer from all that the project wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winback.errors import UsageError
from winback.files import read_json, replacing_file, replacing_folder, write_json
from winback.pipelines.explain import EXPLAINED, explained_in
from winback.pipelines.featurize import TrainingSet
from winback.pipelines.page import write_page
from winback.pipelines.project import MANIFEST, Project, texts_of
from winback.pipelines.score import RANKING, write_lists
from winback.pipelines.stage import Result
from winback.ranking import read_ranking
from winback.settings import Settings
from winback.sources import forget_earlier

#: The one staged table that has a row for every customer, in the order of the codes.
CUSTOMERS = "customers.parquet"


def forget_customer(settings: Settings, customer_id: str) -> Result:
    """Erase a customer from staging, features, quarantine and every cycle.

    Refused rows that the next ``prepare`` would have gone on from are removed as a whole: it reads everything.
    The raw tables are never written, so the files there that still name the customer are listed: unless they are
    erased by their owner, the next ``prepare`` reads the customer again. Models and statistics hold no customers.

    Parameters
    ----------
    settings : Settings
        The project.
    customer_id : str
        Whom to erase.

    Returns
    -------
    dict
        ``erased``: the folders that held the customer; ``still_in``: raw files that do.

    Raises
    ------
    UsageError
        When the id is empty.
    """
    if not customer_id.strip():
        raise UsageError("The customer's id is empty")
    project = Project(settings)
    erased = [*_from_cycles(project, customer_id), *_from_staging(project, customer_id)]
    erased += _from_quarantine(project, customer_id)
    erased += _from_records(project, customer_id)
    if (folder := forget_earlier(settings)) is not None:
        erased.append(str(folder.relative_to(project.root)))
    return {"customer_id": customer_id, "erased": erased, "still_in": list(_raw_files_with(project, customer_id))}


def _from_staging(project: Project, customer_id: str) -> list[str]:
    """Erase from the staged tables and the features; codes of other customers stay what they are."""
    index = project.staging / "customer_index.parquet"
    if not index.exists():
        return []
    names = pq.read_table(index)
    place = pc.index(names["customer_id"], customer_id).as_py()
    if place < 0:
        return []
    code = names["customer"][place].as_py()
    tables = [path for path in sorted(project.staging.glob("*.parquet")) if path != index]
    erased = [str(path.relative_to(project.root)) for path in tables if _without_code(path, code)]
    if project.features.is_dir():
        training = TrainingSet.load(project)
        others = training.matrix.snapshots.customer != code
        with replacing_folder(project.features) as folder:
            TrainingSet(training.matrix.rows(others), training.labels[others]).save(folder)
        erased.append(str(project.features.relative_to(project.root)))
    # the place in the index stays, without its name: codes are places
    names = names.set_column(1, "customer_id", _renamed(names["customer_id"], place))
    _write(index, names)
    return [*erased, str(index.relative_to(project.root))]


def _renamed(ids: pa.ChunkedArray, place: int) -> pa.Array:
    """The ids with one replaced by a name that nobody has, at the same place of the order."""
    values = ids.to_pylist()
    before = values[place - 1] if place else ""
    values[place] = before + "\x00forgotten"
    return pa.array(values, type=ids.type)


def _without_code(path: Path, code: int) -> bool:
    if "customer" not in pq.read_schema(path).names:
        return False
    table = pq.read_table(path)
    keep = pc.not_equal(table["customer"], code)
    if pc.all(keep).as_py():
        return False
    _write(path, _blank(table, keep) if path.name == CUSTOMERS else table.filter(keep))
    return True


def _blank(table: pa.Table, keep: pa.ChunkedArray) -> pa.Table:
    """The table with nothing left in the other rows but their codes: customers are found by their place in it."""
    for place, field in enumerate(table.schema):
        if field.name != "customer":
            blanked = pc.if_else(keep, table[field.name], pa.scalar(None, field.type))
            table = table.set_column(place, field.with_nullable(True), blanked)
    return table


def _write(path: Path, table: pa.Table) -> None:
    with replacing_file(path) as fresh:
        pq.write_table(table, fresh, compression="zstd")


def _from_quarantine(project: Project, customer_id: str) -> list[str]:
    """Erase quarantined rows that show the id, as the refused cell or inside a row that could not be split."""
    path = project.quarantine / "quarantine.parquet"
    if not path.exists():
        return []
    table = pq.read_table(path)
    shown = pc.match_substring_regex(table["value"], rf"(^|[^\pL\pN_]){re.escape(customer_id)}($|[^\pL\pN_])")
    keep = pc.invert(pc.fill_null(shown, False))
    if pc.all(keep).as_py():
        return []
    with replacing_folder(project.quarantine) as folder:
        kept = table.filter(keep)
        pq.write_table(kept, folder / path.name)
        kept.to_pandas().to_csv(folder / "quarantine.csv", index=False)
    return [str(path.relative_to(project.root))]


def _from_records(project: Project, customer_id: str) -> list[str]:
    """Drop the records of stages whose results show the id (the first rows of a list); such a stage runs again."""
    erased = []
    for path in sorted(project.root.glob(".winback/stages/*.json")):
        if _holds(read_json(path), customer_id):
            path.unlink()
            erased.append(str(path.relative_to(project.root)))
    return erased


def _holds(content: Any, text: str) -> bool:
    """Whether a JSON-like value has that text somewhere as a value of its own."""
    if isinstance(content, dict):
        return any(_holds(value, text) for value in content.values())
    if isinstance(content, list):
        return any(_holds(value, text) for value in content)
    return bool(content == text)


def _from_cycles(project: Project, customer_id: str) -> list[str]:
    texts = texts_of(project.settings)
    erased = []
    for folder in sorted(path.parent for path in project.scored.glob(f"*/{MANIFEST}")):
        ranking = read_ranking(folder)
        rest = ranking[ranking["customer_id"] != customer_id]
        if len(rest) == len(ranking):
            continue
        manifest: dict[str, Any] = read_json(folder / MANIFEST)
        manifest["forgotten"] = manifest.get("forgotten", 0) + 1
        others = [one for one in explained_in(folder) if one["customer"]["customer_id"] != customer_id]
        offers = pq.read_table(folder / "offers.parquet")
        rest = rest.assign(rank=range(1, len(rest) + 1))
        day = date.fromisoformat(folder.name)
        with replacing_folder(folder) as fresh:
            write_lists(rest, fresh, texts)
            pq.write_table(offers.filter(pc.not_equal(offers["customer_id"], customer_id)), fresh / "offers.parquet")
            write_json(fresh / MANIFEST, manifest)
            write_json(fresh / EXPLAINED, others)
            write_page(project, day, rest, fresh, texts)
        erased.append(str((folder / RANKING).relative_to(project.root)))
    return erased


def _raw_files_with(project: Project, customer_id: str) -> Iterator[str]:
    """Raw files in which the id stands, found by reading them as text or as Parquet columns."""
    inputs = read_json(project.staging / "summary.json")["digests"] if project.staging.is_dir() else {}
    for name in inputs:
        path = project.root / name
        if path.suffix == ".parquet" and path.exists():
            columns = [f'"{column}"::varchar = $id' for column in pq.read_schema(path).names]
            query = f"select count(*) from read_parquet($path) where {' or '.join(columns)}"
            with duckdb.connect() as connection:
                found = connection.execute(query, {"path": str(path), "id": customer_id}).fetchone()
            if found and found[0]:
                yield name
        elif path.exists() and _cell(customer_id).search(path.read_bytes()):
            yield name


def _cell(customer_id: str) -> re.Pattern[bytes]:
    """A cell of a CSV that holds just the id: quoted or not, in each encoding that a file may have."""
    spelled = {
        text.encode(encoding)
        for text in (customer_id, customer_id.replace('"', '""'))
        for encoding in ("utf-8", "cp1251", "latin-1")
        if text.encode(encoding, "ignore").decode(encoding) == text
    }
    choice = b"|".join(re.escape(form) for form in sorted(spelled))
    return re.compile(rb"(?:^|[,;\t\r\n\"\xbf ])(?:" + choice + rb")(?:$|[,;\t\r\n\" ])")
