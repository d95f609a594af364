"""What a model needs to see: names, kinds, categories and definitions of its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from winback.errors import NoModelError
from winback.features import FeatureSpec

_SHOWN = 20


@dataclass(frozen=True)
class FeatureContract:
    """The features that a model was trained on, in order.

    Parameters
    ----------
    specs : tuple of FeatureSpec
        One per column, as declared when the model was trained.
    """

    specs: tuple[FeatureSpec, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(spec.name for spec in self.specs)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the columns that hold category codes."""
        return tuple(i for i, spec in enumerate(self.specs) if spec.kind == "category")

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Categories by feature: codes of new data must be made with these."""
        return {spec.name: tuple(spec.categories) for spec in self.specs if spec.kind == "category"}

    def check(self, specs: Sequence[FeatureSpec]) -> None:
        """Refuse features that are not those of the training.

        Parameters
        ----------
        specs : sequence of FeatureSpec
            The features about to be scored.

        Raises
        ------
        NoModelError
            If a feature is missing, new, in another place, or differs in kind, categories or definition; lists them.
        """
        differences = self.differences(specs)
        if not differences:
            return
        shown = differences[:_SHOWN]
        if len(differences) > _SHOWN:
            shown.append(f"and {len(differences) - _SHOWN} more")
        raise NoModelError(
            "the model was trained on other features than these:\n  - " + "\n  - ".join(shown),
            expected=f"the {len(self.specs)} features of the training, unchanged",
            next_step="train again ('winback train'), or score with the settings and tables of the training",
        )

    def differences(self, specs: Sequence[FeatureSpec]) -> list[str]:
        """Say in words how ``specs`` differ from the contract; empty if they do not."""
        found = {spec.name: spec for spec in specs}
        lines = [f"{name}: missing" for name in self.names if name not in found]
        lines += [f"{spec.name}: not known to the model" for spec in specs if spec.name not in set(self.names)]
        for spec in self.specs:
            if spec.name in found:
                lines += _difference(spec, found[spec.name])
        if not lines and tuple(spec.name for spec in specs) != self.names:
            lines.append("the same features in another order")
        return lines

    def to_json(self) -> list[dict[str, Any]]:
        """Describe every feature as plain values."""
        return [
            {
                "name": spec.name,
                "role": spec.role,
                "reason": spec.reason,
                "unit": spec.unit,
                "doc": spec.doc,
                "kind": spec.kind,
                "categories": list(spec.categories),
                "digest": spec.digest,
            }
            for spec in self.specs
        ]

    @classmethod
    def from_json(cls, content: Sequence[Mapping[str, Any]]) -> FeatureContract:
        """Read what `to_json` wrote."""
        return cls(tuple(FeatureSpec(**{**entry, "categories": tuple(entry["categories"])}) for entry in content))


def _difference(trained: FeatureSpec, now: FeatureSpec) -> list[str]:
    if trained.kind != now.kind:
        return [f"{trained.name}: was a {trained.kind}, is a {now.kind}"]
    if tuple(trained.categories) != tuple(now.categories):
        return [f"{trained.name}: its categories have changed"]
    if trained.digest != now.digest:
        return [f"{trained.name}: its definition has changed"]
    return []
