"""What a model said of snapshots that it had not seen: what every claim about it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.files import read_json, write_json

_ARRAYS, _PLAIN = "out_of_sample.npz", "out_of_sample.json"


@dataclass(frozen=True, eq=False)
class OutOfSample:
    """What the model said of snapshots that it had not seen.

    Parameters
    ----------
    rows : int64[m]
        Positions in the feature matrix.
    probability : float64[m]
        Calibrated probability of churn.
    fit_cutoffs : tuple of int
        Cutoffs that the scoring model was trained on: baselines must use no others.
    later : bool
        True where the rows are of later cutoffs; False where they are only of other customers.
    """

    rows: NDArray[np.int64]
    probability: NDArray[np.float64]
    fit_cutoffs: tuple[int, ...]
    later: bool

    def save(self, folder: Path) -> None:
        """Write the arrays and the rest into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / _ARRAYS, rows=self.rows, probability=self.probability)
        write_json(folder / _PLAIN, {"fit_cutoffs": [int(cut) for cut in self.fit_cutoffs], "later": self.later})

    @classmethod
    def load(cls, folder: Path) -> OutOfSample:
        """Read what `save` wrote; loading runs no code.

        Raises
        ------
        NoModelError
            When the folder does not hold it.
        """
        if not (folder / _PLAIN).exists():
            raise NoModelError(f"{folder} holds no predictions on unseen snapshots", next_step="run 'winback train'")
        plain = read_json(folder / _PLAIN)
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            return cls(arrays["rows"], arrays["probability"], tuple(plain["fit_cutoffs"]), plain["later"])
