"""The three models that belong together: who leaves, what that costs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.errors import NoModelError
from winback.files import read_json
from winback.model import ChurnModel, load_model, save_model
from winback.reasons import ReasonModel
from winback.value import ValueModel

ABOUT = "about.json"


@dataclass(frozen=True)
class ModelSet:
    """Models trained together on the same snapshots.

    Parameters
    ----------
    churn : ChurnModel
        Probability of churn.
    value : ValueModel
        What a kept customer is worth.
    reasons : ReasonModel
        Why it leaves.
    about : dict
        Version, settings and data behind them.
    """

    churn: ChurnModel
    value: ValueModel
    reasons: ReasonModel
    about: dict[str, Any]

    @property
    def version(self) -> str:
        """Name of this training, as the lists show it."""
        return str(self.about["version"])

    def save(self, folder: Path) -> None:
        """Write the models as text and JSON; ``about`` is written by the caller, who knows the rest of it."""
        save_model(self.churn, folder / "churn")
        self.value.save(folder / "value")
        self.reasons.save(folder / "reasons")

    @classmethod
    def load(cls, folder: Path) -> ModelSet:
        """Read the models of a folder.

        Raises
        ------
        NoModelError
            When the folder holds no complete set.
        """
        try:
            return cls(
                load_model(folder / "churn"),
                ValueModel.load(folder / "value"),
                ReasonModel.load(folder / "reasons"),
                read_json(folder / ABOUT),
            )
        except (FileNotFoundError, KeyError, ValueError) as error:
            raise NoModelError(
                f"The model in {folder} is incomplete or was written by another version: {error}",
                next_step="train it again with 'winback run'",
            ) from error
