"""Training the value model on what came after past snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import HistoryTooShortError
from winback.features import FeatureMatrix
from winback.history import DAY_US, History
from winback.model import FeatureContract
from winback.settings import Settings
from winback.snapshots import LAPSED, POPULATIONS
from winback.texts import Note
from winback.value.amounts import AmountModel, AmountRows, fit_amount
from winback.value.horizon import Window, choose_window, stretch_kept, stretch_lost
from winback.value.model import ValueModel
from winback.value.money import money_after, order_amounts, order_margins
from winback.value.past import own_past

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: More rows than this teach nothing new; they are thinned evenly.
_MAX_ROWS = 60_000
#: Days that the window must reach beyond the label's horizon to show what lost customers bring.
_BEYOND = 30


@dataclass(frozen=True, eq=False)
class _Job:
    history: History
    matrix: FeatureMatrix
    labels: NDArray[np.int8]
    settings: Settings
    window: Window
    margins: Floats

    def margin(self, rows: FeatureMatrix, from_days: float, to_days: float) -> Floats:
        rate = self.settings.value.discount_rate
        return money_after(
            self.history, rows.snapshots, self.margins, from_days=from_days, to_days=to_days, discount_rate=rate
        )

    def covered(self) -> Mask:
        """Rows whose window is observed."""
        return self.matrix.snapshots.cutoff + self.window.days * DAY_US <= self.history.ends_at

    def fit(self, rows: FeatureMatrix, target: Floats) -> AmountModel:
        settings = self.settings
        return fit_amount(
            _amount_rows(rows, target),
            len(POPULATIONS),
            settings.model,
            seed=settings.run.seed,
            threads=settings.run.threads,
        )


def train_value_model(
    history: History, matrix: FeatureMatrix, labels: NDArray[np.int8], settings: Settings
) -> ValueModel:
    """Learn what kept and lost customers brought.

    Parameters
    ----------
    history : History
        Shows what came after the snapshots.
    matrix : FeatureMatrix
        Features of all labelled snapshots.
    labels : int8[n]
        1 churned, 0 kept.
    settings : Settings
        Reads ``value``, ``label``, ``model``, ``run.seed`` and ``run.threads``.

    Returns
    -------
    ValueModel
        Data shorter than the value horizon is scaled, and the model's notes say so.

    Raises
    ------
    HistoryTooShortError
        If there is no labelled row.
    """
    if len(labels) == 0:
        raise HistoryTooShortError("there is no labelled snapshot to learn values from")
    value, label = settings.value, settings.label
    window = choose_window(matrix.snapshots.cutoff, history.ends_at, value.horizon_days, label.horizon_days)
    job = _Job(history, matrix, labels, settings, window, order_margins(history, value.margin_rate))
    kept_rows = _thinned(job.covered() & (labels == 0), matrix)
    kept_target = job.margin(kept_rows, 0, window.days)
    kept = job.fit(kept_rows, kept_target)
    lost, lost_factor, lost_share, notes = _lost(job, kept_target)
    recent = _thinned(labels == 0, matrix)
    amounts = money_after(history, recent.snapshots, order_amounts(history), from_days=0, to_days=label.horizon_days)
    revenue = job.fit(recent, amounts)
    return ValueModel(
        contract=FeatureContract(tuple(matrix.specs)),
        kept=kept,
        lost=lost,
        revenue=revenue,
        kept_factor=_kept_factor(job, kept_rows),
        lost_factor=lost_factor,
        lost_share=lost_share,
        about=_about(job, kept, lost),
        notes=(*window.notes(), *_nobody_kept(labels), *notes),
        threads=settings.run.threads,
    )


def _thinned(mask: Mask, matrix: FeatureMatrix) -> FeatureMatrix:
    places = np.flatnonzero(mask)
    if len(places) > _MAX_ROWS:
        places = places[np.linspace(0, len(places) - 1, _MAX_ROWS).astype(np.int64)]
    return matrix.rows(places)


def _amount_rows(rows: FeatureMatrix, target: Floats) -> AmountRows:
    cutoff = rows.snapshots.cutoff
    newest = cutoff == cutoff.max() if len(cutoff) else np.zeros(0, bool)
    categorical = FeatureContract(tuple(rows.specs)).categorical
    snapshots = rows.snapshots
    customer = snapshots.customer.astype(np.int64)
    return AmountRows(rows.values, own_past(rows), snapshots.population, customer, newest, target, categorical)


def _kept_factor(job: _Job, rows: FeatureMatrix) -> float:
    if job.window.is_full:
        return 1.0
    half = job.window.days / 2
    first = float(job.margin(rows, 0, half).sum())
    second = float(job.margin(rows, half, job.window.days).sum())
    retention = float(np.mean(job.labels == 0))
    return stretch_kept(first, second, job.window, retention, job.settings.value.discount_rate)


def _lost(job: _Job, kept_target: Floats) -> tuple[AmountModel | None, float, float, tuple[Note, ...]]:
    """What customers bring who were not kept: those who come back after the label's horizon."""
    window, rate = job.window, job.settings.value.discount_rate
    rows = _thinned(job.covered() & (job.labels == 1), job.matrix)
    if window.days >= min(window.label + _BEYOND, window.wanted) and len(rows):
        target = job.margin(rows, window.label, window.days)
        return job.fit(rows, target), stretch_lost(window, rate), 0.0, ()
    if window.wanted <= window.label or not len(kept_target) or kept_target.mean() <= 0:
        return None, 1.0, 0.0, ()
    back = job.matrix.rows(job.covered() & (job.matrix.snapshots.population == LAPSED))
    if not len(back):
        return None, 1.0, 0.0, ({"id": "model-note-lost-unseen"},)
    ratio = float(job.margin(back, 0, window.days).mean() / kept_target.mean())
    share = float(np.clip(ratio, 0, 1)) * (window.wanted - window.label) / window.wanted
    return None, 1.0, share, ({"id": "model-note-lost-as-lapsed"},)


def _nobody_kept(labels: NDArray[np.int8]) -> tuple[Note, ...]:
    return () if (labels == 0).any() else ({"id": "model-note-nobody-kept"},)


def _about(job: _Job, kept: AmountModel, lost: AmountModel | None) -> dict[str, Any]:
    value = job.settings.value
    return {
        "value_horizon_days": value.horizon_days,
        "observed_days": job.window.days,
        "label_horizon_days": job.window.label,
        "discount_rate": value.discount_rate,
        "margin": "orders.margin" if job.history.has("orders", "margin") else f"{value.margin_rate} x amount",
        "quality_kept": dict(kept.quality or {}),
        "quality_lost": dict(lost.quality or {}) if lost is not None else {},
    }
