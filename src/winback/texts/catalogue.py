"""The messages of one language: read from its folder, checked when read, with the variables that each one needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from fluent.runtime import FluentResource
from fluent.syntax import ast

from winback.errors import DataError, Fault

#: Languages of the texts, each a folder beside this module.
LANGUAGES = ("en", "ru")


@dataclass(frozen=True)
class Piece:
    """One of the pieces that a message is made of, one after the other.

    Parameters
    ----------
    text : str
        What it says, if it says the same always.
    message : str
        Otherwise the id under which it can be written alone.
    uses : Mapping[str, frozenset of str]
        Arguments that it needs, each with the functions that write it.
    """

    text: str
    message: str
    uses: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Catalogue:
    """All messages of one language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    resources : tuple
        Parsed Fluent files, in the order of their names, and the pieces of their messages as messages.
    uses : Mapping[str, Mapping[str, frozenset of str]]
        From the id of a message to the arguments that it needs, each with the functions that write it; ``""`` where
        the message shows or compares it as it is.
    pieces : Mapping[str, tuple of Piece]
        From the id of a message to what it is made of.

    Examples
    --------
    >>> load_catalogue("en").uses["count-days"]["n"]
    frozenset({'NUM'})
    >>> sorted(load_catalogue("en").variables["count-days"])
    ['n']
    """

    language: str
    resources: tuple[Any, ...]
    uses: Mapping[str, Mapping[str, frozenset[str]]]
    pieces: Mapping[str, tuple[Piece, ...]]

    @cached_property
    def variables(self) -> Mapping[str, frozenset[str]]:
        """From the id of a message to the names of the arguments that it needs."""
        return {key: frozenset(names) for key, names in self.uses.items()}


@cache
def load_catalogue(language: str) -> Catalogue:
    """Read all ``*.ftl`` files of a language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    Catalogue
        The same object for every call with that language.

    Raises
    ------
    DataError
        When a file does not parse, defines a message twice, or refers to one that does not exist; all faults are
        listed.
    """
    folder = files("winback.texts") / language
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".ftl"))
    resources = {name: FluentResource((folder / name).read_text(encoding="utf-8")) for name in names}
    return check_catalogue(language, resources)


def check_catalogue(language: str, resources: Mapping[str, Any]) -> Catalogue:
    """Check parsed Fluent files together and collect the variables of their messages.

    Raises
    ------
    DataError
        See `load_catalogue`.
    """
    faults: list[Fault] = []
    entries: dict[str, Any] = {}
    for name, resource in resources.items():
        faults += _read_entries(f"texts/{language}/{name}", resource, entries)
    faults += [
        Fault(f"texts/{language}", f"{owner!r} refers to {target!r}, which does not exist")
        for owner, entry in entries.items()
        for target in _references(entry)
        if target not in entries
    ]
    if faults:
        raise DataError(f"the texts of language {language!r} cannot be used", faults)
    messages = {key: entry for key, entry in entries.items() if key[0] != "-"}
    uses = {key: _by_variable(entry, entries) for key, entry in messages.items()}
    alone = ast.Resource([])
    pieces = {key: tuple(_pieces(key, entry, entries, alone)) for key, entry in messages.items()}
    return Catalogue(language, (*resources.values(), alone), uses, pieces)


def _pieces(key: str, entry: Any, entries: Mapping[str, Any], alone: Any) -> Iterator[Piece]:
    """Take a message to pieces, and add those that are not plain text to the messages that can be written alone."""
    for place, element in enumerate(entry.value.elements):
        if isinstance(element, ast.TextElement):
            yield Piece(element.value, "", {})
            continue
        name = f"{key}_{place}"
        alone.body.append(ast.Message(ast.Identifier(name), ast.Pattern([element])))
        yield Piece("", name, _by_variable(element, entries))


def _read_entries(where: str, resource: Any, entries: dict[str, Any]) -> list[Fault]:
    """Add the messages and terms of one file to ``entries``; return what is wrong with it."""
    faults = []
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            faults.append(Fault(where, f"not Fluent: {(entry.content or '').strip()[:80]!r}"))
        if not isinstance(entry, (ast.Message, ast.Term)):
            continue
        key = ("-" if isinstance(entry, ast.Term) else "") + entry.id.name
        if key in entries:
            faults.append(Fault(where, f"message {key!r} is already defined"))
        if entry.value is None:
            faults.append(Fault(where, f"message {key!r} has no text"))
        entries[key] = entry
    return faults


def _nodes(node: Any) -> Iterator[Any]:
    """Every node of a Fluent syntax tree, from the root down."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, ast.BaseNode):
        yield node
        for value in vars(node).values():
            yield from _nodes(value)


def _references(entry: Any) -> Iterator[str]:
    """Ids of the messages and terms that an entry mentions; a COUNT names its message by its second argument."""
    for node in _nodes(entry):
        if isinstance(node, ast.MessageReference):
            yield node.id.name
        elif isinstance(node, ast.TermReference):
            yield "-" + node.id.name
        elif isinstance(node, ast.FunctionReference) and node.id.name == "POINTS":
            yield "count-points"
        elif isinstance(node, ast.FunctionReference) and node.id.name == "COUNT":
            unit = node.arguments.positional[1]
            if isinstance(unit, ast.StringLiteral):
                yield "count-" + str(unit.value)


def _by_variable(entry: Any, entries: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Arguments that an entry needs, each with all functions that write it."""
    found = defaultdict(set)
    for variable, function in _uses(entry, entries):
        found[variable].add(function)
    return {variable: frozenset(functions) for variable, functions in found.items()}


def _uses(node: Any, entries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every mention of an argument, with the function around it, also through the messages that are mentioned."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _uses(item, entries)
    elif isinstance(node, ast.VariableReference):
        yield node.id.name, ""
    elif isinstance(node, ast.MessageReference):
        yield from _uses(entries[node.id.name], entries)
    elif isinstance(node, ast.FunctionReference) and isinstance(node.arguments.positional[0], ast.VariableReference):
        for function in _functions(node, entries):
            yield node.arguments.positional[0].id.name, function
    elif isinstance(node, ast.BaseNode):
        for value in vars(node).values():
            yield from _uses(value, entries)


def _functions(call: Any, entries: Mapping[str, Any]) -> frozenset[str]:
    """A COUNT writes its number as the message of its unit does."""
    if call.id.name != "COUNT":
        return frozenset({call.id.name})
    return _by_variable(entries[f"count-{call.arguments.positional[1].value}"], entries)["n"]
