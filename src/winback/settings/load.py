"""From ``params.yaml`` to `Settings`, with every fault of the file told at once."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from winback.errors import Fault, SettingsError
from winback.settings.schema import Settings
from winback.tables import TABLES, is_own


def load_settings(path: str | Path) -> Settings:
    """Read and check a settings file.

    Parameters
    ----------
    path : str or Path
        The ``params.yaml``; its folder becomes the root of all relative paths.

    Returns
    -------
    Settings
        Typed and frozen; keys that the file leaves out have their defaults.

    Raises
    ------
    SettingsError
        When the file is absent, is no YAML mapping, or has unknown keys or values out of bounds; all are listed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            f"No settings file at {path}",
            next_step="make a project with 'winback init DIR', or name the file with --params",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return parse_settings(text, root=path.resolve().parent, name=str(path))


def parse_settings(text: str, *, root: Path = Path(), name: str = "params.yaml") -> Settings:
    """Check the text of a settings file; see `load_settings`.

    Examples
    --------
    >>> parse_settings("label: {horizon_days: 60}").label.horizon_days
    60
    >>> parse_settings("label: {horizon_day: 60}")
    Traceback (most recent call last):
        ...
    winback.errors.SettingsError: params.yaml cannot be followed
      - label.horizon_day: unknown setting (did you mean 'horizon_days'?)
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{name} is not valid YAML", [Fault("YAML", " ".join(str(error).split()))]) from error
    content = {} if content is None else content
    if not isinstance(content, Mapping):
        raise SettingsError(f"{name} holds a {type(content).__name__}", expected="sections such as 'run:' and 'data:'")
    # a section that is left empty ("tables:") means its defaults
    content = {str(key): value for key, value in content.items() if value is not None}
    if "root" in content:
        raise SettingsError(f"{name} cannot be followed", [Fault("root", "unknown setting")])
    try:
        settings = Settings(root=root, **content)
    except ValidationError as error:
        raise SettingsError(f"{name} cannot be followed", [_fault(item) for item in error.errors()]) from error
    if faults := _across_sections(settings):
        raise SettingsError(f"{name} cannot be followed", faults)
    return settings


def _across_sections(settings: Settings) -> list[Fault]:
    """Faults that no single section can see."""
    faults = []
    for table, mapping in settings.data.tables.items():
        if table not in TABLES and not is_own(table):
            faults.append(Fault(f"data.tables.{table}", "unknown table" + _nearest(table, TABLES)))
            continue
        contract = TABLES.get(table)
        if contract is None or contract.extra_columns:
            continue
        faults += [
            Fault(
                f"data.tables.{table}.columns.{name}",
                "unknown column" + _nearest(name, contract.column_names),
            )
            for name in [*mapping.columns, *mapping.constants]
            if name not in contract.column_names
        ]
    return faults


def _fault(item: Any) -> Fault:
    """One finding of pydantic in the words of this project."""
    # union branches and validators add parts to the location that are no keys of the file
    keys = [str(key) for key in item["loc"] if not str(key).startswith(("constrained-", "function-", "literal["))]
    where = ".".join(keys)
    if item["type"] == "extra_forbidden":
        return Fault(where, "unknown setting" + _nearest(keys[-1], _known_keys(keys[:-1])))
    message = item["msg"].removeprefix("Value error, ")
    found = "" if item["type"] == "missing" else f" (found: {item['input']!r})"
    return Fault(where, message[0].lower() + message[1:] + found)


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{matches[0]}'?)" if matches else ""


def _known_keys(parents: list[str]) -> list[str]:
    """Keys that the section at that place knows."""
    model: type[BaseModel] = Settings
    for key in parents:
        field = model.model_fields.get(key)
        inner = _inner_model(field.annotation) if field is not None else None
        if inner is None:
            # below a mapping (actions, tables) the parents hold the user's own name: the model stays
            continue
        model = inner
    return [name for name in model.model_fields if name != "root"]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Find the section type inside ``X``, ``Mapping[str, X]`` or ``X | None``."""
    if typing.get_origin(annotation) is None and isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    for argument in typing.get_args(annotation):
        if (found := _inner_model(argument)) is not None:
            return found
    return None
