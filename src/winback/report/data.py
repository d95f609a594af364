"""What the page is made of: plain frames and numbers, each of which may be absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from winback.kpis import Kpis
from winback.sources import StagingReport


@dataclass(frozen=True)
class Figure:
    """A number with its 90 % interval.

    Parameters
    ----------
    value : float
        NaN: not measured.
    low, high : float, optional
        Bounds of the interval; ``None``: there is none.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Money:
    """What the cycle costs and is expected to earn, beyond what the ranking itself says.

    Parameters
    ----------
    budget : float, optional
        The cycle's limit; ``None``: there is none.
    expected_low, expected_high : float, optional
        80 % interval of the expected net value of the whole cycle.
    gap_share : float, optional
        How far the choice is from the best conceivable one at most, as a share of it.
    gain_of_one_more : float, optional
        What one more unit of budget would earn (the budget's price).
    dearest_place : tuple of str, str, float, optional
        The capacity of which one more offer would earn most: action (``""``: any), manager (``""``: any), money.
    curve : pandas.DataFrame, optional
        ``spend`` and ``net_value`` (expected net value if that much were spent), ascending.
    explore_price : float, optional
        Expected net value given up for exploration in this cycle.
    """

    budget: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    gap_share: float | None = None
    gain_of_one_more: float | None = None
    dearest_place: tuple[str, str, float] | None = None
    curve: pd.DataFrame | None = None
    explore_price: float | None = None


@dataclass(frozen=True)
class PopulationQuality:
    """How well one population was predicted on cutoffs that the model had not seen.

    Parameters
    ----------
    rows : int
        Snapshots in the test.
    churn_share : float
        Share of them that churned.
    scores : mapping of str to mapping of str to Figure
        From who predicted (``model``, ``recency``, ``cadence``, ``logistic``) to metric (``auc``,
        ``average_precision``, ``brier``, ``log_loss``, ``calibration_error``, ``lift_5``, ``lift_10``, ``lift_20``) to
        its value. Others are shown by their own names.
    calibration : pandas.DataFrame, optional
        ``probability``, ``churned_share`` and ``rows`` of each group of similar predictions, and the interval ``low``
        to ``high`` of the share.
    """

    rows: int
    churn_share: float
    scores: Mapping[str, Mapping[str, Figure]]
    calibration: pd.DataFrame | None = None


@dataclass(frozen=True)
class Quality:
    """How well the model predicts.

    Parameters
    ----------
    populations : mapping of str to PopulationQuality
        By ``active`` and ``lapsed``; what could not be tested is absent.
    tested_from, tested_to : str, optional
        Days between which the tested outcomes happened (ISO).
    importance : pandas.DataFrame, optional
        ``feature`` and ``share``, descending.
    notes : sequence of str
        What could not be done, in words.
    """

    populations: Mapping[str, PopulationQuality]
    tested_from: str | None = None
    tested_to: str | None = None
    importance: pd.DataFrame | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows. Only the ranking is required.

    Parameters
    ----------
    as_of : str
        The run's cutoff (ISO date).
    ranking : pandas.DataFrame
        As `winback.ranking.build_ranking` makes it.
    customers : pandas.DataFrame, optional
        ``customer_id`` and further columns to show beside it (name, region…); ``name`` is shown first.
    money : Money, optional
        The cycle's money.
    quality : Quality, optional
        The model's quality.
    kpis : Kpis, optional
        The statistics.
    outcomes : pandas.DataFrame, optional
        Past cycles: ``cycle``, ``status`` (``open``, ``measured``, ``no_control``) and as many as known of ``action``,
        ``reason``, ``treated``, ``holdout`` (customers), ``kept_treated``, ``kept_holdout`` (shares),
        ``incremental_customers``, ``incremental_margin``, ``return_on_cost``, each also with ``_low`` and ``_high``,
        and ``cost``.
    outcomes_remarks : tuple of str
        Sentences to stand under the past cycles.
    staging : StagingReport, optional
        What reading the input found.
    manifest : mapping, optional
        The run's manifest.
    explained : sequence of mapping
        All about some customers of the list: events, past risk, reasons, every action's arithmetic; see
        `winback.pipelines.explain.explain_customers`.
    watching : mapping, optional
        What the run saw of its input and of past predictions, as in the manifest's ``watch``.
    horizon_days : int, optional
        Days within which a customer must order to count as kept.
    top : int
        Customers in the list; the rest stands in the Excel file.
    title : str
        Whose page it is, such as the company's name.
    """

    as_of: str
    ranking: pd.DataFrame
    customers: pd.DataFrame | None = None
    money: Money | None = None
    quality: Quality | None = None
    kpis: Kpis | None = None
    outcomes: pd.DataFrame | None = None
    outcomes_remarks: tuple[str, ...] = ()
    staging: StagingReport | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    explained: Sequence[Mapping[str, Any]] = ()
    watching: Mapping[str, Any] | None = None
    horizon_days: int | None = None
    top: int = 200
    title: str = ""
