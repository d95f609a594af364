"""Losses by reason, and which grievances grow, against counts in plain Python over the staged tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from test_kpis_compute import history_of, random_orders, slow_is_customer

from winback.kpis import Kpis, compute_kpis
from winback.kpis.drivers import difference, driver_trends
from winback.report.losses import drivers_table, losses_tables
from winback.settings import Settings
from winback.texts import LANGUAGES, Texts


def random_company(seed: int) -> dict[str, pd.DataFrame]:
    """Orders of customers with regions, some unknown, who are handed from manager to manager."""
    draw = np.random.default_rng(seed)
    orders = random_orders(seed, customers=90).assign(margin=lambda rows: (rows["amount"] * 0.313).round(2))
    ids = sorted(set(orders["customer_id"]))
    regions = [["north", "south", None][place] for place in draw.integers(0, 3, len(ids))]
    handed = [
        (name, f"m{draw.integers(3)}", datetime(2023, 1, 1) + timedelta(days=float(draw.integers(0, 700))))
        for name in ids
        for _ in range(draw.integers(0, 4))
    ]
    return {
        "orders": orders,
        "customers": pd.DataFrame({"customer_id": ids, "region": regions, "manager_id": "of today"}),
        "managers": pd.DataFrame(handed, columns=["customer_id", "manager_id", "assigned_at"]),
    }


def by_customer(table: pd.DataFrame, *columns: str) -> dict[str, list[tuple]]:
    """Rows of each customer, in the order of the columns."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for name, *values in zip(table["customer_id"], *(table[column].tolist() for column in columns), strict=True):
        found[name].append(tuple(values))
    return {name: sorted(rows) for name, rows in found.items()}


def slow_losses(tables: dict[str, pd.DataFrame], reasons: dict[str, str], months: list[datetime]) -> dict:
    """Customers and cents by (division, value, reason), a customer and a month at a time."""
    found: dict = defaultdict(lambda: [0, 0])
    region = dict(zip(tables["customers"]["customer_id"], tables["customers"]["region"], strict=True))
    handed = by_customer(tables["managers"], "assigned_at", "manager_id")
    for name, rows in by_customer(tables["orders"], "ordered_at", "amount", "margin").items():
        bought = [(when, amount) for when, amount, _ in rows]
        for start in months:
            end = (start + timedelta(days=32)).replace(day=1)
            if not slow_is_customer(bought, start, 90)[1] or slow_is_customer(bought, end, 90)[1]:
                continue
            last = max(when for when, amount in bought if amount >= 0 and when < end)
            manager = [who for when, who in handed.get(name, []) if when <= last][-1:]
            cents = sum(round(margin * 100) for when, _, margin in rows if end - timedelta(days=365) <= when < end)
            keys = [
                ("month", f"{start:%Y-%m-%d}"),
                ("manager_id", *(manager or [None])),
                ("region", None if pd.isna(region[name]) else region[name]),
            ]
            for key in keys:
                found[(*key, reasons.get(name, "unknown"))][0] += 1
                found[(*key, reasons.get(name, "unknown"))][1] += cents
    return dict(found)


@pytest.mark.parametrize("seed", [21, 22])
def test_losses_against_a_slow_count(make_staging, seed: int) -> None:
    tables = random_company(seed)
    history = history_of(make_staging, tables)
    words = ["delivery", "price", "unknown"]
    given = {code: words[code % 3] for code in range(history.n_customers) if code % 4}
    kpis = compute_kpis(history, Settings(), reasons=given)
    months = [datetime(2023, 12, 1), *(datetime(2024, month, 1) for month in range(1, 12))]
    expected = slow_losses(tables, {str(history.customer_ids[code]): word for code, word in given.items()}, months)
    found = {
        (row.division, None if pd.isna(row.value) else row.value, row.reason): [
            row.lost_customers,
            round(row.lost_margin_amount * 100),
        ]
        for row in kpis.losses.itertuples()
    }
    assert found == expected
    assert len({value for division, value, _ in found if division == "manager_id"}) == 4


