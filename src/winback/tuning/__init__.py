"""The search for better settings of the churn model, adopted only when better by more than noise."""

from winback.tuning.search import TuningResult, tune

__all__ = ["TuningResult", "tune"]
