"""The log of past offers: what the company recorded, and what this project's own cycles proposed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.history import NO_TIME, History
from winback.pipelines.project import Project

OFFERS = "offers.parquet"


@dataclass(frozen=True, eq=False)
class OfferLog:
    """One row per past offer, sorted by time, customer and cycle.

    Parameters
    ----------
    customer : int32[n]
        Customer codes of the history.
    offered_at : int64[n]
        Microseconds, UTC.
    cycle, action : object[n]
        Words.
    treated : bool[n]
        False: held out.
    cost, propensity : float64[n]
        NaN where unknown.
    paid : bool[n]
        The cost is what the company booked, not what a cycle of this project expected.
    """

    customer: NDArray[np.int32]
    offered_at: NDArray[np.int64]
    cycle: NDArray[np.object_]
    action: NDArray[np.object_]
    treated: NDArray[np.bool_]
    cost: NDArray[np.float64]
    propensity: NDArray[np.float64]
    paid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.customer)

    def last_at(self, customers: NDArray[np.int32], n_customers: int) -> NDArray[np.int64]:
        """Return when each customer was last offered anything (or held out); the smallest int64: never."""
        last = np.full(n_customers, NO_TIME, np.int64)
        np.maximum.at(last, self.customer, self.offered_at)
        return last[customers]


def offer_log(history: History, project: Project, *, use_own_cycles: bool) -> OfferLog:
    """Gather all offers known before the history's end.

    Parameters
    ----------
    history : History
        With the table ``offers``, where the company keeps one.
    project : Project
        Its ``data/scored`` holds the offers of its own cycles.
    use_own_cycles : bool
        Count them as made, unless the company's log has that cycle.
    """
    frames = [_recorded(history)]
    if use_own_cycles:
        recorded = set(frames[0]["cycle"])
        frames += [
            _own(path, history) for path in own_cycles(project.scored, history) if path.parent.name not in recorded
        ]
    log = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    log = log.sort_values(["offered_at", "customer", "cycle"], kind="stable", ignore_index=True)
    return OfferLog(
        log["customer"].to_numpy(np.int32),
        log["offered_at"].to_numpy(np.int64),
        log["cycle"].to_numpy(object),
        log["action"].to_numpy(object),
        log["treated"].to_numpy(bool),
        log["cost"].to_numpy(np.float64),
        log["propensity"].to_numpy(np.float64),
        log["paid"].to_numpy(bool),
    )


def own_cycles(scored: Path, history: History) -> list[Path]:
    """Return the offer files of cycles before the history's end, oldest first."""
    before = str(np.datetime64(history.ends_at, "us").astype("datetime64[D]"))
    return sorted(path for path in scored.glob(f"*/{OFFERS}") if path.parent.name < before)


def _recorded(history: History) -> pd.DataFrame:
    if not history.has("offers"):
        return pd.DataFrame(
            columns=["customer", "offered_at", "cycle", "action", "treated", "cost", "propensity", "paid"]
        )
    events = history.events("offers", text=("cycle",))
    missing = np.full(len(events), np.nan)
    columns: dict[str, Any] = {
        "customer": events.customer,
        "offered_at": events.at,
        "treated": events.columns["arm"] == events.code_of("arm", "treated"),
        "cost": events.columns.get("cost", missing),
        "propensity": events.columns.get("propensity", missing),
    }
    columns["paid"] = np.ones(len(events), bool)
    for name in ("cycle", "action"):
        columns[name] = np.array([*events.categories[name], ""], dtype=object)[events.columns[name]]
    return pd.DataFrame(columns)


def _own(path: Path, history: History) -> pd.DataFrame:
    """Offers of an own cycle; customers that the company no longer knows are left out."""
    offers = pq.read_table(path)
    frame = pd.DataFrame(
        {
            "customer_id": np.asarray(offers["customer_id"].to_pylist(), dtype=object),
            "offered_at": offers["offered_at"].cast("int64").to_numpy(),
            "cycle": np.asarray(offers["cycle"].to_pylist(), dtype=object),
            "action": np.asarray(offers["action"].to_pylist(), dtype=object),
            "treated": np.asarray(offers["arm"].to_pylist(), dtype=object) == "treated",
            "cost": offers["cost"].to_numpy(),
            "propensity": offers["propensity"].to_numpy(),
            "paid": False,
        }
    )
    ids = history.customer_ids
    place = np.clip(np.searchsorted(ids, frame["customer_id"].to_numpy(object)), 0, len(ids) - 1)
    frame["customer"] = place
    known: pd.DataFrame = frame[ids[place] == frame["customer_id"].to_numpy(object)]
    return known.drop(columns="customer_id")
