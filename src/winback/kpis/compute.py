"""All statistics of a history in one go."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.history import DAY_US, History
from winback.kpis.definitions import customer_lifetime_value, ratio
from winback.kpis.dimensions import Dimension, find_dimension
from winback.kpis.drivers import driver_trends
from winback.kpis.losses import losses_by_reason
from winback.kpis.lost import LostRules
from winback.kpis.measures import TEXT, Sales, grouped, lost_by_reason, period_table, totals_of
from winback.kpis.periods import RECENT_MONTHS, Coverage, Period, calendar_periods, recent_period
from winback.settings import Settings

#: Name of the table of all customers together.
ALL = "all"
REASON = "reason"


@dataclass(frozen=True)
class Kpis:
    """The statistics.

    Parameters
    ----------
    as_of : str
        Day before which facts are known (ISO).
    table : pandas.DataFrame
        One row per ``grain`` (``month``, ``quarter``, ``recent``: the last twelve whole months), ``dimension``
        (``all``, ``region``…, ``reason``), ``value`` and period (``first_on`` up to, not including, ``last_on``).
        Counts of customers, money (``…_amount``) in the currency, rates 0 to 1. NaN: the data does not support it.
    rules : pandas.DataFrame
        Who counts as lost today: ``rule``, ``is_on``, ``customers`` (how many the rule names), ``share`` (of all
        lost; NaN for a rule that is off) and ``only`` (whom no other rule that is on names).
    totals : mapping
        ``customers`` (ever bought), ``customers_now``, ``lost_now``, ``typical_silence_days``, and of the recent
        period ``months``, ``average_order_value_amount``, ``repeat_purchase_rate``, ``orders_per_customer``,
        ``margin_per_customer_amount``, ``retention_rate``, ``churn_rate``, ``customer_lifetime_value_amount``;
        ``None`` where the data does not support it.
    losses : pandas.DataFrame
        Losses of the last whole months by reason and month, manager, region; see `losses_by_reason`. Empty without
        reasons.
    drivers : pandas.DataFrame
        Which grievances grow; see `driver_trends`. Empty without reasons.
    notes : list of dict
        What could not be shown: ``id`` of a text and its arguments.
    """

    as_of: str
    table: pd.DataFrame
    rules: pd.DataFrame
    totals: Mapping[str, float | None]
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)
    drivers: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, grain: str, dimension: str = ALL) -> pd.DataFrame:
        """Return the rows of one grain and dimension, oldest first."""
        found: pd.DataFrame = self.table[(self.table["grain"] == grain) & (self.table["dimension"] == dimension)]
        return found.reset_index(drop=True)

    @property
    def dimensions(self) -> list[str]:
        """Names of the dimensions that the data has, in the settings' order."""
        return [name for name in self.table["dimension"].unique() if name != ALL]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; what is not supported is null."""
        return {
            "as_of": self.as_of,
            "table": _records(self.table),
            "rules": _records(self.rules),
            "totals": dict(self.totals),
            "losses": _records(self.losses),
            "drivers": _records(self.drivers),
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Kpis:
        """Take the statistics back from what `to_json` gave."""
        table, rules = pd.DataFrame(content["table"]), pd.DataFrame(content["rules"])
        numbers = [name for name in table.columns if name not in TEXTS and not name.startswith("is_")]
        table[numbers] = table[numbers].astype(np.float64)
        table["value"] = table["value"].astype(TEXT)
        losses, drivers = (pd.DataFrame(content[name]) for name in ("losses", "drivers"))
        if len(losses):
            losses["value"] = losses["value"].astype(TEXT)
        return cls(content["as_of"], table, rules, content["totals"], losses, drivers, list(content["notes"]))


TEXTS = ("grain", "dimension", "value", "first_on", "last_on")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def compute_kpis(history: History, settings: Settings, *, reasons: Mapping[int, str] | None = None) -> Kpis:
    """Work out the statistics of everything that is known.

    Parameters
    ----------
    history : History
        Cut at the instant for which the statistics hold.
    settings : Settings
        ``kpis`` (who counts as lost, dimensions) and ``value`` (margin and discount rates).
    reasons : mapping of customer code to reason, optional
        Why lost customers left; those not in it count as ``unknown``. Without it there is no table by reason.

    Returns
    -------
    Kpis
        Ratios are worked out from totals, never averaged. Periods that the data does not cover are marked.
    """
    return _Statistics(history, settings, reasons).kpis()


class _Statistics:
    """What one computation shares: the rules, the sales, the calendar."""

    def __init__(self, history: History, settings: Settings, reasons: Mapping[int, str] | None) -> None:
        self.history, self.settings = history, settings
        self.rules = LostRules(history, settings.kpis)
        self.sales = Sales.of(history, settings.value.margin_rate)
        first_at = int(history.purchases().at.min())
        self.coverage = Coverage(first_at, history.ends_at, history.timezone)
        self.settled_at = first_at + round(self.rules.typical_days * DAY_US)
        found = {name: find_dimension(history, name, history.ends_at) for name in settings.kpis.dimensions}
        self.dimensions = [dimension for dimension in found.values() if dimension is not None]
        self.absent = [name for name, dimension in found.items() if dimension is None]
        self.given = reasons
        self.reasons = None if reasons is None else _reason_masks(reasons, history.n_customers)

    def kpis(self) -> Kpis:
        recent = recent_period(self.coverage, self.settled_at)
        periods = [*self._calendar("month"), *self._calendar("quarter"), *([recent] if recent else [])]
        table = pd.concat([frame for period in periods for frame in self._frames(period)], ignore_index=True)
        order = {name: place for place, name in enumerate([ALL, *self.settings.kpis.dimensions, REASON])}
        keys = table.assign(order=table["dimension"].map(order))
        table = table.loc[keys.sort_values(["grain", "order", "first_on"], kind="stable").index]
        table = table[["grain", "dimension", *(c for c in table.columns if c not in ("grain", "dimension"))]]
        as_of = self.coverage.day(self.history.ends_at).isoformat()
        return Kpis(
            as_of,
            table.reset_index(drop=True),
            self._rules_table(),
            self._totals(recent),
            self._losses(recent),
            self._drivers(),
            self._notes(recent),
        )

    def _losses(self, recent: Period | None) -> pd.DataFrame:
        """Losses of the months of the recent period."""
        if self.given is None or recent is None:
            return pd.DataFrame()
        inside = [one for one in self._calendar("month") if recent.first_on <= one.first_on < recent.last_on]
        return losses_by_reason(self.history, self.sales, self.rules, inside, self.given)

    def _drivers(self) -> pd.DataFrame:
        return pd.DataFrame() if self.given is None else driver_trends(self.history, self.settings)

    def _dimension(self, dimension: Dimension, period: Period) -> Dimension:
        """The dimension in a period: only managers change with time."""
        if dimension.name != "manager_id":
            return dimension
        return find_dimension(self.history, dimension.name, period.ends_at) or dimension

    def _calendar(self, grain: str) -> list[Period]:
        return calendar_periods(self.coverage, grain)

    def _frames(self, period: Period) -> Iterator[pd.DataFrame]:
        totals = totals_of(period, self.sales, self.rules, self.history.ends_at)
        settled = period.starts_at >= self.settled_at
        everyone = Dimension(ALL, np.zeros(self.history.n_customers, dtype=np.int64), [None])
        for dimension in (everyone, *(self._dimension(one, period) for one in self.dimensions)):
            by_group = grouped(totals, dimension.groups, len(dimension.values))
            yield period_table(period, dimension.values, by_group, is_settled=settled).assign(dimension=dimension.name)
        if self.reasons is not None and settled:
            yield lost_by_reason(period, totals, self.reasons).assign(dimension=REASON)

    def _rules_table(self) -> pd.DataFrame:
        now = self.rules.at(self.history.ends_at)
        lost = now.bought & ~now.is_customer
        rows = []
        for name, mask in now.lost_by.items():
            others = [now.lost_by[other] for other in self.rules.switched_on if other != name]
            only = mask & ~np.logical_or.reduce([*others, np.zeros_like(mask)])
            share = ratio((mask & lost).sum(), lost.sum()).item() if name in self.rules.switched_on else math.nan
            rows.append((name, name in self.rules.switched_on, int(mask.sum()), share, int(only.sum())))
        return pd.DataFrame(rows, columns=["rule", "is_on", "customers", "share", "only"])

    def _totals(self, recent: Period | None) -> dict[str, float | None]:
        now = self.rules.at(self.history.ends_at)
        customers_now = int(now.is_customer.sum())
        totals: dict[str, float] = {
            "customers": int(now.bought.sum()),
            "customers_now": customers_now,
            "lost_now": int(now.bought.sum()) - customers_now,
            "typical_silence_days": self.rules.typical_days,
        }
        totals |= self._recent_totals(recent) if recent else {}
        return {name: None if math.isnan(value) else value for name, value in totals.items()}

    def _recent_totals(self, recent: Period) -> dict[str, float]:
        parts = totals_of(recent, self.sales, self.rules, self.history.ends_at)
        sums = {name: float(values.sum()) for name, values in parts.items()}
        row = period_table(recent, [None], {k: np.array([v]) for k, v in sums.items()}, is_settled=True).iloc[0]
        margin_per_buyer = ratio(sums["margin"] / 100, sums["buyers"]).item()
        months = (recent.last_on.year - recent.first_on.year) * 12 + recent.last_on.month - recent.first_on.month
        # A lifetime is told from a whole year or not at all: a season is no year.
        is_year = months == RECENT_MONTHS
        discount = self.settings.value.discount_rate
        lifetime = customer_lifetime_value(margin_per_buyer, float(row["retention_rate"]), discount)
        return {
            "months": months,
            "average_order_value_amount": float(row["average_order_value_amount"]),
            "repeat_purchase_rate": float(row["repeat_purchase_rate"]),
            "orders_per_customer": ratio(sums["orders"], sums["buyers"]).item(),
            "margin_per_customer_amount": margin_per_buyer,
            "retention_rate": float(row["retention_rate"]),
            "churn_rate": float(row["churn_rate"]),
            "customer_lifetime_value_amount": lifetime if is_year else math.nan,
        }

    def _notes(self, recent: Period | None) -> list[dict[str, Any]]:
        notes: list[dict[str, Any]] = [{"id": "kpis-note-no-dimension", "dimension": name} for name in self.absent]
        notes += [{"id": "kpis-note-today"}] if self.dimensions else []
        notes += [{"id": "kpis-note-no-rule", "rule": rule} for rule in sorted(self.rules.absent)]
        notes += [
            {"id": "kpis-note-folded", "dimension": dimension.name, "folded": dimension.folded}
            for dimension in self.dimensions
            if dimension.folded
        ]
        if recent is None:
            notes.append({"id": "kpis-note-too-short", "days": self.rules.typical_days})
        if not self.history.has("orders", "margin"):
            notes.append({"id": "kpis-note-no-margin", "rate": self.settings.value.margin_rate})
        return notes


def _reason_masks(reasons: Mapping[int, str], n_customers: int) -> dict[str, NDArray[np.bool_]]:
    words = np.full(n_customers, "unknown", dtype=object)
    for customer, word in reasons.items():
        words[customer] = word
    return {word: words == word for word in sorted(set(words))}
