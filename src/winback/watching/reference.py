"""What a model's input and its scores looked like in training: kept with the model, in counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features import FeatureMatrix
from winback.history import to_datetime64
from winback.snapshots import POPULATIONS
from winback.watching.histogram import Histogram, stability_index

#: By feature, how many values there are in each bin of its histogram.
FeatureCounts = Mapping[str, NDArray[np.int64]]
#: An index above this is a shift.
SHIFT = 0.25


@dataclass(frozen=True)
class Reference:
    """How features and scores were spread.

    Parameters
    ----------
    features : mapping of str to Histogram
        At the newest cutoff of the training.
    scores : mapping of str to Histogram
        Of the same snapshots, by population.
    means : mapping of str to float
        Mean score by population.
    cutoff : str
        ISO day of the newest cutoff.
    """

    features: Mapping[str, Histogram]
    scores: Mapping[str, Histogram]
    means: Mapping[str, float]
    cutoff: str

    @classmethod
    def of(cls, matrix: FeatureMatrix, probability: NDArray[np.float64]) -> Reference:
        """Describe the newest snapshots of a training.

        Parameters
        ----------
        matrix : FeatureMatrix
            Those of the newest cutoff.
        probability : float64[n]
            What the model that will score says of them: the same model now and then, so that only customers differ.
        """
        population = matrix.snapshots.population
        parts = {name: probability[population == code] for code, name in enumerate(POPULATIONS)}
        parts = {name: values for name, values in parts.items() if len(values)}
        return cls(
            {spec.name: Histogram.of(matrix.values[:, place], spec.kind) for place, spec in enumerate(matrix.specs)},
            {name: Histogram.of(values, "number") for name, values in parts.items()},
            {name: float(values.mean()) for name, values in parts.items()},
            str(to_datetime64(matrix.snapshots.cutoff.max(keepdims=True))[0])[:10],
        )

    def count(self, matrix: FeatureMatrix) -> FeatureCounts:
        """Count the values of each feature that both have; counts of parts of the customers can be added up."""
        return {
            spec.name: self.features[spec.name].count(matrix.values[:, place])
            for place, spec in enumerate(matrix.specs)
            if spec.name in self.features
        }

    def feature_drift(self, counts: FeatureCounts, importance: Mapping[str, float]) -> list[dict[str, Any]]:
        """Return ``feature``, ``drift`` and ``importance`` of each counted feature, largest drift first."""
        rows = [
            {
                "feature": name,
                "drift": stability_index(np.asarray(self.features[name].counts), now),
                "importance": importance.get(name, 0.0),
            }
            for name, now in counts.items()
        ]
        return sorted(rows, key=lambda row: (-float(row["drift"]), row["feature"]))

    def score_drift(self, probability: NDArray[np.float64], population: NDArray[np.int8]) -> list[dict[str, Any]]:
        """Return ``population``, ``drift``, and the mean score in training and ``now``, of each population."""
        parts = {name: probability[population == code] for code, name in enumerate(POPULATIONS)}
        return [
            {
                "population": name,
                "drift": self.scores[name].drift(values),
                "mean_in_training": self.means[name],
                "mean_now": float(values.mean()),
            }
            for name, values in parts.items()
            if len(values) and name in self.scores
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "cutoff": self.cutoff,
            "features": {name: part.to_json() for name, part in self.features.items()},
            "scores": {name: part.to_json() for name, part in self.scores.items()},
            "means": dict(self.means),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Reference:
        """Read what `to_json` wrote."""
        features, scores = (
            {name: Histogram.from_json(part) for name, part in content[key].items()} for key in ("features", "scores")
        )
        return cls(features, scores, content["means"], content["cutoff"])


def shifted_importance(drifts: list[dict[str, Any]]) -> float:
    """Share of the importance that lies in features with a drift above `SHIFT`.

    Examples
    --------
    >>> shifted_importance([{"drift": 0.5, "importance": 0.1}, {"drift": 0.1, "importance": 0.9}])
    0.1
    """
    return float(sum(row["importance"] for row in drifts if row["drift"] > SHIFT))
