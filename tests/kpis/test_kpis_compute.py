"""The tables against a slow count in plain Python, and input that lacks nearly everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pytest

from winback.history import History
from winback.kpis import Kpis, compute_kpis
from winback.kpis.lost import LostRules
from winback.settings import KpiSettings, Settings, ValueSettings

MakeStaging = Callable[..., Path]
Tables = Mapping[str, pd.DataFrame]


def random_orders(seed: int, customers: int = 60, days: int = 700) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        day = float(random.integers(0, 200))
        gap = random.choice([10, 30, 60])
        while day < days:
            amount = round(float(random.gamma(2, 40)), 2) * (-1 if random.random() < 0.05 else 1)
            rows.append((f"C{customer:03d}", datetime(2023, 1, 1) + timedelta(days=day), amount))
            day += random.exponential(gap) + (150 if random.random() < 0.08 else 0)
            if random.random() < 0.04:
                break
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    return frame.assign(order_id=[f"o{place}" for place in range(len(frame))])


def history_of(make_staging: MakeStaging, tables: Tables, as_of: str = "2024-12-01") -> History:
    return History.load(make_staging(tables, as_of=as_of))


def slow_is_customer(orders: list[tuple[datetime, float]], at: datetime, days: int) -> tuple[bool, bool]:
    bought = [when for when, amount in orders if amount >= 0 and when < at]
    return bool(bought), bool(bought) and at - max(bought) < timedelta(days=days)


def slow_month(orders: pd.DataFrame, start: datetime, end: datetime, days: int) -> dict[str, float]:
    counts = dict.fromkeys(("start", "new", "returned", "lost", "end"), 0)
    revenue = dict.fromkeys(("from_new", "from_returning", "from_resurrected"), 0)
    for _, own in orders.groupby("customer_id"):
        rows = [(row.ordered_at.to_pydatetime(), row.amount) for row in own.itertuples()]
        bought, before = slow_is_customer(rows, start, days)
        _, after = slow_is_customer(rows, end, days)
        counts["start"] += before
        counts["end"] += after
        counts["lost"] += before and not after
        counts["new"] += after and not bought
        counts["returned"] += after and bought and not before
        part = "from_returning" if before else "from_resurrected" if bought else "from_new"
        revenue[part] += sum(round(amount * 100) for when, amount in rows if start <= when < end)
    return counts | revenue | {"revenue": sum(revenue.values())}


@pytest.mark.parametrize("seed", [1, 2])
def test_months_against_a_slow_count(make_staging: MakeStaging, seed: int) -> None:
    orders = random_orders(seed)
    kpis = compute_kpis(history_of(make_staging, {"orders": orders}), Settings())
    months = kpis.rows("month")
    settled = months[months["is_settled"]]
    assert len(settled) >= 18
    for row in settled.itertuples():
        slow = slow_month(orders, datetime.fromisoformat(row.first_on), datetime.fromisoformat(row.last_on), 90)
        found = (row.customers_start, row.new_customers, row.returned_customers, row.lost_customers, row.customers_end)
        assert found == (slow["start"], slow["new"], slow["returned"], slow["lost"], slow["end"])
        for part in ("new", "returning", "resurrected"):
            assert round(getattr(row, f"revenue_{part}_amount") * 100) == slow[f"from_{part}"]
        assert round(row.revenue_amount * 100) == slow["revenue"]
        assert row.churn_rate == pytest.approx(slow["lost"] / slow["start"])
        assert row.retention_rate == pytest.approx(1 - row.churn_rate)


def test_parts_of_the_revenue_and_groups_add_up_to_the_cent(make_staging: MakeStaging) -> None:
    orders = random_orders(3)
    ids = sorted(set(orders["customer_id"]))
    customers = pd.DataFrame({"customer_id": ids, "region": [["north", "south", None][i % 3] for i in range(len(ids))]})
    kpis = compute_kpis(history_of(make_staging, {"orders": orders, "customers": customers}), Settings())
    total = kpis.rows("month").set_index("first_on")
    by_region = kpis.rows("month", "region").groupby("first_on")
    assert set(kpis.rows("recent", "region")["value"].fillna("?")) == {"north", "south", "?"}
    cents = 100 * total[[f"revenue_{part}_amount" for part in ("new", "returning", "resurrected")]].sum(axis=1)
    settled = total["is_settled"]
    assert (cents.round() == (total["revenue_amount"] * 100).round())[settled].all()
    assert ((by_region["revenue_amount"].sum() * 100).round() == (total["revenue_amount"] * 100).round()).all()
    for name in ("customers_start", "lost_customers", "new_customers", "returned_customers", "customers_end"):
        assert (by_region[name].sum()[settled] == total[name][settled]).all()


def test_ratios_come_from_totals_not_from_averages(make_staging: MakeStaging) -> None:
    orders = random_orders(4)
    kpis = compute_kpis(history_of(make_staging, {"orders": orders}), Settings())
    for row in kpis.rows("quarter").query("is_settled").itertuples():
        assert row.churn_rate == pytest.approx(row.lost_customers / row.customers_start)
        assert row.average_order_value_amount * row.orders == pytest.approx(
            orders[
                orders["amount"].ge(0) & orders["ordered_at"].ge(row.first_on) & orders["ordered_at"].lt(row.last_on)
            ]["amount"].sum()
        )


def test_incomplete_and_unsettled_periods_are_marked(make_staging: MakeStaging) -> None:
    kpis = compute_kpis(history_of(make_staging, {"orders": random_orders(5)}, as_of="2024-11-20"), Settings())
    months = kpis.rows("month")
    assert months["first_on"].iloc[-1] == "2024-11-01"
    assert not months["is_complete"].iloc[-1]
    assert months["is_complete"].iloc[-2]
    assert months.loc[~months["is_settled"], "churn_rate"].isna().all()
    assert not months["is_settled"].iloc[0]
    recent = kpis.rows("recent")
    assert (recent["first_on"].item(), recent["last_on"].item()) == ("2023-11-01", "2024-11-01")


def test_each_rule_and_its_share(make_staging: MakeStaging) -> None:
    day = "2024-05-20"
    orders = pd.DataFrame(
        {
            "order_id": list("123456"),
            "customer_id": ["silent", "unhappy", "angry", "asking", "fine", "pacified"],
            "ordered_at": ["2023-12-01", day, day, day, day, day],
            "amount": [10.0] * 6,
        }
    )
    surveys = pd.DataFrame(
        {
            "customer_id": ["unhappy", "fine", "fine"],
            "answered_at": ["2024-05-21", "2024-05-01", "2024-05-22"],
            "nps": [6, 2, 9],
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": [str(number) for number in range(7)],
            "customer_id": ["angry", "pacified", *["asking"] * 4, "fine"],
            "opened_at": ["2024-05-22"] * 6 + ["2024-05-23"],
            "kind": ["conflict", "conflict", *["enquiry"] * 5],
            "resolved_at": [None, "2024-05-25", *[None] * 5],
        }
    )
    history = history_of(make_staging, {"orders": orders, "surveys": surveys, "tickets": tickets}, as_of="2024-06-01")
    every = KpiSettings(lost_by_nps=True, lost_by_conflict=True, lost_by_enquiries=True)
    standing = LostRules(history, every).at(history.ends_at)
    named = {rule: set(history.customer_ids[mask]) for rule, mask in standing.lost_by.items()}
    assert named == {"silence": {"silent"}, "nps": {"unhappy"}, "conflict": {"angry"}, "enquiries": {"asking"}}
    assert set(history.customer_ids[standing.is_customer]) == {"fine", "pacified"}
    rules = compute_kpis(history, Settings(kpis=every)).rules.set_index("rule")
    assert rules["share"].tolist() == [0.25] * 4
    assert rules["only"].tolist() == [1] * 4
    off = compute_kpis(history, Settings()).rules.set_index("rule")
    assert off.loc["silence", "share"] == 1.0
    assert off.loc["nps", "customers"] == 1
    assert not off.loc["nps", "is_on"]


def test_own_rhythm_against_a_slow_count(make_staging: MakeStaging) -> None:
    orders = random_orders(6, customers=25)
    history = history_of(make_staging, {"orders": orders})
    rules = LostRules(history, KpiSettings(lost_after_days="own_rhythm"))
    purchases = history.purchases()
    known = []
    for place in range(len(purchases)):
        start = purchases.offsets[purchases.customer[place]]
        days = np.diff(purchases.at[start : place + 1]) / 86_400e6
        gaps = [gap for gap in days if gap >= 1]
        known.append(min(max(3 * median(gaps), 30), 365) if gaps else None)
    typical = median([value for value in known if value is not None])
    expected = [typical if value is None else value for value in known]
    np.testing.assert_allclose(rules.threshold_days, expected)


def test_reasons_of_lost_customers(make_staging: MakeStaging) -> None:
    history = history_of(make_staging, {"orders": random_orders(7)})
    reasons = dict.fromkeys(range(0, history.n_customers, 2), "delivery")
    kpis = compute_kpis(history, Settings(), reasons=reasons)
    by_reason = kpis.rows("quarter", "reason")
    assert set(by_reason["value"]) == {"delivery", "unknown"}
    assert by_reason["churn_rate"].isna().all()
    total = kpis.rows("quarter").query("is_settled").set_index("first_on")
    for name in ("lost_customers", "lost_profit_amount"):
        np.testing.assert_allclose(by_reason.groupby("first_on")[name].sum(), total[name])


def test_margin_is_given_or_a_rate(make_staging: MakeStaging) -> None:
    orders = random_orders(8).assign(margin=np.nan)
    orders.loc[::2, "margin"] = 1.0
    settings = Settings(value=ValueSettings(margin_rate=0.5))
    months = compute_kpis(history_of(make_staging, {"orders": orders}), settings).rows("month")
    expected = orders["margin"].fillna(orders["amount"] * 0.5)[orders["ordered_at"] < datetime(2024, 12, 1)].sum()
    assert months["margin_amount"].sum() == pytest.approx(expected, abs=0.005 * len(orders))


def test_dimensions_that_stand_elsewhere_or_nowhere(make_staging: MakeStaging) -> None:
    orders = random_orders(9).assign(channel="web")
    orders.loc[orders["customer_id"] == "C001", "channel"] = "shop"
    managers = pd.DataFrame(
        {"customer_id": ["C000", "C000"], "manager_id": ["old", "anna"], "assigned_at": ["2023-01-01", "2024-01-01"]}
    )
    kpis = compute_kpis(history_of(make_staging, {"orders": orders, "managers": managers}), Settings())
    assert kpis.dimensions == ["channel", "manager_id"]
    assert set(kpis.rows("recent", "channel")["value"]) == {"shop", "web"}
    assert set(kpis.rows("recent", "manager_id")["value"].fillna("?")) == {"old", "?"}
    missing = {note["dimension"] for note in kpis.notes if note["id"] == "kpis-note-no-dimension"}
    assert missing == {"region", "department", "industry"}


def test_many_values_are_folded(make_staging: MakeStaging) -> None:
    orders = random_orders(10, customers=130)
    ids = sorted(set(orders["customer_id"]))
    customers = pd.DataFrame({"customer_id": ids, "region": [f"r{number:03d}" for number in range(len(ids))]})
    kpis = compute_kpis(history_of(make_staging, {"orders": orders, "customers": customers}), Settings())
    assert len(kpis.rows("recent", "region")) == 101
    assert any(note["id"] == "kpis-note-folded" and note["folded"] == 30 for note in kpis.notes)


@pytest.mark.parametrize("orders_on", [["2024-05-30"], ["2023-01-05"], ["2023-01-05", "2023-06-01", "2024-05-30"]])
def test_one_customer(make_staging: MakeStaging, orders_on: list[str]) -> None:
    orders = pd.DataFrame(
        {
            "order_id": [str(number) for number in range(len(orders_on))],
            "customer_id": "only",
            "ordered_at": orders_on,
            "amount": 5.0,
        }
    )
    kpis = compute_kpis(history_of(make_staging, {"orders": orders}, as_of="2024-06-01"), Settings(), reasons={})
    assert kpis.totals["customers"] == 1
    assert kpis.totals["lost_now"] == (0 if orders_on[-1] > "2024" else 1)
    assert kpis.rows("month")["revenue_amount"].sum() == 5.0 * len(orders_on)
    assert kpis.rules["share"].isna().item() == (orders_on[-1] > "2024")


def test_json_and_back(make_staging: MakeStaging) -> None:
    orders = random_orders(11)
    history = history_of(make_staging, {"orders": orders.assign(channel="web")})
    kpis = compute_kpis(history, Settings(), reasons={0: "price"})
    text = json.dumps(kpis.to_json(), allow_nan=False)
    back = Kpis.from_json(json.loads(text))
    pd.testing.assert_frame_equal(back.table, kpis.table, check_dtype=False)
    assert json.dumps(back.to_json(), allow_nan=False) == text
    assert date.fromisoformat(back.as_of) == date(2024, 12, 1)


def test_days_are_those_of_the_companys_zone(make_staging: MakeStaging) -> None:
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2"],
            "customer_id": ["a", "a"],
            "ordered_at": ["2024-01-15 12:00", "2024-01-31 22:00"],
            "amount": [1.0, 2.0],
        }
    )
    staging = make_staging({"orders": orders}, as_of="2024-03-01", timezone="Europe/Moscow")
    months = compute_kpis(History.load(staging), Settings()).rows("month")
    assert months["revenue_amount"].tolist() == [1.0, 2.0]
