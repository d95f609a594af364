"""What was done to customers and still weighs on them, at any instant: what the hazard of leaving is made of.

A new kind of grievance is one function here, with `grievance` above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from winback.features import activities, contacts, deliveries, managers, service, surveys
from winback.features.own import Own, last_known, own_features
from winback.history import DAY_US, History
from winback.reasons.facts import StreamFacts
from winback.reasons.fading import Grievance, fading
from winback.reasons.leaving import WAIT_DAYS, median_gaps, or_usual, usual_gap
from winback.reasons.prices import DEARER_BY, Dearness
from winback.settings import FeatureSettings

#: Delays and waits grow less bad with length: no fact counts more than so much.
WORST = 5.0
#: A silence of the company weighs from these multiples of its usual gap on, and no more beyond so many.
SILENCES, LONGEST = (1.5, 2.5, 4.0), 4.0
#: A customer's own gap between contacts counts as much as that of all when it rests on so many contacts.
FEW_CONTACTS = 3
#: Newcomers leave for nothing more often.
NEWCOMER_DAYS = 84
#: All that is known of a customer.
EVER_DAYS = 36_500


@dataclass(frozen=True, eq=False)
class Known:
    """What the grievances are taken from: all that was known at one cutoff.

    Parameters
    ----------
    history : History
        Cut at the cutoff.
    settings : FeatureSettings
        What streams are made of.
    """

    history: History
    settings: FeatureSettings

    @cached_property
    def facts(self) -> StreamFacts:
        """The events of streams."""
        return StreamFacts(self.history, self.settings)

    @cached_property
    def first_at(self) -> NDArray[np.int64]:
        """First purchase per customer code; the end of the history where there is none."""
        purchases = self.history.purchases()
        at = np.append(purchases.at, self.history.ends_at)
        bought = np.diff(purchases.offsets) > 0
        return np.where(bought, at[purchases.offsets[:-1]], self.history.ends_at)

    @cached_property
    def gap_days(self) -> NDArray[np.float64]:
        """Usual days between purchases per customer code; the median of all where a customer has none of its own."""
        purchases = self.history.purchases()
        return or_usual(self.history, "orders", median_gaps(purchases.at, purchases.offsets))


Source = Callable[[Known], Iterator[Grievance]]
#: All kinds of grievances, each with the table and the columns that it needs.
SOURCES: list[tuple[str, tuple[str, ...], Source]] = []


def grievance(table: str, *columns: str) -> Callable[[Source], Source]:
    """Register a function that yields grievances; it is called only where table and columns are there."""

    def register(function: Source) -> Source:
        SOURCES.append((table, columns, function))
        return function

    return register


def grievances_of(history: History, settings: FeatureSettings) -> tuple[Grievance, ...]:
    """Prepare all grievances that the tables allow, and what has no reason.

    Parameters
    ----------
    history : History
        Only what it knows counts.
    settings : FeatureSettings
        What streams are made of.
    """
    known = Known(history, settings)
    found = [
        each
        for table, columns, function in SOURCES
        if history.has(table, *columns)
        for each in function(known)
    ]  # fmt: skip
    return (*found, *_own_drivers(known), _without_reason(known))


def _own_drivers(known: Known) -> Iterator[Grievance]:
    """A company's own drivers that are numbers or dates: how far above, and below, the usual each customer's is."""
    for declared in own_features(known.history, known.settings, ()):
        if declared.role == "driver" and declared.reason and declared.holds != "category":
            yield _own_driver(declared, known.history, declared.reason)


def _own_driver(declared: Own, history: History, reason: str) -> Grievance:
    events = history.events(declared.table)
    values = declared.values(events, np.arange(len(events)), events.known_at)
    low, usual, high = np.nan_to_num(history.everyone.quantiles(declared.name, values, (0.25, 0.5, 0.75)))
    spread = max(high - low, np.finfo(float).tiny)

    def weigh(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        own = declared.values(events, last_known(events, customer, at), at)
        beyond = np.clip(np.nan_to_num((own - usual) / spread), -WORST, WORST)
        return np.stack([np.maximum(beyond, 0), np.maximum(-beyond, 0)])

    return Grievance((f"{declared.name}_above", f"{declared.name}_below"), reason, weigh)


def _without_reason(known: Known) -> Grievance:
    """What makes anybody leave, newcomers, and those who buy rarely."""

    def weigh(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        is_new = at - known.first_at[customer] < NEWCOMER_DAYS * DAY_US
        return np.stack([np.ones(customer.size), is_new, np.minimum(known.gap_days[customer] / 30, WORST)])

    return Grievance(("anybody", "newcomer", "rare_buyer"), "", weigh)


@grievance("deliveries", "delivered_at")
def late(known: Known) -> Iterator[Grievance]:
    """Deliveries that were late, and for how long."""
    judged, arrived = known.facts(deliveries.JUDGED), known.facts(deliveries.ARRIVED)
    yield fading("late", "delivery", judged, judged.measures["is_late"])
    weeks = np.clip(np.nan_to_num(arrived.measures["delay_days"]) / 7, 0, WORST)
    yield fading("delayed_weeks", "delivery", arrived, weeks)


@grievance("deliveries", "delivered_at", "defective")
def defective(known: Known) -> Iterator[Grievance]:
    """Deliveries that came defective."""
    arrived = known.facts(deliveries.ARRIVED)
    yield fading("defective", "product_quality", arrived, arrived.measures["defective"])


@grievance("tickets", "kind")
def conflict(known: Known) -> Iterator[Grievance]:
    """Conflicts."""
    tickets = known.facts(service.TICKETS)
    yield fading("conflict", "conflict", tickets, tickets.measures["is_conflict"])


@grievance("tickets", "kind", "topic")
def complaint(known: Known) -> Iterator[Grievance]:
    """Complaints, by what they are about."""
    tickets = known.facts(service.TICKETS)
    for topic, reason in service.REASON_OF_TOPIC.items():
        yield fading(f"complaint_{topic}", reason, tickets, tickets.measures[f"is_complaint_{topic}"])


@grievance("tickets", "first_response_at")
def slow_answer(known: Known) -> Iterator[Grievance]:
    """Tickets that waited too long for an answer, and how many times as long as allowed (doublings)."""
    judged, answered = known.facts(service.RESPONSE_JUDGED), known.facts(service.RESPONDED)
    yield fading("slow_answer", "service", judged, judged.measures["is_slow"])
    times = np.maximum(answered.measures["hours"] / known.settings.slow_response_hours, 1)
    yield fading("answer_doublings", "service", answered, np.clip(np.log2(times), 0, WORST))


@grievance("tickets", "resolved_at")
def slow_solution(known: Known) -> Iterator[Grievance]:
    """Tickets that waited too long for a solution."""
    judged = known.facts(service.RESOLUTION_JUDGED)
    yield fading("slow_solution", "service", judged, judged.measures["is_slow"])


@grievance("managers", "manager_id")
def manager_change(known: Known) -> Iterator[Grievance]:
    """Changes of manager."""
    changes = known.facts(managers.CHANGES)
    yield fading("manager_change", "manager_change", changes, np.ones(changes.at.size))


@grievance("contacts")
def silence(known: Known) -> Iterator[Grievance]:
    """How long nobody had been in touch, in the customer's usual gaps; who asked not to be called misses nothing."""
    facts = known.facts(contacts.CONTACTS)
    count = np.diff(facts.offsets)
    gaps = median_gaps(facts.at, facts.offsets)
    usual = or_usual(known.history, "contacts", gaps)
    others = float(np.nan_to_num(usual_gap(known.history, "contacts", gaps), nan=WAIT_DAYS[1]))
    own = (usual * count + others * FEW_CONTACTS) / (count + FEW_CONTACTS)
    attributes = known.history.attributes()
    refuses = np.zeros(count.size, bool)
    if attributes.has("do_not_contact"):
        refuses = attributes.columns["do_not_contact"] == 1

    def weigh(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        first = known.first_at[customer]
        last = np.maximum(facts.window(customer, at, EVER_DAYS).last(facts.at, first), first)
        gaps = np.where(refuses[customer], 0.0, (at - last) / DAY_US / own[customer])
        return np.stack([np.clip(gaps - multiple, 0, LONGEST) for multiple in SILENCES])

    yield Grievance(tuple(f"silence_from_{multiple}_gaps" for multiple in SILENCES), "neglect", weigh)


@grievance("orders")
def dearer(known: Known) -> Iterator[Grievance]:
    """How much dearer what it buys has become, by prices or by a smaller discount, in tenths."""
    dearness = Dearness.of(known.history, known.settings)
    if dearness is None:
        return

    def weigh(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        tenths = 10 * dearness.at(customer, at)
        return np.stack([np.maximum(tenths - 10 * share, 0) for share in DEARER_BY])

    yield Grievance(tuple(f"dearer_from_{share:.0%}" for share in DEARER_BY), "price", weigh)


@grievance("activities", "kind")
def unrewarded(known: Known) -> Iterator[Grievance]:
    """Loyal acts that nobody rewarded."""
    acts = known.facts(activities.LOYAL_ACTS)
    yield fading("unrewarded", "loyalty", acts, acts.measures["is_unrewarded"])


@grievance("surveys", "wants")
def wish(known: Known) -> Iterator[Grievance]:
    """What the customer asked for in surveys."""
    wishes = known.facts(surveys.WISHES)
    for want, reason in surveys.REASON_OF_WISH.items():
        yield fading(f"wants_{want}", reason, wishes, wishes.measures[f"is_{want}"])