def test_all_divisions_add_up_to_the_same_totals_to_the_cent(make_staging) -> None:
    kpis = compute_kpis(history_of(make_staging, random_company(23)), Settings(), reasons={1: "price", 2: "delivery"})
    sums = kpis.losses.groupby("division")[["lost_customers", "lost_margin_amount"]].sum()
    assert len(sums) == 3
    assert sums["lost_customers"].nunique() == 1
    assert (sums["lost_margin_amount"] * 100).round().nunique() == 1
    by_reason = kpis.losses.groupby(["division", "reason"])["lost_margin_amount"].sum().mul(100).round().unstack()
    assert (by_reason.nunique() == 1).all()
    months = kpis.rows("month").set_index("first_on")["lost_customers"]
    by_month = kpis.losses.query("division == 'month'").groupby("value")["lost_customers"].sum()
    assert by_month.to_dict() == {month: months[month] for month in by_month.index}


def test_whoever_was_given_a_silent_customer_did_not_lose_it(make_staging) -> None:
    orders = pd.DataFrame(
        {"order_id": ["1", "2", "3"], "customer_id": ["gone", "stays", "stays"], "amount": 10.0,
         "ordered_at": ["2024-01-15", "2023-03-01", "2024-11-20"]}
    )  # fmt: skip
    managers = pd.DataFrame(
        {"customer_id": ["gone", "gone"], "manager_id": ["anna", "heir"], "assigned_at": ["2024-01-01", "2024-03-01"]}
    )
    kpis = compute_kpis(history_of(make_staging, {"orders": orders, "managers": managers}), Settings(), reasons={})
    lost = kpis.losses.query("division == 'manager_id'")
    assert lost["value"].tolist() == ["anna"]
    quarters = kpis.rows("quarter", "manager_id").query("lost_customers > 0")
    assert quarters["value"].tolist() == ["anna"]


def grievances(seed: int) -> dict[str, pd.DataFrame]:
    """A company in which deliveries have become late of late, and conflicts are as rare as ever."""
    draw = np.random.default_rng(seed)
    start = datetime(2023, 1, 1)
    orders, deliveries, tickets = [], [], []
    for customer in range(150):
        for day in np.unique(draw.integers(0, 700, 45)):
            order, when = f"o{len(orders)}", start + timedelta(days=int(day))
            orders.append((order, f"C{customer:03d}", when, 10.0))
            late = draw.random() < (0.5 if day > 560 else 0.02)
            promised = when + timedelta(days=2)
            deliveries.append(
                (order, f"C{customer:03d}", promised, promised + timedelta(days=3 if late else 0, hours=9))
            )
        for day in draw.integers(0, 700, 1):
            tickets.append((f"t{len(tickets)}", f"C{customer:03d}", start + timedelta(days=int(day)), "conflict"))
    return {
        "orders": pd.DataFrame(orders, columns=["order_id", "customer_id", "ordered_at", "amount"]),
        "deliveries": pd.DataFrame(deliveries, columns=["order_id", "customer_id", "promised_at", "delivered_at"]),
        "tickets": pd.DataFrame(tickets, columns=["ticket_id", "customer_id", "opened_at", "kind"]),
    }


def slow_shares(tables: dict[str, pd.DataFrame], cutoff: datetime) -> tuple[int, Counter[str]]:
    """Active customers at a cutoff, and how many of them had a late delivery in 180 days, a conflict in 365."""
    living: Counter[str] = Counter()
    active = 0
    deliveries = by_customer(tables["deliveries"], "promised_at", "delivered_at")
    conflicts = by_customer(tables["tickets"], "opened_at")
    for name, own in by_customer(tables["orders"], "ordered_at").items():
        times = [when for (when,) in own if when < cutoff]
        if not times or cutoff - times[-1] > timedelta(days=Settings().population.lapsed_after_days):
            continue
        active += 1
        gaps = sorted(after - before for before, after in pairwise(times))
        middle = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2
        leaving = min(cutoff, times[-1] + min(max(middle, timedelta(days=7)), timedelta(days=45)))
        late = [promised for promised, came in deliveries.get(name, []) if came - promised > timedelta(days=1)]
        ends = [promised + timedelta(days=1) - timedelta(microseconds=1) for promised in late]
        living["delivery"] += any(leaving - timedelta(days=180) <= over < leaving for over in ends)
        living["conflict"] += any(
            leaving - timedelta(days=365) <= when < leaving for (when,) in conflicts.get(name, [])
        )
    return active, living


