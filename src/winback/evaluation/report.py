"""`EvaluationReport`: what the model proved, as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winback.evaluation.intervals import Estimate
from winback.texts import Note

Measures = Mapping[str, Estimate]


@dataclass(frozen=True)
class PopulationReport:
    """How well one population was foreseen.

    Parameters
    ----------
    rows, customers, churned : int
        Test snapshots, their customers, and how many churned.
    scores : mapping of str to mapping of str to Estimate
        From who predicted (``model`` and the baselines) to measure to its value with a 90 % interval.
    gains : mapping of str to mapping of str to Estimate
        From baseline to measure to how much better the model is (above zero: better), paired on the same resamples.
    best_baseline : str
        The one with the highest AUC; empty where none could be computed.
    calibration : sequence of mapping
        Points of `calibration_curve`, of the model.
    lift : mapping of str to sequence of mapping
        Points of `gains_curve`, of the model and of the baselines.
    """

    rows: int
    customers: int
    churned: int
    scores: Mapping[str, Measures]
    gains: Mapping[str, Measures]
    best_baseline: str
    calibration: tuple[Mapping[str, float], ...]
    lift: Mapping[str, tuple[Mapping[str, float], ...]]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "rows": self.rows,
            "customers": self.customers,
            "churned": self.churned,
            "scores": _measures_to_json(self.scores),
            "gains": _measures_to_json(self.gains),
            "best_baseline": self.best_baseline,
            "calibration": [dict(point) for point in self.calibration],
            "lift": {name: [dict(point) for point in points] for name, points in self.lift.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> PopulationReport:
        """Read what `to_json` wrote."""
        return cls(
            content["rows"],
            content["customers"],
            content["churned"],
            _measures_from_json(content["scores"]),
            _measures_from_json(content["gains"]),
            content["best_baseline"],
            tuple(content["calibration"]),
            {name: tuple(points) for name, points in content["lift"].items()},
        )


@dataclass(frozen=True)
class EvaluationReport:
    """How well the model foresees, beside what a user would otherwise do.

    Parameters
    ----------
    populations : mapping of str to PopulationReport
        ``active`` and ``lapsed``; one without test rows is absent.
    later : bool
        True where the test is of later cutoffs than the training, False where only of other customers.
    cutoffs : tuple of str
        ISO instants of the test.
    importance : sequence of mapping
        ``feature``, ``role``, ``reason`` and ``share`` of the mean absolute SHAP value, descending.
    notes : tuple of Note
        What could not be done.
    """

    populations: Mapping[str, PopulationReport]
    later: bool
    cutoffs: tuple[str, ...]
    importance: tuple[Mapping[str, Any], ...]
    notes: tuple[Note, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``evaluation.json``."""
        return {
            "populations": {name: part.to_json() for name, part in self.populations.items()},
            "later": self.later,
            "cutoffs": list(self.cutoffs),
            "importance": [dict(entry) for entry in self.importance],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> EvaluationReport:
        """Read what `to_json` wrote."""
        return cls(
            {name: PopulationReport.from_json(part) for name, part in content["populations"].items()},
            content["later"],
            tuple(content["cutoffs"]),
            tuple(content["importance"]),
            tuple(content["notes"]),
        )

    def metrics(self) -> dict[str, float]:
        """Flat numbers of the model, such as ``active.auc`` and ``active.auc_low``, for a tracking server."""
        flat: dict[str, float] = {}
        for population, part in self.populations.items():
            for measure, estimate in part.scores["model"].items():
                for ending, value in (("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)):
                    if value is not None:
                        flat[f"{population}.{measure}{ending}"] = value
            gain = part.gains.get(part.best_baseline, {}).get("auc")
            if gain is not None and gain.value is not None:
                flat[f"{population}.auc_gain"] = gain.value
        return flat | {f"importance.{name}": share for name, share in self.importance_by_role().items()}

    def importance_by_role(self) -> dict[str, float]:
        """Share of the importance by role, that of drivers by reason: ``symptom``, ``context``, ``driver.delivery``."""
        shares: defaultdict[str, float] = defaultdict(float)
        for entry in self.importance:
            name = f"driver.{entry['reason']}" if entry["role"] == "driver" else str(entry["role"])
            shares[name] += entry["share"]
        return dict(shares)

    def rows(self) -> list[dict[str, Any]]:
        """Lines of a table: one per population and score, with every measure's value (None where it makes no sense)."""
        lines = []
        for population, part in self.populations.items():
            measures = list(part.scores["model"])
            for name, found in part.scores.items():
                line: dict[str, Any] = {"population": population, "score": name}
                line |= {measure: found[measure].value if measure in found else None for measure in measures}
                gain = part.gains.get(name, {}).get("auc")
                line |= {"auc_gain": gain and gain.value, "auc_gain_low": gain and gain.low}
                lines.append(line)
        return lines


def _measures_to_json(scores: Mapping[str, Measures]) -> dict[str, Any]:
    return {name: {measure: found.to_json() for measure, found in part.items()} for name, part in scores.items()}


def _measures_from_json(content: Mapping[str, Any]) -> dict[str, Measures]:
    return {
        name: {measure: Estimate.from_json(found) for measure, found in part.items()} for name, part in content.items()
    }
