"""The service desk: tickets, slow answers, conflicts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import GRIEVANCE
from winback.simulation.log import HOUR_US, NEVER, moments
from winback.simulation.population import Floats
from winback.simulation.state import Scene
from winback.tables import TICKET_KINDS, TICKET_TOPICS

#: How often customers write in each phase, relative to active ones.
WRITING = np.array([1.0, 0.7, 0.1])
KIND = {name: code for code, name in enumerate(TICKET_KINDS)}
TOPIC = {name: code for code, name in enumerate(TICKET_TOPICS)}
#: Shares of kinds (enquiry, request, complaint) and topics of tickets that no failure caused.
USUAL_KINDS = (0.5, 0.36, 0.14)
USUAL_TOPICS = (0.10, 0.30, 0.10, 0.24, 0.20, 0.06)
#: Chance of a complaint after a late delivery or a defect, and in each week in which prices are minded.
COMPLAINS = {"delivery": 0.30, "product": 0.42, "price": 0.06}
#: Grievance over prices from which they may be complained about.
MINDS = 0.5
SLOW_HOURS, UNSOLVED_HOURS = 24.0, 72.0
OFFENDED = 1.7


def advance_service(scene: Scene) -> None:
    """Take the week's tickets, answer them, and let customers judge the answers."""
    generator = scene.streams.service
    asked = np.repeat(np.arange(len(scene.people)), _spontaneous(scene))
    complaints = _complaints(scene)
    rows = np.concatenate([asked, *complaints])
    kinds = generator.choice(len(USUAL_KINDS), asked.size, p=USUAL_KINDS)
    topics = generator.choice(len(TICKET_TOPICS), asked.size, p=USUAL_TOPICS)
    of = [np.full(each.size, TOPIC[name]) for each, name in zip(complaints, COMPLAINS, strict=True)]
    grown = np.full(rows.size - asked.size, KIND["complaint"])
    _answer(scene, rows, np.concatenate([kinds, grown]), np.concatenate([topics, *of]))


def _complaints(scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Who complains about a late delivery, a defect, a price.

    Everyone may complain about goods that came last week; about prices those who still order, while they mind.
    """
    state = scene.state
    luck = scene.streams.service.random((3, len(scene.people)))
    dear = state.present & (state.grievance[:, GRIEVANCE["price"]] > MINDS)
    chance = np.where(dear, COMPLAINS["price"] * WRITING[state.phase], 0.0)
    complains = luck[2] < chance
    scene.belief.see(
        *(np.where(dear, np.where(complains, COMPLAINS["price"] * w, 1 - COMPLAINS["price"] * w), 1.0) for w in WRITING)
    )
    late = state.upset[:, 0] & (luck[0] < COMPLAINS["delivery"])
    defective = state.upset[:, 1] & (luck[1] < COMPLAINS["product"])
    return np.flatnonzero(late), np.flatnonzero(defective), np.flatnonzero(complains)


def _spontaneous(scene: Scene) -> NDArray[np.int64]:
    """Draw how many tickets each customer writes without a failure; who is gone hardly writes."""
    rate = scene.people.ticket_rate * scene.state.present
    count = scene.streams.service.poisson(rate * WRITING[scene.state.phase])
    scene.belief.see(*(factor**count * np.exp(-rate * factor) for factor in WRITING))
    return np.asarray(count)


def _answer(scene: Scene, rows: NDArray[np.int64], kinds: NDArray[np.int64], topics: NDArray[np.int64]) -> None:
    generator, state, staff = scene.streams.service, scene.state, scene.staff
    manager = state.manager[rows]
    conflict = generator.random(rows.size) < staff.rudeness[manager]
    overload = scene.calendar.overloaded[state.week][scene.people.department[rows]] * 1.3
    response = np.exp(generator.normal(np.log(5.0), 0.8, rows.size) + staff.slowness[manager] + overload)
    solution = response + np.exp(generator.normal(np.log(18.0), 0.9, rows.size) + 0.5 * overload)
    unsolved = generator.random(rows.size) < 0.03
    _judge(scene, rows, response, np.where(unsolved, 10 * UNSOLVED_HOURS, solution))
    np.add.at(state.grievance[:, GRIEVANCE["conflict"]], rows[conflict], OFFENDED)
    opened = moments(generator, scene.week_start, rows.size)
    scene.log.add(
        "tickets",
        number=scene.log.ticket_numbers(rows.size),
        customer=rows,
        opened_at=opened,
        kind=np.where(conflict, KIND["conflict"], kinds),
        topic=topics,
        first_response_at=_after(opened, response),
        resolved_at=np.where(unsolved, NEVER, _after(opened, solution)),
        recorded_at=opened + np.where(generator.random(rows.size) < 0.05, 30 * HOUR_US, 0),
    )


def _after(opened: NDArray[np.int64], hours: Floats) -> NDArray[np.int64]:
    """Times so many hours later, to the second."""
    return np.asarray(opened + np.floor(hours * 3600).astype(np.int64) * 1_000_000)


def _judge(scene: Scene, rows: NDArray[np.int64], response: Floats, solution: Floats) -> None:
    slow = np.where(response > SLOW_HOURS, 0.45 + 0.4 * np.log2(response / SLOW_HOURS), 0.0)
    late = np.where(solution > UNSOLVED_HOURS, 0.35, 0.0)
    np.add.at(scene.state.grievance[:, GRIEVANCE["service"]], rows, np.clip(slow + late, 0, 1.8))
