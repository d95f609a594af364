"""The three models that belong together: who leaves, what that costs, and why; with what they were trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winback.errors import NoModelError
from winback.files import read_json, write_json
from winback.model import ChurnModel, load_model, save_model
from winback.reasons import ReasonModel
from winback.value import ValueModel
from winback.watching import Reference

ABOUT = "about.json"
#: What input and scores looked like in training.
REFERENCE = "reference.json"


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
    reference : Reference, optional
        How features and scores were spread in training; models of older versions have none.
    """

    churn: ChurnModel
    value: ValueModel
    reasons: ReasonModel
    about: dict[str, Any]
    reference: Reference | None = None

    @property
    def version(self) -> str:
        """Name of this training, as the lists show it."""
        return str(self.about["version"])

    def save(self, folder: Path) -> None:
        """Write the models as text and JSON; ``about`` is written by the caller, who knows the rest of it."""
        save_model(self.churn, folder / "churn")
        self.value.save(folder / "value")
        self.reasons.save(folder / "reasons")
        if self.reference is not None:
            write_json(folder / REFERENCE, self.reference.to_json())

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
                Reference.from_json(read_json(folder / REFERENCE)) if (folder / REFERENCE).exists() else None,
            )
        except (FileNotFoundError, KeyError, ValueError) as error:
            raise NoModelError(
                f"The model in {folder} is incomplete or was written by another version: {error}",
                next_step="train it again with 'winback run'",
            ) from error
