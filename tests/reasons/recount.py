"""Evidence counted again, as a person would: plain Python over the staged tables, customer by customer.

Nothing of `winback.features`, `winback.history` or `winback.reasons` is used here. Every kind of evidence is one
function from a customer's book to what it should say, or None where there is nothing to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, log
from pathlib import Path
from statistics import mean, median
from typing import Any

import pyarrow.parquet as pq

DAY = timedelta(days=1)
TIMES = {
    "orders": "ordered_at", "order_items": "ordered_at", "deliveries": "promised_at", "tickets": "opened_at",
    "contacts": "contacted_at", "managers": "assigned_at", "activities": "occurred_at", "surveys": "answered_at",
    "exits": "recorded_at",
}  # fmt: skip
LATER = {"deliveries": ["delivered_at"], "tickets": ["first_response_at", "resolved_at"]}
TOPICS = {"price": "price", "product": "product_quality", "delivery": "delivery", "service": "service"}
WISHES = {
    "price": "price", "product": "product_quality", "assortment": "assortment", "service": "service",
    "delivery": "delivery", "manager": "manager_change",
}  # fmt: skip
LOYAL, REWARDS = {"review", "referral", "recommendation"}, {"loyalty_points", "points", "bonus", "reward"}
#: Words of exits in the demo company that name no reason.
VAGUE = {"unknown", "other", "no answer"}
Row = dict[str, Any]
Said = dict[str, Any]


class Prices:
    """What products cost the customers of a department, against their own average and against all prices of a week."""

    def __init__(self, lines: list[Row], department: dict[int, str], cutoff: datetime) -> None:
        self.department = defaultdict(str, department)
        # the last week ends with the cutoff
        self.begins = cutoff + (min(row["at"] for row in lines) - cutoff) // (7 * DAY) * (7 * DAY)
        prices: dict[tuple[Any, str], list[tuple[int, float]]] = defaultdict(list)
        for row in lines:
            week = (row["at"] - self.begins) // (7 * DAY)
            prices[row["product_id"], self.department[row["customer"]]].append((week, log(row["unit_price"])))
        often = {key: found for key, found in prices.items() if len(found) >= 20}
        own = {key: mean(price for _, price in found) for key, found in often.items()}
        general: dict[int, list[float]] = defaultdict(list)
        for key, found in often.items():
            for week, price in found:
                general[week].append(price - own[key])
        usual = {week: mean(found) for week, found in general.items()}
        self.weekly: dict[tuple[Any, str], dict[int, list[float]]] = {}
        for key, found in often.items():
            self.weekly[key] = defaultdict(list)
            for week, price in found:
                self.weekly[key][week].append(price - own[key] - usual[week])


class Books:
    """What a person could know at a cutoff: each customer's rows by table, in the order of time."""

    def __init__(self, staging: Path, cutoff: datetime) -> None:
        self.cutoff = cutoff
        self.ids = pq.read_table(staging / "customer_index.parquet")["customer_id"].to_pylist()
        people = pq.read_table(
            staging / "customers.parquet", columns=["customer", "closed_at", "department"]
        ).to_pylist()
        self.closed = {row["customer"]: row["closed_at"] for row in people if row["closed_at"]}
        self.rows: dict[str, dict[int, list[Row]]] = {name: defaultdict(list) for name in TIMES}
        for name, time in TIMES.items():
            path = staging / f"{name}.parquet"
            for row in pq.read_table(path).to_pylist() if path.exists() else []:
                self._file(name, row, row[time])
        for book in self.rows.values():
            for rows in book.values():
                rows.sort(key=lambda row: row["at"])
        self.gap_of_others = median(gap for own in self.rows["orders"].values() if (gap := usual_gap(bought(own))))
        gaps = [gap for own in self.rows["contacts"].values() if (gap := usual_gap(own))]
        self.contact_gap_of_others = median(gaps) if gaps else None
        self.others = {kind: self._others(kind) for kind in JUDGED}
        lines = [row for book in self.rows["order_items"].values() for row in book if row["unit_price"] > 0]
        self.prices = Prices(lines, {row["customer"]: row["department"] for row in people if row["department"]}, cutoff)

    def _file(self, name: str, row: Row, at: datetime) -> None:
        known = at
        if name == "deliveries" and row["delivered_at"]:
            known = min(at, row["delivered_at"])
        known = max(known, row.get("recorded_at") or known)
        if known >= self.cutoff:
            return
        for later in LATER.get(name, []):
            if row.get(later) and row[later] >= self.cutoff:
                row[later] = None
        if name == "deliveries" and not row["delivered_at"]:
            row["defective"] = None
        self.rows[name][row["customer"]].append(row | {"at": at})

    def _others(self, kind: str) -> float:
        """How often it goes wrong with everyone, in the year before the cutoff."""
        year = [
            bad
            for code in range(len(self.ids))
            for at, bad in JUDGED[kind](self, code)
            if self.cutoff - 365 * DAY <= at < self.cutoff
        ]
        return sum(year) / len(year) if year else 0.0