def test_trends_of_grievances_against_a_slow_count(make_staging) -> None:
    tables = grievances(5)
    trends = driver_trends(history_of(make_staging, tables), Settings())
    assert set(trends["reason"]) == {"delivery", "conflict"}
    end = datetime(2024, 12, 1)
    now = slow_shares(tables, end)
    for row in trends.itertuples():
        before = slow_shares(tables, end - timedelta(days={3: 91, 6: 182, 12: 365}[row.months]))
        assert (row.customers, row.living) == (now[0], now[1][row.reason])
        assert (row.customers_before, row.living_before) == (before[0], before[1][row.reason])
        assert row.change == pytest.approx(row.living / row.customers - row.living_before / row.customers_before)
        assert row.low < row.change < row.high
    verdicts = trends.set_index(["reason", "months"])["verdict"]
    # everybody's deliveries became late, so nobody's are later than others': the trend is seen all the same
    assert verdicts["delivery", 6] == "grows"
    assert verdicts["delivery", 12] == "grows"
    assert verdicts["conflict", 3] == "cannot_tell"


def test_a_short_history_is_not_compared(make_staging) -> None:
    tables = grievances(6)
    trends = driver_trends(history_of(make_staging, tables, as_of="2023-11-01"), Settings())
    assert set(trends["months"]) == {3}


def test_the_interval_covers_and_knows_who_is_in_both() -> None:
    """Of two counts of the same customers without a true change, nine intervals of ten hold nothing."""
    draw = np.random.default_rng(3)
    inside = []
    for _ in range(2000):
        active, before = draw.random(400) < 0.9, draw.random(400) < 0.9
        lasting = draw.random(400) < 0.2
        lived, lived_before = ((lasting & (draw.random(400) < 0.8)) | (draw.random(400) < 0.05) for _ in range(2))
        _, low, high = difference(active, lived & active, before, lived_before & before)
        inside.append(low <= 0 <= high)
    # 2,000 draws: three standard errors of 0.9 are 0.02
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_them_and_json_keeps_them(make_staging, language: str) -> None:
    history = history_of(
        make_staging, {**random_company(24), **{k: v for k, v in grievances(7).items() if k != "orders"}}
    )
    kpis = compute_kpis(history, Settings(), reasons={1: "price", 2: "delivery"})
    back = Kpis.from_json(kpis.to_json())
    pd.testing.assert_frame_equal(back.losses, kpis.losses, check_dtype=False)
    pd.testing.assert_frame_equal(back.drivers, kpis.drivers, check_dtype=False)
    texts = Texts(language)
    tables = losses_tables(back.losses, texts)
    assert [table.caption for table in tables] == [
        texts.format(f"kpis-losses-{name}") for name in ("month", "manager-id", "region")
    ]
    totals = {(table.rows[-1].cells[1].text, table.rows[-1].cells[1].note) for table in tables}
    assert len(totals) == 1
    drivers = drivers_table(back.drivers, texts)
    assert drivers is not None
    assert len(drivers.titles) == 2 + back.drivers["months"].nunique()
    assert losses_tables(pd.DataFrame(), texts) == []
    assert drivers_table(pd.DataFrame(), texts) is None


def test_nothing_without_reasons(make_staging) -> None:
    kpis = compute_kpis(history_of(make_staging, random_company(25)), Settings())
    assert kpis.losses.empty
    assert kpis.drivers.empty
