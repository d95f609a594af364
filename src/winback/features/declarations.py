"""How a feature is declared: what it is called, what it is made of, what it means.

A declaration is plain data. It says nothing of how the engine computes it, so that the engine can change under it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from winback.features.aggregates import Aggregate
from winback.features.derivations import Derivation
from winback.features.streams import Stream
from winback.files import sha256_of_json
from winback.settings import FeatureSettings

Role = Literal["driver", "symptom", "context"]
ROLES: tuple[Role, ...] = ("driver", "symptom", "context")
#: Business words that drivers are grouped under.
REASONS = (
    "price",
    "product_quality",
    "delivery",
    "service",
    "conflict",
    "manager_change",
    "neglect",
    "assortment",
    "loyalty",
    "competitor",
    "life_event",
)

Array = NDArray[Any]


@dataclass(frozen=True)
class FeatureSpec:
    """What a column of a feature matrix is.

    Parameters
    ----------
    name : str
        Name of the column.
    role : {"driver", "symptom", "context"}
        Something done to the customer, its own behaviour, or who it is.
    reason : str or None
        The business word that a driver counts under.
    unit : str
        Unit of the values.
    doc : str
        Meaning, in a sentence.
    kind : {"number", "category"}
        Category columns hold places in ``categories``.
    categories : tuple of str
        Words of a category column, fixed at training.
    digest : str
        Fingerprint of the definition with all that it is made of: equal digests mean equal values on equal facts.
    """

    name: str
    role: Role
    reason: str | None
    unit: str
    doc: str
    kind: Literal["number", "category"]
    categories: tuple[str, ...]
    digest: str


@dataclass(frozen=True, kw_only=True)
class Declaration(ABC):
    """What all declarations have in common.

    Parameters
    ----------
    name : str
        Name without the window.
    role, reason, unit, doc
        As in `FeatureSpec`.
    windows : tuple of int
        Days before the cutoff that are looked at, one feature each; empty: the whole history.
    hidden : bool
        Computed only as an input of other features.
    """

    name: str
    role: Role
    unit: str
    doc: str
    reason: str | None = None
    windows: tuple[int, ...] = ()
    hidden: bool = False

    def names(self) -> tuple[str, ...]:
        """Names of the features that it declares: windows stand last.

        Examples
        --------
        >>> from winback.features.derivations import Ratio
        >>> each = Ratio("order_amount_{window}", "order_count_{window}")
        >>> Derived(name="order_mean", role="symptom", unit="money", doc="…", windows=(30, 90), how=each).names()
        ('order_mean_30d', 'order_mean_90d')
        """
        return tuple(windowed_name(self.name, window) for window in self.windows or (None,))

    @abstractmethod
    def recipe(self, window: int | None, settings: FeatureSettings) -> dict[str, Any]:
        """All that decides the values of one of its features, as JSON-like data."""

    def spec(
        self,
        window: int | None,
        settings: FeatureSettings,
        kind: Literal["number", "category"],
        inputs: Mapping[str, str],
    ) -> FeatureSpec:
        """Return the spec of one of its features; ``inputs`` are the digests of the features it is made of."""
        content = {**self.recipe(window, settings), "kind": kind, "inputs": dict(inputs)}
        return FeatureSpec(
            name=windowed_name(self.name, window),
            role=self.role,
            reason=self.reason,
            unit=self.unit,
            doc=self.doc,
            kind=kind,
            categories=(),
            digest=sha256_of_json(content)[:16],
        )


def windowed_name(name: str, window: int | None) -> str:
    """Return the name of a feature in a window of that many days; None: the whole history."""
    return name if window is None else f"{name}_{window}d"


@dataclass(frozen=True, kw_only=True)
class Windowed(Declaration):
    """An aggregate over the events of a stream in windows before the cutoff.

    A window of W days at cutoff c holds the events with ``c - W <= at < c`` that were known before c; with ``shift`` S
    it is ``c - S - W <= at < c - S``.

    Parameters
    ----------
    stream : Stream
        Where the events come from.
    aggregate : Aggregate
        What is made of them.
    where : str
        A measure of the stream; only events where it is above zero count. Empty: all.
    shift : int
        Days by which the window ends before the cutoff.
    """

    stream: Stream
    aggregate: Aggregate
    where: str = ""
    shift: int = 0

    def measures(self) -> tuple[str, ...]:
        """Measures of the stream that it needs."""
        return tuple(measure for measure in (self.where, self.aggregate.measure) if measure)

    def recipe(self, window: int | None, settings: FeatureSettings) -> dict[str, Any]:
        """All that decides the values of one of its features."""
        return {
            "stream": self.stream.recipe(settings),
            "aggregate": self.aggregate.recipe(),
            "where": self.where,
            "shift": self.shift,
            "window": window,
        }


@dataclass(frozen=True, kw_only=True)
class Derived(Declaration):
    """A feature made of other features of the same row.

    Parameters
    ----------
    how : Derivation
        The function and the names of its inputs. It is absent where an input is.
    """

    how: Derivation

    def inputs(self, window: int | None) -> tuple[str, ...]:
        """Names of the features that one of its features is made of."""
        return tuple(name.format(window=f"{window}d") for name in self.how.inputs())

    def recipe(self, window: int | None, settings: FeatureSettings) -> dict[str, Any]:  # noqa: ARG002
        """All that decides the values of one of its features, beside its inputs."""
        return {
            "derivation": type(self.how).__name__,
            "version": self.how.version,
            "parameters": asdict(self.how),
            "window": window,
        }


@dataclass(frozen=True, kw_only=True)
class Attribute(Declaration):
    """A column of the table ``customers`` as it stands.

    Parameters
    ----------
    column : str
        Texts become a category, numbers and booleans a number, a timestamp the days from it to the cutoff (missing
        where it lies after the cutoff).
    """

    column: str
    windows: tuple[int, ...] = field(default=(), init=False)

    def recipe(self, window: int | None, settings: FeatureSettings) -> dict[str, Any]:  # noqa: ARG002
        """All that decides the values of its feature."""
        return {"attribute": self.column}