def bought(orders: list[Row]) -> list[Row]:
    return [order for order in orders if order["amount"] >= 0]


def usual_gap(rows: list[Row]) -> timedelta | None:
    gaps = [after["at"] - before["at"] for before, after in pairwise(rows)]
    gaps = [gap for gap in gaps if gap >= DAY / 2]
    return median(gaps) if gaps else None


class Customer:
    """One customer at the cutoff: its orders, and when it was leaving."""

    def __init__(self, books: Books, code: int) -> None:
        self.books, self.code = books, code
        orders = bought(books.rows["orders"][code])
        self.first, self.last = orders[0]["at"], orders[-1]["at"]
        self.gap = usual_gap(orders)
        wait = min(max(self.gap or books.gap_of_others, 7 * DAY), 45 * DAY)
        self.leaving = min(books.cutoff, self.last + wait)

    def of(self, table: str) -> list[Row]:
        return self.books.rows[table][self.code]

    def within(self, rows: list[Row], days: int = 180, *, ends: datetime | None = None) -> list[Row]:
        ends = ends or self.leaving
        return [row for row in rows if ends - days * DAY <= row["at"] < ends]


# -- what is judged good or bad, each at the instant at which that is decided ------------------------------------------


def _deadline(promised: datetime) -> datetime:
    """A promise of a day (midnight, the test companies live in UTC) holds until that day ends."""
    return promised + DAY if promised == promised.replace(hour=0, minute=0, second=0, microsecond=0) else promised


def _late(row: Row) -> bool:
    """Whether the goods did not come in time; a promised hour itself is in time, the next day is not."""
    due = _deadline(row["promised_at"])
    came = row["delivered_at"]
    return came is None or (came >= due if due != row["promised_at"] else came > due)


def judged_deliveries(books: Books, code: int) -> list[tuple[datetime, bool]]:
    found = []
    for row in books.rows["deliveries"][code]:
        due = _deadline(row["promised_at"])
        over = due - timedelta(microseconds=1) if due != row["promised_at"] else due
        found.append((over, True) if _late(row) else (row["delivered_at"], False))
    return found


def judged_goods(books: Books, code: int) -> list[tuple[datetime, bool]]:
    rows = [row for row in books.rows["deliveries"][code] if row["delivered_at"] and row["defective"] is not None]
    return [(row["delivered_at"], row["defective"]) for row in rows]


def _judged_tickets(column: str, hours: int) -> Callable[[Books, int], list[tuple[datetime, bool]]]:
    def judge(books: Books, code: int) -> list[tuple[datetime, bool]]:
        found = []
        for row in books.rows["tickets"][code]:
            deadline = row["at"] + timedelta(hours=hours)
            in_time = row[column] is not None and row[column] <= deadline
            found.append((row[column], False) if in_time else (deadline, True))
        return found

    return judge


def judged_acts(books: Books, code: int) -> list[tuple[datetime, bool]]:
    found = []
    acts = books.rows["activities"][code]
    for act in (row for row in acts if row["kind"] in LOYAL):
        rewards = [max(row["at"], row.get("recorded_at") or row["at"]) for row in acts
                   if row["kind"] in REWARDS and row["at"] > act["at"]]  # fmt: skip
        deadline = act["at"] + 7 * DAY
        in_time = bool(rewards) and min(rewards) <= deadline
        found.append((min(rewards), False) if in_time else (deadline, True))
    return found


JUDGED = {
    "late": judged_deliveries,
    "defective": judged_goods,
    "slow answer": _judged_tickets("first_response_at", 24),
    "slow solution": _judged_tickets("resolved_at", 72),
    "unrewarded": judged_acts,
}


def _bad_of_all(who: Customer, kind: str) -> Said | None:
    begins = who.leaving - 180 * DAY
    known = [bad for at, bad in JUDGED[kind](who.books, who.code) if begins <= at < who.leaving]
    others = who.books.others[kind]
    if not sum(known) or sum(known) / len(known) <= others:
        return None
    return {"bad": sum(known), "all": len(known), "others": others}


# -- the kinds of evidence ---------------------------------------------------------------------------------------------


