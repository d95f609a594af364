"""Columns that are made when they are first asked for, so that nobody pays for what nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Columns(Mapping[str, Value], Generic[Value]):
    """A mapping whose values are made once, when they are first read.

    Parameters
    ----------
    makers : mapping of str to callable
        From names, all known at once, to what makes each value.

    Examples
    --------
    >>> columns = Columns({"amount": lambda: print("read") or 5})
    >>> "amount" in columns, list(columns)
    (True, ['amount'])
    >>> columns["amount"] + columns["amount"]
    read
    10
    """

    def __init__(self, makers: Mapping[str, Callable[[], Value]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Value] = {}

    def only(self, names: Iterable[str]) -> Columns[Value]:
        """Return some of the columns."""
        return Columns({name: lambda name=name: self[name] for name in names})  # type: ignore[misc]

    def __getitem__(self, name: str) -> Value:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers


def each(values: Mapping[str, Value], change: Callable[[Value], Value]) -> Columns[Value]:
    """Return the same columns, each changed when it is first read.

    Examples
    --------
    >>> dict(each({"a": 1, "b": 2}, lambda value: 10 * value))
    {'a': 10, 'b': 20}
    """
    return Columns({name: lambda name=name: change(values[name]) for name in values})  # type: ignore[misc]


def joined(*parts: Mapping[str, Value]) -> Columns[Value]:
    """Return the columns of all mappings; a later one's take the place of an earlier one's of the same name.

    Examples
    --------
    >>> dict(joined({"a": 1, "b": 2}, {"b": 3}))
    {'a': 1, 'b': 3}
    """
    return Columns({name: lambda name=name, part=part: part[name] for part in parts for name in part})  # type: ignore[misc]
