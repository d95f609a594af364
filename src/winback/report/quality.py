"""How far the predictions can be trusted: the model beside simple rules, on outcomes that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from winback.report.charts import Reliability, calibration_chart
from winback.report.data import Figure, PopulationQuality, Quality
from winback.report.parts import NOTHING, Bar, Cell, Numbers, Row, Table, bars, is_known
from winback.texts import Texts

METRICS = ("auc", "average_precision", "lift_10", "brier", "log_loss", "calibration_error")
PREDICTORS = ("model", "logistic", "cadence", "recency")
FEATURES = 12


@dataclass(frozen=True)
class PopulationSection:
    """What is shown of one population."""

    title: str
    words: list[str]
    table: Table
    calibration: Markup | None


@dataclass(frozen=True)
class QualitySection:
    """What the section shows."""

    tested: str
    populations: list[PopulationSection]
    missing: list[str]
    importance: list[Bar]
    notes: list[str]


def quality_section(quality: Quality, texts: Texts) -> QualitySection:
    """Describe the quality of both populations."""
    names = ("active", "lapsed")
    missing = [name for name in names if name not in quality.populations]
    tested = ""
    if quality.tested_from and quality.tested_to:
        start, end = date.fromisoformat(quality.tested_from), date.fromisoformat(quality.tested_to)
        tested = texts.format("report-tested", on=start, until=end)
    return QualitySection(
        tested,
        [_population(name, quality.populations[name], texts) for name in names if name in quality.populations],
        [texts.format("report-untested", population=texts.format(f"population-{name}-long")) for name in missing],
        _importance(quality, texts),
        list(quality.notes),
    )


def _population(name: str, quality: PopulationQuality, texts: Texts) -> PopulationSection:
    return PopulationSection(
        texts.format(f"population-{name}-long"),
        _words(quality, texts),
        _table(quality, texts),
        _calibration(quality, texts),
    )


def _words(quality: PopulationQuality, texts: Texts) -> list[str]:
    words = [texts.format("report-test-size", rows=quality.rows, share=quality.churn_share)]
    model = quality.scores.get("model", {})
    auc, lift = model.get("auc"), model.get("lift_10")
    if auc and is_known(auc.value):
        words.append(texts.format("report-auc-words", pairs=auc.value))
    if lift and is_known(lift.value):
        words.append(texts.format("report-lift-words", times=texts.number(lift.value, 1)))
    return words


def _table(quality: PopulationQuality, texts: Texts) -> Table:
    known = [metric for metric in METRICS if any(metric in scores for scores in quality.scores.values())]
    ordered = sorted(
        quality.scores, key=lambda name: (PREDICTORS.index(name) if name in PREDICTORS else len(PREDICTORS), name)
    )
    rows = [
        Row(
            [
                Cell(_predictor(name, texts)),
                *(_cell(metric, quality.scores[name].get(metric), texts) for metric in known),
            ],
            "strong" if name == "model" else "",
        )
        for name in ordered
    ]
    titles = [texts.format("report-predictor")]
    titles += [texts.format("metric-" + metric.replace("_", "-")) for metric in known]
    return Table(titles, [False] + [True] * len(known), rows)


def _predictor(name: str, texts: Texts) -> str:
    message = f"predictor-{name}"
    return texts.format(message) if texts.has(message) else name.replace("_", " ")


def _cell(metric: str, figure: Figure | None, texts: Texts) -> Cell:
    if figure is None or not is_known(figure.value):
        return Cell(NOTHING)
    write = Numbers(texts)
    digits = 1 if metric.startswith("lift") else 3
    if not is_known(figure.low) or not is_known(figure.high):
        return Cell(write.number(figure.value, digits))
    return Cell(
        write.number(figure.value, digits), f"{write.number(figure.low, digits)}–{write.number(figure.high, digits)}"
    )


def _calibration(quality: PopulationQuality, texts: Texts) -> Markup | None:
    frame = quality.calibration
    if frame is None or frame.empty:
        return None
    for name in ("low", "high"):
        if name not in frame:
            frame = frame.assign(**{name: frame["churned_share"]})
    columns = (frame[name] for name in ("probability", "churned_share", "rows", "low", "high"))
    points = [Reliability(*map(float, values)) for values in zip(*columns, strict=True)]
    return calibration_chart(
        points,
        write=lambda value: texts.percent(value, 0),
        x_title=texts.format("report-predicted"),
        y_title=texts.format("report-observed"),
    )


def _importance(quality: Quality, texts: Texts) -> list[Bar]:
    if quality.importance is None:
        return []
    top = quality.importance.head(FEATURES)
    return bars(
        [
            (str(feature), float(share), texts.percent(float(share), 1), "")
            for feature, share in zip(top["feature"], top["share"], strict=True)
        ]
    )
