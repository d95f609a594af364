"""What has to be computed for the features that are wanted and that the tables allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from winback.features.declarations import Attribute, Declaration, Derived, FeatureSpec, Windowed, windowed_name
from winback.features.own import Own
from winback.features.streams import Stream, StreamData
from winback.history import History, customer_offsets
from winback.settings import FeatureSettings

Array = NDArray[Any]


@dataclass(frozen=True)
class Planned:
    """One feature to be computed.

    Parameters
    ----------
    declaration : Declaration
        Where it is declared.
    window : int or None
        Days, or the whole history.
    spec : FeatureSpec
        Its column, still without categories.
    words : tuple of str
        Words of the codes as they are computed.
    """

    declaration: Declaration
    window: int | None
    spec: FeatureSpec
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the feature."""
        return self.spec.name


class Occasions:
    """The events of a stream, in order, at which a flag is above zero; measures are taken as they are asked for.

    Parameters
    ----------
    data : StreamData
        All events of the stream, in order.
    flag : str
        A measure of the stream; empty: all events.
    n_customers : int
        Customers of the history.
    """

    def __init__(self, data: StreamData, flag: str, n_customers: int) -> None:
        self._data = data
        self._kept = np.flatnonzero(data.measures[flag] > 0) if flag else None
        self.at = self._of(data.at)
        self.known_at = self.at if data.known_at is data.at else self._of(data.known_at)
        self.offsets = customer_offsets(self._of(data.customer), n_customers)

    def measure(self, name: str) -> Array:
        """Return the values of a measure."""
        return self._of(self._data.measures[name])

    def is_category(self, name: str) -> bool:
        """Tell whether a measure holds codes of words."""
        return name in self._data.categories

    def _of(self, values: Array) -> Array:
        return values if self._kept is None else values[self._kept]


class Streams:
    """The streams of one history, each built once, when it is first asked for."""

    def __init__(self, history: History, settings: FeatureSettings) -> None:
        self._history = history
        self._settings = settings
        self._built: dict[str, StreamData | None] = {}

    def __getitem__(self, stream: Stream) -> StreamData | None:
        """Return the events of a stream in order; None where a table or a column that it needs is absent."""
        if stream.name not in self._built:
            there = stream.available(self._history)
            self._built[stream.name] = stream.of(self._history, self._settings) if there else None
        return self._built[stream.name]

    def occasions(self, stream: Stream, flag: str) -> Occasions:
        """Return the events of a stream that is there, where the flag (if any) is above zero."""
        data = self[stream]
        if data is None:
            raise ValueError(f"stream {stream.name!r} is absent")
        return Occasions(data, flag, self._history.n_customers)


class Planner:
    """Resolves features by name, with all that they are made of before them."""

    def __init__(
        self, declarations: tuple[Declaration, ...], history: History, streams: Streams, settings: FeatureSettings
    ) -> None:
        self._declared = {
            windowed_name(declaration.name, window): (declaration, window)
            for declaration in declarations
            for window in declaration.windows or (None,)
        }
        self._attributes = history.attributes()
        self._streams = streams
        self._settings = settings
        self._planned: dict[str, Planned | None] = {}
        self._open: list[str] = []

    def plan(self, only: Callable[[FeatureSpec], bool] | None) -> tuple[dict[str, Planned], list[str]]:
        """Return everything to be computed, inputs first, and the names that are wanted, in declared order."""
        wanted = []
        for name, (declaration, window) in self._declared.items():
            if declaration.hidden or not (only is None or only(self._preview(declaration, window))):
                continue
            if self.resolve(name) is not None:
                wanted.append(name)
        return {name: planned for name, planned in self._planned.items() if planned is not None}, wanted

    def resolve(self, name: str) -> Planned | None:
        """Plan a feature; None where something that it is made of is absent."""
        if name in self._planned:
            return self._planned[name]
        if name not in self._declared:
            raise ValueError(f"feature {self._open[-1]!r} is made of {name!r}, which is not declared")
        if name in self._open:
            raise ValueError(f"feature {name!r} is made of itself: {' -> '.join([*self._open, name])}")
        self._open.append(name)
        declaration, window = self._declared[name]
        planned = self._resolve(declaration, window)
        self._open.pop()
        self._planned[name] = planned
        return planned

    def _resolve(self, declaration: Declaration, window: int | None) -> Planned | None:
        if isinstance(declaration, Derived):
            inputs = [self.resolve(name) for name in declaration.inputs(window)]
            digests = {planned.name: planned.spec.digest for planned in inputs if planned is not None}
            if None in inputs:
                return None
            return Planned(declaration, window, declaration.spec(window, self._settings, "number", digests), ())
        words = self._words(declaration)
        if words is None:
            return None
        kind = self._kind(declaration)
        return Planned(declaration, window, declaration.spec(window, self._settings, kind, {}), words)

    def _words(self, declaration: Declaration) -> tuple[str, ...] | None:
        """Words of a feature's codes (none for a number); None where its column or stream is absent."""
        if isinstance(declaration, Attribute):
            there = self._attributes.has(declaration.column)
            return self._attributes.categories.get(declaration.column, ()) if there else None
        if isinstance(declaration, Own):
            return declaration.words
        if not isinstance(declaration, Windowed):
            raise TypeError(f"{type(declaration).__name__} is no kind of declaration that can be computed")
        data = self._streams[declaration.stream]
        if data is None or not all(measure in data.measures for measure in declaration.measures()):
            return None
        return data.categories.get(declaration.aggregate.measure, ())

    def _kind(self, declaration: Declaration) -> Literal["number", "category"]:
        if isinstance(declaration, Attribute):
            return "category" if declaration.column in self._attributes.categories else "number"
        if isinstance(declaration, Own):
            return "category" if declaration.holds == "category" else "number"
        return declaration.aggregate.kind if isinstance(declaration, Windowed) else "number"

    def _preview(self, declaration: Declaration, window: int | None) -> FeatureSpec:
        """Spec to select by, before anything is built: without the digests of inputs."""
        return declaration.spec(window, self._settings, self._kind(declaration), {})
