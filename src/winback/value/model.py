"""`ValueModel`: what a kept customer is worth beyond a lost one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.features import FeatureMatrix
from winback.files import read_json, write_json, write_text
from winback.model import BoostedTrees, FeatureContract
from winback.texts import Note
from winback.value.amounts import AmountModel, OwnPast
from winback.value.past import own_past

Floats = NDArray[np.float64]
FORMAT = 1
DESCRIPTION = "value.json"


@dataclass(frozen=True, eq=False)
class ValueEstimate:
    """What is expected of each row, in the configured currency.

    Parameters
    ----------
    value_if_kept : float64[n]
        Discounted margin over the value horizon if kept, minus that if not kept; not below 0.
    margin_if_kept, margin_if_lost : float64[n]
        The two.
    horizon_revenue : float64[n]
        Revenue in the label's horizon if kept.
    """

    value_if_kept: Floats
    margin_if_kept: Floats
    margin_if_lost: Floats
    horizon_revenue: Floats


@dataclass(frozen=True, eq=False)
class ValueModel:
    """Expected margin over the value horizon, given kept and given lost.

    Parameters
    ----------
    contract : FeatureContract
        Features of the training.
    kept, lost, revenue : AmountModel
        Discounted margin in the observed window of customers who were kept, who were lost, and revenue in the label's
        horizon of those kept. ``lost`` is None where the window shows nothing after the label's horizon.
    kept_factor, lost_factor : float
        From the observed window to the value horizon.
    lost_share : float
        Where ``lost`` is None: margin if lost, as a share of margin if kept.
    about : mapping
        Horizons, discount rate, where margins come from, held-out quality.
    notes : tuple of Note
        What could not be done.
    """

    contract: FeatureContract
    kept: AmountModel
    lost: AmountModel | None
    revenue: AmountModel
    kept_factor: float
    lost_factor: float
    lost_share: float
    about: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    threads: int = 0

    def predict(self, matrix: FeatureMatrix) -> ValueEstimate:
        """Estimate every row.

        Parameters
        ----------
        matrix : FeatureMatrix
            The features of the training.

        Raises
        ------
        NoModelError
            If the features differ from those of the training; lists how.
        """
        self.contract.check(matrix.specs)
        past, population = own_past(matrix), matrix.snapshots.population

        def expected(part: AmountModel) -> Floats:
            return part.predict(matrix.values, past, population, self.threads)

        kept = self.kept_factor * expected(self.kept)
        lost = self.lost_share * kept if self.lost is None else self.lost_factor * expected(self.lost)
        return ValueEstimate(np.maximum(kept - lost, 0), kept, lost, expected(self.revenue))

    def save(self, folder: Path) -> None:
        """Write ``value.json``, and ``value_<part>.txt`` for every part with trees."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"kept": self.kept, "lost": self.lost, "revenue": self.revenue}
        for name, part in parts.items():
            if part is not None and part.trees is not None:
                write_text(_trees_path(folder, name), part.trees.text)
        content = {
            "format": FORMAT,
            "features": self.contract.to_json(),
            "parts": {name: None if part is None else _part_to_json(part) for name, part in parts.items()},
            "kept_factor": self.kept_factor,
            "lost_factor": self.lost_factor,
            "lost_share": self.lost_share,
            "about": dict(self.about),
            "notes": list(self.notes),
        }
        write_json(folder / DESCRIPTION, content)

    @classmethod
    def load(cls, folder: Path) -> ValueModel:
        """Read what `save` wrote; runs no code.

        Raises
        ------
        NoModelError
            If there is none, or one that this version cannot read.
        """
        path = folder / DESCRIPTION
        if not path.exists():
            raise NoModelError(f"there is no value model in {folder}", next_step="train one: winback train")
        content = read_json(path)
        if content.get("format") != FORMAT:
            raise NoModelError(
                f"{path} has format {content.get('format')!r}", expected=f"format {FORMAT}", next_step="winback train"
            )
        parts = {name: None if part is None else _part(folder, name, part) for name, part in content["parts"].items()}
        if parts["kept"] is None or parts["revenue"] is None:
            raise NoModelError(f"{path} is incomplete", next_step="winback train")
        return cls(
            FeatureContract.from_json(content["features"]),
            parts["kept"],
            parts["lost"],
            parts["revenue"],
            content["kept_factor"],
            content["lost_factor"],
            content["lost_share"],
            content["about"],
            tuple(content["notes"]),
        )


def _trees_path(folder: Path, name: str) -> Path:
    return folder / f"value_{name}.txt"


def _part_to_json(part: AmountModel) -> dict[str, Any]:
    return {
        "own": [list(row) for row in part.own.weights],
        "has_trees": part.trees is not None,
        "tree_share": part.tree_share,
        "unit": part.unit,
        "level": part.level,
        "power": part.power,
        "quality": dict(part.quality or {}),
    }


def _part(folder: Path, name: str, content: Mapping[str, Any]) -> AmountModel:
    trees = BoostedTrees(_trees_path(folder, name).read_text(encoding="utf-8")) if content["has_trees"] else None
    own = OwnPast(tuple(tuple(row) for row in content["own"]))
    numbers = {key: content[key] for key in ("tree_share", "unit", "level", "power", "quality")}
    return AmountModel(own, trees, **numbers)