def _delay(who: Customer) -> float | None:
    rows = [row for row in who.of("deliveries") if row["delivered_at"] and _late(row)]
    came = [row for row in rows if who.leaving - 180 * DAY <= row["delivered_at"] < who.leaving]
    return mean((row["delivered_at"] - row["promised_at"]) / DAY for row in came) if came else None


def late_and_come(who: Customer) -> Said | None:
    said, delay = _bad_of_all(who, "late"), _delay(who)
    return said | {"delay": delay} if said and delay is not None else None


def late_and_never_come(who: Customer) -> Said | None:
    return _bad_of_all(who, "late") if _delay(who) is None else None


def _hours(who: Customer, column: str, allowed: int) -> float | None:
    """How long those took that took too long and are done."""
    rows = [row for row in who.of("tickets") if row[column] and who.leaving - 180 * DAY <= row[column] < who.leaving]
    hours = [(row[column] - row["at"]) / timedelta(hours=1) for row in rows]
    slow = [took for took in hours if took > allowed]
    return mean(slow) if slow else None


def slow_and_done(kind: str, column: str, allowed: int) -> Callable[[Customer], Said | None]:
    def count(who: Customer) -> Said | None:
        said, hours = _bad_of_all(who, kind), _hours(who, column, allowed)
        return said | {"hours": hours} if said and hours is not None else None

    return count


def slow_and_never_done(kind: str, column: str, allowed: int) -> Callable[[Customer], Said | None]:
    return lambda who: _bad_of_all(who, kind) if _hours(who, column, allowed) is None else None


def conflicts(who: Customer) -> Said | None:
    rows = who.within([row for row in who.of("tickets") if row["kind"] == "conflict"], 365)
    return {"count": len(rows), "days": 365, "at": rows[-1]["at"]} if rows else None


def complaints(topic: str) -> Callable[[Customer], Said | None]:
    def count(who: Customer) -> Said | None:
        about = [row for row in who.of("tickets") if row["kind"] == "complaint" and row["topic"] == topic]
        found = who.within(about)
        return {"count": len(found), "days": 180} if found else None

    return count


def wishes(want: str) -> Callable[[Customer], Said | None]:
    def last(who: Customer) -> Said | None:
        found = who.within([row for row in who.of("surveys") if row["wants"] == want])
        return {"at": found[-1]["at"]} if found else None

    return last


def _used_to_pay(items: list[Row], line: Row) -> float | None:
    """What the customer was used to pay: the past year's prices, each weighing half as much every 90 days back."""
    total = weights = 0.0
    for row in items:
        before = line["at"] - 365 * DAY <= row["at"] < line["at"]
        known = (row.get("recorded_at") or row["at"]) <= max(line.get("recorded_at") or line["at"], line["at"])
        if row["product_id"] == line["product_id"] and before and known and row["unit_price"] > 0:
            weight = 0.5 ** ((line["at"] - row["at"]) / (90 * DAY))
            total, weights = total + weight * row["unit_price"], weights + weight
    return total / weights if weights else None


def compared_lines(books: Books, code: int) -> list[Row]:
    items = books.rows["order_items"][code]
    found = []
    for line in items:
        usual = _used_to_pay(items, line) if line["unit_price"] > 0 else None
        if usual is not None:
            found.append(line | {"paid": line["quantity"] * line["unit_price"], "usual": line["quantity"] * usual})
    return found


def _dearer(lines: list[Row]) -> float:
    usual = sum(line["usual"] for line in lines)
    return sum(line["paid"] for line in lines) / usual - 1 if usual > 0 else 0.0


def dearer(who: Customer) -> Said | None:
    books = who.books
    if not hasattr(books, "dearer_for_others"):
        year = [line for code in range(len(books.ids)) for line in compared_lines(books, code)]
        books.dearer_for_others = _dearer([line for line in year if line["at"] >= books.cutoff - 365 * DAY])
    change, others = _dearer(who.within(compared_lines(books, who.code))), books.dearer_for_others
    return {"change": change, "others": others} if change > max(others, 0.01) else None


def dearer_basket(who: Customer) -> Said | None:
    """What the customer bought in a year, at what others of its department paid in four weeks and in the 26 before."""
    prices = who.books.prices
    until = (who.leaving - prices.begins) // (7 * DAY)
    total = spent = 0.0
    for row in who.within(who.of("order_items"), 365):
        key = (row["product_id"], prices.department[who.code])
        if row["unit_price"] <= 0 or key not in prices.weekly:
            continue
        spans = range(max(until - 4, 0), until), range(max(until - 30, 0), max(until - 4, 0))
        now, before = ([price for week in span for price in prices.weekly[key][week]] for span in spans)
        if len(now) >= 2 and len(before) >= 2:
            cost = row["quantity"] * row["unit_price"]
            total += cost * (mean(now) - mean(before))
            spent += cost
    change = exp(total / spent) - 1 if spent else 0.0
    return {"change": change} if change > 0.01 else None


