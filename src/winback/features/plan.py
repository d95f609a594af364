"""What has to be computed for the features that are wanted and that the tables allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from winback.features.declarations import Attribute, Declaration, Derived, FeatureSpec, Windowed, windowed_name
from winback.features.own import Own
from winback.features.streams import Stream, StreamData
from winback.history import History
from winback.settings import FeatureSettings


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


class Streams:
    """The streams of one history, each built once, when it is first asked for."""

    def __init__(self, history: History, settings: FeatureSettings) -> None:
        self._history = history
        self._settings = settings
        self._built: dict[str, StreamData | None] = {}
        self._filtered: dict[tuple[str, str], StreamData] = {}

    def __getitem__(self, stream: Stream) -> StreamData | None:
        """Return the events of a stream in order; None where a table or a column that it needs is absent."""
        if stream.name not in self._built:
            there = stream.available(self._history)
            self._built[stream.name] = stream.build(self._history, self._settings).in_order() if there else None
        return self._built[stream.name]

    def filtered(self, stream: Stream, flag: str) -> StreamData:
        """Return the events of a stream that is there, where the flag (if any) is above zero."""
        data = self[stream]
        if data is None:
            raise ValueError(f"stream {stream.name!r} is absent")
        if not flag:
            return data
        key = (stream.name, flag)
        if key not in self._filtered:
            self._filtered[key] = data.where(data.measures[flag] > 0)
        return self._filtered[key]


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
