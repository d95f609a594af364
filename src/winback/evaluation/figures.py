"""Pictures of an evaluation, as matplotlib figures that nobody has to look at on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from winback.evaluation.report import EvaluationReport, PopulationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = 25
_COLOURS = {"driver": "#c0504d", "symptom": "#4f81bd", "context": "#9bbb59"}


def figures(report: EvaluationReport) -> dict[str, Figure]:
    """Draw calibration and lift of each population, and the importance of features and of roles.

    Parameters
    ----------
    report : EvaluationReport
        What was measured.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``calibration_<population>``, ``lift_<population>``, ``importance``, ``importance_by_role``; not bound to any
        screen or global state.
    """
    drawn: dict[str, Figure] = {}
    for name, part in report.populations.items():
        drawn[f"calibration_{name}"] = _calibration(name, part)
        drawn[f"lift_{name}"] = _lift(name, part)
    if report.importance:
        drawn["importance"] = _importance(report)
        drawn["importance_by_role"] = _by_role(report)
    return drawn


def _canvas(title: str, across: str, up: str, height: float = 4.5) -> tuple[Figure, Axes]:
    # Importing matplotlib takes long; only who draws pays for it.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    return figure, axes


def _calibration(name: str, part: PopulationReport) -> Figure:
    figure, axes = _canvas(f"Calibration, {name}", "predicted probability of churn", "share that churned")
    predicted = [point["probability"] for point in part.calibration]
    came = [point["churned_share"] for point in part.calibration]
    below = [max(0.0, point["churned_share"] - point["low"]) for point in part.calibration]
    above = [max(0.0, point["high"] - point["churned_share"]) for point in part.calibration]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.errorbar(predicted, came, yerr=[below, above], marker="o", capsize=3, color="#4f81bd")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    return figure


def _lift(name: str, part: PopulationReport) -> Figure:
    figure, axes = _canvas(
        f"Leavers found, {name}", "share of customers, most endangered first", "share of all leavers"
    )
    for score, points in part.lift.items():
        across, up = [point["top_share"] for point in points], [point["churned_share"] for point in points]
        axes.plot(across, up, label=score, linewidth=2.5 if score == "model" else 1.0)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.legend(loc="lower right")
    return figure


def _importance(report: EvaluationReport) -> Figure:
    shown: list[Any] = list(report.importance[:_SHOWN])[::-1]
    height = 1.5 + 0.24 * len(shown)
    figure, axes = _canvas("Importance of features", "share of the mean absolute SHAP value", "", height)
    axes.barh(
        [str(entry["feature"]) for entry in shown],
        [entry["share"] for entry in shown],
        color=[_COLOURS[entry["role"]] for entry in shown],
    )
    for role, colour in _COLOURS.items():
        axes.barh([], [], color=colour, label=role)
    axes.legend(loc="lower right")
    return figure


def _by_role(report: EvaluationReport) -> Figure:
    shares = report.importance_by_role()
    names = sorted(shares, key=lambda name: shares[name])
    figure, axes = _canvas("Importance by role and reason", "share of the mean absolute SHAP value", "")
    axes.barh(names, [shares[name] for name in names], color=[_COLOURS[name.split(".")[0]] for name in names])
    return figure
