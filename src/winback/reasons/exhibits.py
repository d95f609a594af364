"""The kinds of evidence: deliveries, tickets, prices, managers, contacts, surveys.

Every number here can be counted again from the tables: facts of the customer in the `EVIDENCE_DAYS` before it was
leaving, against the same measure over all customers in the `OTHERS_DAYS` before the cutoff.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US, HOUR_US, NO_TIME, Events
from winback.reasons.evidence import Case, Line, exhibit
from winback.reasons.facts import EVIDENCE_DAYS, Facts, share_of, usual
from winback.reasons.words import COMPLAINED, WANTED

#: A silence of the company speaks for neglect from this multiple of what is usual on.
NEGLECT_FACTOR = 1.5


def _facts(events: Events) -> Facts:
    return Facts(events.customer, events.at, events.offsets)


def _full(case: Case, value: float) -> NDArray[np.float64]:
    return np.full(case.customer.size, float(value))


@exhibit("tickets")
def conflicts(case: Case) -> Iterator[Line]:
    """Conflicts that the customer had."""
    tickets = case.history.events("tickets")
    found = tickets.where(tickets.columns["kind"] == tickets.code_of("kind", "conflict"))
    window = _facts(found).window(case.customer, case.anchor)
    arguments = {"count": window.count, "days": _full(case, EVIDENCE_DAYS), "at": window.last(found.at, 0)}
    yield Line("conflict", "reason-conflict-evidence", window.count > 0, arguments)


@exhibit("tickets", "first_response_at")
def slow_answers(case: Case) -> Iterator[Line]:
    """Tickets that waited long for a first answer."""
    tickets = case.history.events("tickets")
    answered = tickets.columns["first_response_at"]
    hours = (np.where(answered == NO_TIME, case.cutoff, answered) - tickets.at) / HOUR_US
    slow = (hours > case.settings.features.slow_response_hours).astype(float)
    window = _facts(tickets).window(case.customer, case.anchor)
    others = usual(slow, tickets.at, case.cutoff)
    count = window.total(slow)
    holds = (count > 0) & (share_of(count, window.count) > others)
    arguments = {"slow": count, "tickets": window.count, "others": _full(case, others), "hours": window.mean(hours)}
    yield Line("service", "reason-service-evidence-response", holds, arguments)


@exhibit("tickets", "resolved_at")
def slow_solutions(case: Case) -> Iterator[Line]:
    """Tickets that waited long for a solution, or still do."""
    tickets = case.history.events("tickets")
    resolved = tickets.columns["resolved_at"]
    hours = (np.where(resolved == NO_TIME, case.cutoff, resolved) - tickets.at) / HOUR_US
    slow = (hours > case.settings.features.slow_resolution_hours).astype(float)
    window = _facts(tickets).window(case.customer, case.anchor)
    others = usual(slow, tickets.at, case.cutoff)
    count = window.total(slow)
    holds = (count > 0) & (share_of(count, window.count) > others)
    arguments = {"slow": count, "tickets": window.count, "others": _full(case, others), "hours": window.mean(hours)}
    yield Line("service", "reason-service-evidence-resolution", holds, arguments)


@exhibit("managers")
def manager_changes(case: Case) -> Iterator[Line]:
    """Changes of the manager: assignments that are not the customer's first, to somebody else."""
    managers = case.history.events("managers")
    code = managers.columns["manager_id"]
    changed = np.zeros(len(managers), bool)
    changed[1:] = (managers.customer[1:] == managers.customer[:-1]) & (code[1:] != code[:-1])
    found = managers.where(changed)
    window = _facts(found).window(case.customer, case.anchor)
    arguments = {"count": window.count, "days": _full(case, EVIDENCE_DAYS), "at": window.last(found.at, 0)}
    yield Line("manager_change", "reason-manager-change-evidence", window.count > 0, arguments)


@exhibit("contacts")
def silence_of_company(case: Case) -> Iterator[Line]:
    """How long nobody had been in touch, against how often that is usual for this customer."""
    contacts = case.history.events("contacts")
    facts = _facts(contacts)
    ever = facts.window(case.customer, case.anchor, days=36_500)
    gaps = np.diff(contacts.at) / DAY_US
    same = np.diff(contacts.customer) == 0
    others = float(np.median(gaps[same])) if same.any() else np.nan
    first = contacts.at[np.minimum(ever.start, max(len(contacts) - 1, 0))] if len(contacts) else ever.start
    last = ever.last(contacts.at, 0)
    own = share_of((last - first) / DAY_US, ever.count - 1)
    own = np.where(ever.count > 1, own, others)
    days = (case.anchor - last) / DAY_US
    holds = (ever.count > 0) & (days > NEGLECT_FACTOR * own)
    yield Line("neglect", "reason-neglect-evidence", holds, {"days": days, "own": own, "others": _full(case, others)})


@exhibit("tickets", "topic")
def complaints(case: Case) -> Iterator[Line]:
    """Complaints about what the reason is about."""
    tickets = case.history.events("tickets")
    complained = tickets.columns["kind"] == tickets.code_of("kind", "complaint")
    for topic, reason in COMPLAINED.items():
        found = tickets.where(complained & (tickets.columns["topic"] == tickets.code_of("topic", topic)))
        count = _facts(found).window(case.customer, case.anchor).count
        arguments = {"count": count, "days": _full(case, EVIDENCE_DAYS)}
        yield Line(reason, "reason-complaints-evidence", count > 0, arguments)


@exhibit("surveys", "wants")
def wishes(case: Case) -> Iterator[Line]:
    """What the customer asked for in its last survey."""
    surveys = case.history.events("surveys")
    for want, reason in WANTED.items():
        found = surveys.where(surveys.columns["wants"] == surveys.code_of("wants", want))
        window = _facts(found).window(case.customer, case.anchor)
        yield Line(reason, "reason-wants-evidence", window.count > 0, {"at": window.last(found.at, 0)})
