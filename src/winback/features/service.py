"""Service: what customers wrote about, how fast they were answered and helped, and what is still open.

What the company did (slow answers, a conflict) is a driver of its reason, and so is a complaint about a topic, which
says what was done; how much a customer writes is a symptom.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from winback.features.aggregates import Count, DaysSinceLast, LastWord, Maximum, Mean, Sum
from winback.features.declarations import Declaration, Windowed
from winback.features.linking import first_known_after
from winback.features.open_items import open_features, open_items
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import HOUR_US, NO_TIME, Events, History
from winback.settings import FeatureSettings
from winback.tables import TICKET_KINDS, TICKET_TOPICS

#: What was done to a customer is looked at in these days before the cutoff.
WINDOWS = (90, 180)
#: From the topic of a complaint to the reason that it speaks for; other topics speak for none.
REASON_OF_TOPIC = {"price": "price", "product": "product_quality", "delivery": "delivery", "service": "service"}


def _is_kind(tickets: Events, kind: str) -> NDArray[np.bool_]:
    return np.asarray(tickets.columns["kind"] == tickets.code_of("kind", kind))


def _tickets(history: History, _: FeatureSettings) -> StreamData:
    tickets = history.events("tickets")
    measures = {f"is_{kind}": _is_kind(tickets, kind).astype(float) for kind in TICKET_KINDS}
    if tickets.has("topic"):
        for topic in TICKET_TOPICS:
            about = tickets.columns["topic"] == tickets.code_of("topic", topic)
            measures[f"is_complaint_{topic}"] = measures["is_complaint"] * about
    return events_stream(tickets, measures)


def _done(tickets: Events, column: str) -> StreamData:
    """Tickets at the time of a later field, with the hours that it took."""
    done_at = tickets.columns[column]
    hours = np.where(done_at == NO_TIME, np.nan, (done_at - tickets.at) / HOUR_US)
    return events_stream(tickets, {"hours": hours}, at=done_at)


def _judged(tickets: Events, column: str, allowed_hours: float) -> StreamData:
    """Tickets at the instant at which it is decided whether it was slow: when done in time, or when time is up."""
    done_at = tickets.columns[column]
    deadline = tickets.at + round(allowed_hours * HOUR_US)
    in_time = (done_at != NO_TIME) & (done_at <= deadline)
    return events_stream(tickets, {"is_slow": (~in_time).astype(float)}, at=np.where(in_time, done_at, deadline))


def _open(tickets: Events, column: str) -> StreamData:
    return open_items(tickets.customer, tickets.at, tickets.columns[column], tickets.known_at)


def _responded(history: History, _: FeatureSettings) -> StreamData:
    return _done(history.events("tickets"), "first_response_at")


def _resolved(history: History, _: FeatureSettings) -> StreamData:
    return _done(history.events("tickets"), "resolved_at")


def _response_judged(history: History, settings: FeatureSettings) -> StreamData:
    return _judged(history.events("tickets"), "first_response_at", settings.slow_response_hours)


def _resolution_judged(history: History, settings: FeatureSettings) -> StreamData:
    return _judged(history.events("tickets"), "resolved_at", settings.slow_resolution_hours)


def _unanswered(history: History, _: FeatureSettings) -> StreamData:
    return _open(history.events("tickets"), "first_response_at")


def _unresolved(history: History, _: FeatureSettings) -> StreamData:
    return _open(history.events("tickets"), "resolved_at")


def _unresolved_complaints(history: History, _: FeatureSettings) -> StreamData:
    tickets = history.events("tickets")
    return _open(tickets.where(_is_kind(tickets, "complaint") | _is_kind(tickets, "conflict")), "resolved_at")


def _enquiries_without_order(history: History, _: FeatureSettings) -> StreamData:
    tickets = history.events("tickets")
    enquiries = tickets.where(_is_kind(tickets, "enquiry"))
    ordered = first_known_after(enquiries, history.purchases())
    return open_items(enquiries.customer, enquiries.at, ordered, enquiries.known_at)


TICKETS = Stream(
    name="tickets",
    table="tickets",
    columns=("kind",),
    build=_tickets,
    doc="Every ticket when it was opened, with a flag for each kind and for complaints about each topic.",
)
RESPONDED = Stream(
    name="tickets_responded",
    table="tickets",
    columns=("first_response_at",),
    build=_responded,
    doc="Tickets when they were first answered; hours since they were opened.",
)
RESOLVED = Stream(
    name="tickets_resolved",
    table="tickets",
    columns=("resolved_at",),
    build=_resolved,
    doc="Tickets when they were resolved; hours since they were opened.",
)
RESPONSE_JUDGED = Stream(
    name="tickets_response_judged",
    table="tickets",
    columns=("first_response_at",),
    build=_response_judged,
    settings=("slow_response_hours",),
    doc="Tickets when they were answered in time (is_slow 0), or when the time for it had passed (1).",
)
RESOLUTION_JUDGED = Stream(
    name="tickets_resolution_judged",
    table="tickets",
    columns=("resolved_at",),
    build=_resolution_judged,
    settings=("slow_resolution_hours",),
    doc="Tickets when they were resolved in time (is_slow 0), or when the time for it had passed (1).",
)
UNANSWERED = Stream(
    name="tickets_unanswered",
    table="tickets",
    columns=("first_response_at",),
    build=_unanswered,
    doc="Balance of tickets that nobody has answered.",
)
UNRESOLVED = Stream(
    name="tickets_unresolved",
    table="tickets",
    columns=("resolved_at",),
    build=_unresolved,
    doc="Balance of tickets that are not resolved.",
)
UNRESOLVED_COMPLAINTS = Stream(
    name="complaints_unresolved",
    table="tickets",
    columns=("kind", "resolved_at"),
    build=_unresolved_complaints,
    doc="Balance of complaints and conflicts that are not resolved.",
)
ENQUIRIES_WITHOUT_ORDER = Stream(
    name="enquiries_without_order",
    table="tickets",
    columns=("kind",),
    build=_enquiries_without_order,
    doc="Balance of enquiries after which nothing was bought.",
)


def _kinds() -> Iterator[Declaration]:
    for name, where, windows in (
        ("ticket", "", (30, 90, 180, 365)),
        ("enquiry", "is_enquiry", (90, 180)),
        ("request", "is_request", (90, 180)),
        ("complaint", "is_complaint", (30, 90, 180, 365)),
    ):
        yield Windowed(
            name=f"{name}_count", stream=TICKETS, where=where, aggregate=Count(), windows=windows, role="symptom",
            unit="count", doc=f"Tickets of the kind {name} that the customer opened." if where else "Tickets opened.",
        )  # fmt: skip
    for name, where in (("ticket", ""), ("complaint", "is_complaint")):
        yield Windowed(
            name=f"days_since_{name}", stream=TICKETS, where=where, aggregate=DaysSinceLast(), role="symptom",
            unit="days", doc=f"Days since the last {name}.",
        )  # fmt: skip
    for column in ("kind", "topic"):
        yield Windowed(
            name=f"ticket_last_{column}", stream=TICKETS, aggregate=LastWord(column), windows=(365,), role="symptom",
            unit="category", doc=f"The {column} of the last ticket.",
        )  # fmt: skip


def _grievances() -> Iterator[Declaration]:
    for topic, reason in REASON_OF_TOPIC.items():
        yield Windowed(
            name=f"complaint_{topic}_count", stream=TICKETS, where=f"is_complaint_{topic}", aggregate=Count(),
            windows=WINDOWS, role="driver", reason=reason, unit="count", doc=f"Complaints about {topic}.",
        )  # fmt: skip
    yield Windowed(
        name="conflict_count", stream=TICKETS, where="is_conflict", aggregate=Count(), windows=(*WINDOWS, 365),
        role="driver", reason="conflict", unit="count", doc="Conflicts.",
    )  # fmt: skip
    yield Windowed(
        name="days_since_conflict", stream=TICKETS, where="is_conflict", aggregate=DaysSinceLast(), role="driver",
        reason="conflict", unit="days", doc="Days since the last conflict.",
    )  # fmt: skip


def _speed(name: str, done: Stream, judged: Stream, what: str) -> Iterator[Declaration]:
    for aggregate, part in ((Mean("hours"), "mean"), (Maximum("hours"), "maximum")):
        yield Windowed(
            name=f"{name}_hours_{part}", stream=done, aggregate=aggregate, windows=WINDOWS, role="driver",
            reason="service", unit="hours", doc=f"Hours to {what}: {part}, over tickets that got it in the window.",
        )  # fmt: skip
    yield Windowed(
        name=f"{name}_slow_count", stream=judged, aggregate=Sum("is_slow"), windows=WINDOWS, role="driver",
        reason="service", unit="count",
        doc=f"Tickets whose time for {what} passed in the window without it, whether they got it later or not.",
    )  # fmt: skip
    yield Windowed(
        name=f"{name}_slow_share", stream=judged, aggregate=Mean("is_slow"), windows=WINDOWS, role="driver",
        reason="service", unit="share", doc=f"Share of the tickets judged by their {what} that were slow.",
    )  # fmt: skip
    yield Windowed(
        name=f"{name}_judged_count", stream=judged, aggregate=Count(), windows=WINDOWS, role="symptom",
        unit="count", doc=f"Tickets that got {what} in time, or whose time for it passed.",
    )  # fmt: skip


FEATURES: tuple[Declaration, ...] = (
    *_kinds(),
    *_grievances(),
    *_speed("response", RESPONDED, RESPONSE_JUDGED, "a first answer"),
    *_speed("resolution", RESOLVED, RESOLUTION_JUDGED, "a solution"),
    *open_features(UNANSWERED, "unanswered_ticket", things="Tickets not answered", role="driver", reason="service"),
    *open_features(UNRESOLVED, "open_ticket", things="Tickets not resolved", role="driver", reason="service"),
    *open_features(
        UNRESOLVED_COMPLAINTS, "open_complaint", things="Complaints and conflicts not resolved", role="driver",
        reason="service",
    ),
    *open_features(
        ENQUIRIES_WITHOUT_ORDER, "enquiry_without_order", things="Enquiries that no order has followed", role="symptom"
    ),
)  # fmt: skip
