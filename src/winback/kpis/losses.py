"""Every loss with its reason: who was lost in which month, for what, with which manager, and what it used to earn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.history import DAY_US, History
from winback.kpis.dimensions import find_dimension
from winback.kpis.lost import LostRules
from winback.kpis.measures import TEXT, Sales
from winback.kpis.periods import Period

#: What a lost customer earned in so many days before the end of the month in which it was lost.
EARNED_DAYS = 365
#: How losses are divided; each with the reasons.
DIVISIONS = ("month", "manager_id", "region")


def losses_by_reason(
    history: History, sales: Sales, rules: LostRules, months: Sequence[Period], reasons: Mapping[int, str]
) -> pd.DataFrame:
    """Add up losses by reason and month, by reason and manager, and by reason and region.

    A customer is lost in a month if it was one at its start and is none at its end, so that months add up: who came
    back and was lost again counts twice. Money is added up in whole cents.

    Parameters
    ----------
    history : History
        What is known.
    sales : Sales
        Of the same history.
    rules : LostRules
        Who is lost when.
    months : sequence of Period
        Whole months, oldest first.
    reasons : mapping of customer code to reason
        Why customers that are lost today left; of others it is ``unknown``.

    Returns
    -------
    DataFrame
        ``division`` (of `DIVISIONS`; absent where the data has no such column), ``value`` (first day of the month,
        name; missing: not known), ``reason``, ``lost_customers``, ``lost_margin_amount``. The rows of each division
        add up to the same totals.
    """
    events = pd.concat([_of_month(history, sales, rules, month) for month in months], ignore_index=True)
    events["reason"] = [reasons.get(code, "unknown") for code in events["customer"]]
    parts = []
    for division in DIVISIONS:
        if division in events and len(events):
            sums = events.groupby([division, "reason"], dropna=False, sort=True)["cents"].agg(["size", "sum"])
            sums.index = sums.index.set_names(["value", "reason"])
            parts.append(sums.reset_index().assign(division=division))
    if not parts:
        return pd.DataFrame(columns=["division", "value", "reason", "lost_customers", "lost_margin_amount"])
    table = pd.concat(parts, ignore_index=True)
    table["value"] = table["value"].astype(TEXT)
    table["lost_margin_amount"] = table["sum"] / 100
    table = table.rename(columns={"size": "lost_customers"})
    return table[["division", "value", "reason", "lost_customers", "lost_margin_amount"]]


def _of_month(history: History, sales: Sales, rules: LostRules, month: Period) -> pd.DataFrame:
    lost = np.flatnonzero(rules.at(month.starts_at).is_customer & ~rules.at(month.ends_at).is_customer)
    year = sales.within(month.ends_at - EARNED_DAYS * DAY_US, month.ends_at)
    earned = np.bincount(year.customer, weights=year.margin, minlength=history.n_customers)
    columns: dict[str, NDArray[np.object_] | NDArray[np.int64] | str] = {
        "customer": lost,
        "month": month.first_on.isoformat(),
        "cents": earned[lost].astype(np.int64),
    }
    for name in ("manager_id", "region"):
        dimension = find_dimension(history, name, month.ends_at)
        if dimension is not None:
            columns[name] = np.array([*dimension.values, None], dtype=object)[dimension.groups[lost]]
    return pd.DataFrame(columns)
