"""Judging a churn model: measures with intervals, per population, beside what a user would otherwise do."""

from winback.evaluation.baselines import baseline_scores
from winback.evaluation.compare import Comparison, compare
from winback.evaluation.curves import calibration_curve, gains_curve
from winback.evaluation.evaluate import evaluate_model, feature_importance, judge
from winback.evaluation.figures import figures
from winback.evaluation.intervals import Estimate, Measured, customer_weights
from winback.evaluation.metrics import LOSSES, METRICS, PROBABILITY, RANKING, Scored, measure
from winback.evaluation.report import EvaluationReport, PopulationReport

__all__ = [
    "LOSSES",
    "METRICS",
    "PROBABILITY",
    "RANKING",
    "Comparison",
    "Estimate",
    "EvaluationReport",
    "Measured",
    "PopulationReport",
    "Scored",
    "baseline_scores",
    "calibration_curve",
    "compare",
    "customer_weights",
    "evaluate_model",
    "feature_importance",
    "figures",
    "gains_curve",
    "judge",
    "measure",
]
