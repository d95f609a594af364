"""The kinds of evidence: deliveries, tickets, prices, managers, contacts, surveys.

Every number here can be counted again from the tables: facts of the customer in the `EVIDENCE_DAYS` before it was
leaving, against the same measure over all customers in the `OTHERS_DAYS` before the cutoff.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features import activities, contacts, deliveries, managers, prices, purchases, service, surveys
from winback.features.streams import Stream
from winback.history import DAY_US
from winback.reasons.evidence import Case, Line, exhibit
from winback.reasons.facts import EVENT_DAYS, EVIDENCE_DAYS, OTHERS_DAYS, in_others_days, share_of, usual
from winback.reasons.leaving import median_gaps, usual_gap
from winback.reasons.prices import PriceLevels

Array = NDArray[Any]

#: A silence of the company speaks for neglect from this multiple of what is usual on.
NEGLECT_FACTOR = 1.25
#: Prices dearer, or discounts smaller, by less than this share speak for nothing.
NOTICED = 0.01
#: All that is known of a customer.
EVER_DAYS = 36_500


def _full(case: Case, value: float) -> NDArray[np.float64]:
    return np.full(case.customer.size, float(value))


def _bad_of_all(case: Case, stream: Stream, measure: str) -> tuple[NDArray[np.bool_], dict[str, Array]]:
    """Count facts that went wrong among all; it speaks for a reason where their share is above that of others."""
    facts = case.facts(stream)
    window = facts.window(case.customer, case.anchor)
    values = facts.measures[measure]
    bad, known = window.total(values).astype(np.int64), window.number(values)
    others = usual(case.history, f"{measure} of {stream.name}", values, facts.at)
    return (bad > 0) & (share_of(bad, known) > others), {"bad": bad, "all": known, "others": _full(case, others)}


@exhibit("deliveries", "delivered_at")
def late_deliveries(case: Case) -> Iterator[Line]:
    """Deliveries that were late, and by how many days on average those were that have come."""
    holds, arguments = _bad_of_all(case, deliveries.JUDGED, "is_late")
    arrived = case.facts(deliveries.ARRIVED)
    delay = arrived.window(case.customer, case.anchor).mean(arrived.measures["delay_days"])
    come = holds & ~np.isnan(delay)
    yield Line(
        "delivery", "reason-delivery-evidence", come, {**arguments, "delay": np.nan_to_num(delay)}, arguments["bad"] > 0
    )
    yield Line("delivery", "reason-delivery-evidence-late", holds & ~come, arguments)


@exhibit("deliveries", "delivered_at", "defective")
def defective_deliveries(case: Case) -> Iterator[Line]:
    """Deliveries that came defective."""
    holds, arguments = _bad_of_all(case, deliveries.ARRIVED, "defective")
    yield Line("product_quality", "reason-product-quality-evidence", holds, arguments, arguments["bad"] > 0)


@exhibit("tickets", "kind")
def conflicts(case: Case) -> Iterator[Line]:
    """Conflicts that the customer had."""
    facts = case.facts(service.TICKETS, "is_conflict")
    window = facts.window(case.customer, case.anchor, EVENT_DAYS)
    arguments = {"count": window.count, "days": _full(case, EVENT_DAYS), "at": window.last(facts.at)}
    yield Line("conflict", "reason-conflict-evidence", window.count > 0, arguments)


@exhibit("tickets", "first_response_at")
def slow_answers(case: Case) -> Iterator[Line]:
    """Tickets that waited too long for a first answer, and how long those of them did that have one."""
    holds, arguments = _bad_of_all(case, service.RESPONSE_JUDGED, "is_slow")
    hours = _slow_hours(case, service.RESPONDED, case.settings.features.slow_response_hours)
    answered = holds & ~np.isnan(hours)
    yield Line("service", "reason-service-evidence-response", answered, {**arguments, "hours": np.nan_to_num(hours)})
    yield Line("service", "reason-service-evidence-unanswered", holds & ~answered, arguments, arguments["bad"] > 0)


@exhibit("tickets", "resolved_at")
def slow_solutions(case: Case) -> Iterator[Line]:
    """Tickets that waited too long for a solution, and how long those of them did that have one."""
    holds, arguments = _bad_of_all(case, service.RESOLUTION_JUDGED, "is_slow")
    hours = _slow_hours(case, service.RESOLVED, case.settings.features.slow_resolution_hours)
    solved = holds & ~np.isnan(hours)
    yield Line("service", "reason-service-evidence-resolution", solved, {**arguments, "hours": np.nan_to_num(hours)})
    yield Line("service", "reason-service-evidence-unsolved", holds & ~solved, arguments, arguments["bad"] > 0)


def _slow_hours(case: Case, stream: Stream, allowed: float) -> NDArray[np.float64]:
    """Mean hours of what was done too late; what was done in time would only hide the wait."""
    facts = case.facts(stream)
    hours = facts.measures["hours"]
    return facts.window(case.customer, case.anchor).mean(np.where(hours > allowed, hours, np.nan))


@exhibit("order_items", "product_id", "quantity", "unit_price")
def dearer_products(case: Case) -> Iterator[Line]:
    """What the customer paid for products that it had bought before, against what it was used to pay for them."""
    facts = case.facts(prices.COMPARED)
    window = facts.window(case.customer, case.anchor)
    paid, usually = facts.measures["paid"], facts.measures["paid_usually"]
    change = _ratio(window.total(paid), window.total(usually)) - 1
    recent = in_others_days(facts.at, case.cutoff)
    all_paid, all_usually = case.history.everyone.total("prices paid", [paid[recent].sum(), usually[recent].sum()])
    others = float(_ratio(all_paid, all_usually)) - 1
    arguments = {"change": change, "others": _full(case, others)}
    yield Line("price", "reason-price-evidence", change > max(others, NOTICED), arguments, change > NOTICED)


@exhibit("order_items", "product_id", "quantity", "unit_price")
def dearer_basket(case: Case) -> Iterator[Line]:
    """What others paid of late for the products that the customer buys: it need not have paid that itself."""
    levels = PriceLevels.of(case.history)
    if levels is None:
        return
    change = np.expm1(levels.change(case.customer, case.anchor))
    yield Line("price", "reason-price-evidence-basket", change > NOTICED, {"change": change})


@exhibit("orders", "discount")
def cut_discounts(case: Case) -> Iterator[Line]:
    """Discounts in the window against those of the year before it."""
    facts = case.facts(purchases.ORDERS, "is_purchase")
    shares = []
    for end, days in ((case.anchor, EVIDENCE_DAYS), (case.anchor - EVIDENCE_DAYS * DAY_US, OTHERS_DAYS)):
        window = facts.window(case.customer, end, days)
        shares.append(share_of(window.total(facts.measures["discount"]), window.total(facts.measures["listed"])))
    now, before = shares
    bought = facts.window(case.customer, case.anchor).count > 0
    arguments = {"now": now, "before": before}
    yield Line("price", "reason-price-evidence-discount", bought & (before - now > NOTICED), arguments)


def _ratio(top: Array, bottom: Array) -> Array:
    """Return top / bottom, 1 where there is nothing to compare with."""
    return np.divide(top, bottom, out=np.ones(np.shape(bottom)), where=np.asarray(bottom) > 0)


@exhibit("managers", "manager_id")
def manager_changes(case: Case) -> Iterator[Line]:
    """How often the customer was handed to another manager."""
    facts = case.facts(managers.CHANGES)
    window = facts.window(case.customer, case.anchor, EVENT_DAYS)
    arguments = {"count": window.count, "days": _full(case, EVENT_DAYS), "at": window.last(facts.at)}
    yield Line("manager_change", "reason-manager-change-evidence", window.count > 0, arguments)


@exhibit("contacts")
def silence_of_company(case: Case) -> Iterator[Line]:
    """How long nobody had been in touch when the customer was leaving, or when it ordered last.

    A company often calls when it notices that orders have stopped; the silence before that is what counts, so the
    longer one of the two is taken. Who was never contacted has waited since its first order.
    """
    facts = case.facts(contacts.CONTACTS)
    gaps = median_gaps(facts.at, facts.offsets)
    others = float(np.nan_to_num(usual_gap(case.history, "contacts", gaps), nan=np.inf))
    own = np.where(np.isnan(gaps), others, gaps)[case.customer]
    silences = [
        when - facts.window(case.customer, when, EVER_DAYS).last(facts.at, case.first_at)
        for when in (case.last_at, case.anchor)
    ]
    days = np.maximum(*silences) / DAY_US
    longer = days > NEGLECT_FACTOR * own
    arguments = {"days": days, "own": own, "others": _full(case, others)}
    yield Line("neglect", "reason-neglect-evidence", longer & (days > others), arguments, longer)


@exhibit("contacts")
def fewer_contacts(case: Case) -> Iterator[Line]:
    """Contacts in the window against those in the window before it, of customers that were there all that time."""
    facts = case.facts(contacts.CONTACTS)
    span = EVIDENCE_DAYS * DAY_US
    now = facts.window(case.customer, case.anchor).count
    before = facts.window(case.customer, case.anchor - span).count
    holds = (2 * now <= before) & (before >= 2) & (case.first_at <= case.anchor - 2 * span)
    arguments = {"now": now, "before": before, "days": _full(case, EVIDENCE_DAYS)}
    yield Line("neglect", "reason-neglect-evidence-fewer", holds, arguments)


@exhibit("activities", "kind")
def unrewarded_acts(case: Case) -> Iterator[Line]:
    """Loyal acts that nobody rewarded."""
    holds, arguments = _bad_of_all(case, activities.LOYAL_ACTS, "is_unrewarded")
    yield Line("loyalty", "reason-loyalty-evidence", holds, arguments, arguments["bad"] > 0)


@exhibit("tickets", "kind", "topic")
def complaints(case: Case) -> Iterator[Line]:
    """Complaints about what the reason is about."""
    for topic, reason in service.REASON_OF_TOPIC.items():
        count = case.facts(service.TICKETS, f"is_complaint_{topic}").window(case.customer, case.anchor).count
        arguments = {"count": count, "days": _full(case, EVIDENCE_DAYS)}
        yield Line(reason, "reason-complaints-evidence", count > 0, arguments)


@exhibit("surveys", "wants")
def wishes(case: Case) -> Iterator[Line]:
    """What the customer asked for in surveys."""
    for want, reason in surveys.REASON_OF_WISH.items():
        facts = case.facts(surveys.WISHES, f"is_{want}")
        window = facts.window(case.customer, case.anchor)
        yield Line(reason, "reason-wants-evidence", window.count > 0, {"at": window.last(facts.at)})