def discounts(who: Customer) -> Said | None:
    def share(rows: list[Row]) -> float:
        rows = [row for row in rows if row["discount"] is not None]
        listed = sum(row["amount"] + row["discount"] for row in rows)
        return sum(row["discount"] for row in rows) / listed if listed > 0 else 0.0

    orders = bought(who.of("orders"))
    recent = who.within(orders)
    now, before = share(recent), share(who.within(orders, 365, ends=who.leaving - 180 * DAY))
    return {"now": now, "before": before} if recent and before - now > 0.01 else None


def other_managers(who: Customer) -> Said | None:
    rows = who.of("managers")
    changes = [after for before, after in pairwise(rows)
               if after["manager_id"] != before["manager_id"]]  # fmt: skip
    found = who.within(changes, 365)
    return {"count": len(found), "days": 365, "at": found[-1]["at"]} if found else None


def silence(who: Customer) -> Said | None:
    others = who.books.contact_gap_of_others
    if others is None:
        return None
    own = usual_gap(who.of("contacts")) or others
    heard = [max([row["at"] for row in who.of("contacts") if row["at"] < when], default=who.first)
             for when in (who.last, who.leaving)]  # fmt: skip
    days = max(who.last - heard[0], who.leaving - heard[1])
    if days <= 1.25 * own or days <= others:
        return None
    return {"days": days / DAY, "own": own / DAY, "others": others / DAY}


def fewer_contacts(who: Customer) -> Said | None:
    contacts = who.of("contacts")
    now, before = len(who.within(contacts)), len(who.within(contacts, ends=who.leaving - 180 * DAY))
    there = who.first <= who.leaving - 360 * DAY
    return {"now": now, "before": before, "days": 180} if there and before >= 2 and now <= before / 2 else None


def symptom(who: Customer) -> tuple[str, Said]:
    """What is said where no reason is known: the rhythm, and the silence since the last order."""
    silence = round((who.books.cutoff - who.last) / DAY)
    if who.gap is None:
        return "reason-unknown-evidence-once", {"silence": silence}
    kind = "silent" if silence > who.gap / DAY else "rhythm"
    return f"reason-unknown-evidence-{kind}", {"gap": max(round(who.gap / DAY), 1), "silence": silence}


def statement(who: Customer) -> tuple[str, Said] | None:
    """What the customer said of this leaving, or that it has closed; vague words say nothing."""
    closed = who.books.closed.get(who.code)
    if closed and closed < who.books.cutoff:
        return "reason-life-event-evidence", {"at": closed}
    said = [row for row in who.of("exits") if row["reason"] not in VAGUE]
    if not said or said[-1]["at"] < who.last:
        return None
    return "reason-stated-evidence", {"at": said[-1]["at"]}


#: All kinds of evidence, by reason and text, in the order in which a reason shows them.
EVIDENCE: Mapping[tuple[str, str], Callable[[Customer], Said | None]] = {
    ("delivery", "reason-delivery-evidence"): late_and_come,
    ("delivery", "reason-delivery-evidence-late"): late_and_never_come,
    ("product_quality", "reason-product-quality-evidence"): lambda who: _bad_of_all(who, "defective"),
    ("conflict", "reason-conflict-evidence"): conflicts,
    ("service", "reason-service-evidence-response"): slow_and_done("slow answer", "first_response_at", 24),
    ("service", "reason-service-evidence-unanswered"): slow_and_never_done("slow answer", "first_response_at", 24),
    ("service", "reason-service-evidence-resolution"): slow_and_done("slow solution", "resolved_at", 72),
    ("service", "reason-service-evidence-unsolved"): slow_and_never_done("slow solution", "resolved_at", 72),
    ("price", "reason-price-evidence"): dearer,
    ("price", "reason-price-evidence-basket"): dearer_basket,
    ("price", "reason-price-evidence-discount"): discounts,
    ("manager_change", "reason-manager-change-evidence"): other_managers,
    ("neglect", "reason-neglect-evidence"): silence,
    ("neglect", "reason-neglect-evidence-fewer"): fewer_contacts,
    ("loyalty", "reason-loyalty-evidence"): lambda who: _bad_of_all(who, "unrewarded"),
    **{(reason, "reason-complaints-evidence"): complaints(topic) for topic, reason in TOPICS.items()},
    **{(reason, "reason-wants-evidence"): wishes(want) for want, reason in WISHES.items()},
}
