"""Small random companies with every table and every trap: late records, ties, facts exactly at cutoffs and edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from staging_maker import write_staging
from winback.history import DAY_US, History, instant_of
from winback.settings import PopulationSettings
from winback.snapshots import Snapshots, snapshots_at
from winback.tables import SURVEY_WANTS, TICKET_KINDS, TICKET_TOPICS

TIMEZONE = "Europe/Moscow"  # three hours ahead of UTC all year: its calendar can be computed without a zone database
AS_OF = "2023-09-01"
START = instant_of(pd.Timestamp("2021-11-01").date())
ENDS_AT = instant_of(pd.Timestamp(AS_OF).date(), TIMEZONE)
#: Not at midnight, so that whole days and local days differ.
CUTOFFS = (*(ENDS_AT - days * DAY_US - 5 * 3_600_000_000 for days in (400, 250, 130, 100)), ENDS_AT)
WINDOW_EDGES = (30, 60, 90, 180, 365)

Tables = dict[str, pd.DataFrame]


class Maker:
    """Draws tables of one company."""

    def __init__(self, seed: int, customers: int = 7) -> None:
        self.random = np.random.default_rng(seed)
        self.customers = [f"c{number}" for number in self.random.permutation(customers)]

    def times(self, count: int) -> np.ndarray:
        """Times of events: anywhere, on cutoffs and window edges (and a microsecond beside them), and repeated ones."""
        r = self.random
        at = r.integers(START, ENDS_AT, count)
        edges = r.choice(CUTOFFS, count) - r.choice((0, *WINDOW_EDGES), count) * DAY_US + r.integers(-1, 2, count)
        at = np.where(r.random(count) < 0.3, edges, at)
        return np.where(r.random(count) < 0.15, r.permutation(at), at)

    def after(self, at: np.ndarray, share: float, days: float) -> np.ndarray:
        """Later times of some events (missing for the others), at times exactly on a cutoff."""
        r = self.random
        later = at + (r.exponential(days, at.size) * DAY_US).astype(np.int64)
        on_cutoff = r.choice(CUTOFFS, at.size)
        later = np.where((r.random(at.size) < 0.2) & (on_cutoff > at), on_cutoff, later)
        return stamps(np.where(r.random(at.size) < share, later, np.iinfo(np.int64).min))

    def some(self, values: np.ndarray | list, missing: float = 0.15) -> pd.Series:
        """The values, some of them missing."""
        series = pd.Series(np.asarray(values))
        return series.mask(pd.Series(self.random.random(len(series)) < missing))

    def pick(self, words: tuple[str, ...] | list[str], count: int) -> np.ndarray:
        return self.random.choice(np.array(words, dtype=object), count)

    def events(self, time: str, count: int, recorded: bool = True) -> pd.DataFrame:
        """Customer, time and (for some) a later record."""
        at = self.times(count)
        frame = pd.DataFrame({"customer_id": self.pick(self.customers, count), time: stamps(at)})
        if recorded:
            frame["recorded_at"] = self.after(at, 0.2, 25)
        return frame


def stamps(at: np.ndarray) -> np.ndarray:
    return np.asarray(at, np.int64).view("datetime64[us]")


def random_tables(seed: int) -> Tables:
    """Every table of the contract for about seven customers, of whom some never order."""
    make = Maker(seed)
    r = make.random
    tables = {"orders": _orders(make, int(r.integers(20, 90)))}
    tables["order_items"] = _items(make, tables["orders"])
    tables["deliveries"] = _deliveries(make, tables["orders"])
    tables["tickets"] = _tickets(make, int(r.integers(5, 60)))
    tables["customers"] = _customers(make)
    surveys = make.events("answered_at", 20)
    tables["surveys"] = surveys.assign(
        nps=make.some(r.integers(0, 11, 20)), wants=make.some(make.pick(SURVEY_WANTS, 20))
    )
    contacts = make.events("contacted_at", 40)
    answered = make.some(r.random(40) < 0.5).astype("boolean")
    tables["contacts"] = contacts.assign(channel=make.pick(["email", "phone"], 40), answered=answered)
    tables["managers"] = make.events("assigned_at", 15).assign(manager_id=make.pick(["m1", "m2", "m3"], 15))
    tables["activities"] = make.events("occurred_at", 40).assign(
        kind=make.pick(["Site visit", "review", "loyalty_points"], 40)
    )
    exits = make.events("recorded_at", 3, recorded=False)
    tables["exits"] = exits.assign(reason=make.pick(["price", "life_event"], 3))
    offers = make.events("offered_at", 8).assign(cycle=[f"w{number}" for number in range(8)])
    tables["offers"] = offers.assign(
        action=make.pick(["gift", "email"], 8), arm=make.pick(["treated", "holdout"], 8), cost=5.0, propensity=0.9
    )
    return tables


def _orders(make: Maker, count: int) -> pd.DataFrame:
    r = make.random
    frame = make.events("ordered_at", count)
    amount = np.round(r.gamma(2, 40, count), 2) * np.where(r.random(count) < 0.12, -1, 1)
    amount[r.random(count) < 0.03] = 0
    return frame.assign(
        order_id=[f"o{number}" for number in range(count)],
        amount=amount,
        margin=make.some(np.round(amount * r.random(count) * 0.5, 2)),
        discount=make.some(np.where(r.random(count) < 0.5, 0, np.round(r.random(count) * 20, 2))),
        channel=make.some(make.pick(["web", "shop", "app"], count)),
    )


def _items(make: Maker, orders: pd.DataFrame) -> pd.DataFrame:
    r = make.random
    lines = orders["order_id"].repeat(r.integers(0, 4, len(orders))).to_numpy()
    prices = np.round(np.exp(r.normal(2, 0.4, lines.size)), 2)
    prices[r.random(lines.size) < 0.03] = 0
    products = make.pick([f"p{number}" for number in range(5)], lines.size)
    return pd.DataFrame(
        {
            "order_id": lines,
            "product_id": products,
            "quantity": r.integers(0, 5, lines.size).astype(float),
            "unit_price": prices,
        }
    )


def _deliveries(make: Maker, orders: pd.DataFrame) -> pd.DataFrame:
    r = make.random
    kept = orders[r.random(len(orders)) < 0.9]
    ordered = kept["ordered_at"].to_numpy().astype("datetime64[us]").view(np.int64)
    promised = ordered + r.integers(1, 8, len(kept)) * DAY_US
    # promises are often a date: midnight in the company's zone
    midnight = promised - (promised + 3 * 3_600_000_000) % DAY_US
    promised = np.where(r.random(len(kept)) < 0.5, midnight, promised)
    return pd.DataFrame(
        {
            "order_id": kept["order_id"].to_numpy(),
            "customer_id": kept["customer_id"].to_numpy(),
            "promised_at": stamps(promised),
            "delivered_at": make.after(promised - 2 * DAY_US, 0.85, 4),
            "defective": make.some(r.random(len(kept)) < 0.2).astype("boolean"),
            "recorded_at": make.after(ordered, 0.2, 20),
        }
    )


def _tickets(make: Maker, count: int) -> pd.DataFrame:
    frame = make.events("opened_at", count)
    opened = frame["opened_at"].to_numpy().astype("datetime64[us]").view(np.int64)
    return frame.assign(
        ticket_id=[f"t{number}" for number in range(count)],
        kind=make.pick(TICKET_KINDS, count),
        topic=make.some(make.pick(TICKET_TOPICS, count)),
        first_response_at=make.after(opened, 0.8, 1.5),
        resolved_at=make.after(opened, 0.7, 6),
    )


def _customers(make: Maker) -> pd.DataFrame:
    names = [*make.customers[:-1], "never_ordered"]
    count = len(names)
    r = make.random
    return pd.DataFrame(
        {
            "customer_id": names,
            "registered_at": make.some(pd.Series(stamps(r.integers(START - 300 * DAY_US, ENDS_AT, count)))),
            "region": make.some(make.pick(["north", "south"], count)),
            "channel": make.some(make.pick(["web", "shop"], count)),
            "department": make.pick(["d1", "d2"], count),
            "industry": make.some(make.pick(["food", "toys", "steel"], count)),
            "manager_id": make.pick(["m1", "m2"], count),
            "has_email": make.some(r.random(count) < 0.5).astype("boolean"),
            "closed_at": make.after(np.full(count, START), 0.2, 400),
            "size_class": make.some(r.integers(1, 4, count).astype(float)),
            "plan": make.some(make.pick(["gold", "base"], count)),
        }
    )


def load_company(tables: Tables, folder: Path) -> History:
    return History.load(write_staging(tables, folder, as_of=AS_OF, timezone=TIMEZONE))


def company_snapshots(history: History) -> Snapshots:
    return snapshots_at(history, CUTOFFS, PopulationSettings())
