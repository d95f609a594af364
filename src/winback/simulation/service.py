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
#: Chance of a complaint after a late delivery, a defect, a price rise.
COMPLAINS = (0.30, 0.42, 0.25)
SLOW_HOURS, UNSOLVED_HOURS = 24.0, 72.0
OFFENDED = 1.7


def advance_service(scene: Scene) -> None:
    """Take the week's tickets, answer them, and let customers judge the answers."""
    state, people, generator = scene.state, scene.people, scene.streams.service
    count = len(people)
    written = _spontaneous(scene)
    asked = np.repeat(np.arange(count), written)
    topics = [generator.choice(len(TICKET_TOPICS), asked.size, p=USUAL_TOPICS)]
    kinds = [generator.choice(len(USUAL_KINDS), asked.size, p=USUAL_KINDS)]
    rows = [asked]
    dearer = state.present & (state.grievance[:, GRIEVANCE["price"]] > 0.5)
    for name, failed, chance in (
        ("delivery", state.upset[:, 0], COMPLAINS[0]),
        ("product", state.upset[:, 1], COMPLAINS[1]),
        ("price", dearer, COMPLAINS[2] * 0.25),
    ):
        # a complaint about prices is due for some weeks, and comes at most in one of them
        alive = np.where(failed, WRITING[state.phase], 0.0) if name == "price" else failed
        complaining = np.flatnonzero(generator.random(count) < chance * alive)
        if name == "price":
            _tell_from_silence(scene, failed, complaining, chance)
        rows.append(complaining)
        topics.append(np.full(complaining.size, TOPIC[name]))
        kinds.append(np.full(complaining.size, KIND["complaint"]))
    _answer(scene, np.concatenate(rows), np.concatenate(kinds), np.concatenate(topics))


def _spontaneous(scene: Scene) -> NDArray[np.int64]:
    """Draw how many tickets each customer writes without a failure; who is gone hardly writes."""
    rate = scene.people.ticket_rate * scene.state.present
    count = scene.streams.service.poisson(rate * WRITING[scene.state.phase])
    scene.belief.see(*(factor**count * np.exp(-rate * factor) for factor in WRITING))
    return np.asarray(count)


def _tell_from_silence(scene: Scene, failed: NDArray[np.bool_], complaining: NDArray[np.int64], chance: float) -> None:
    complained = np.zeros(failed.size, dtype=bool)
    complained[complaining] = True
    scene.belief.see(*(np.where(failed, np.where(complained, chance * w, 1 - chance * w), 1.0) for w in WRITING))


def _answer(scene: Scene, rows: NDArray[np.int64], kinds: NDArray[np.int64], topics: NDArray[np.int64]) -> None:
    generator, state, staff = scene.streams.service, scene.state, scene.staff
    manager = state.manager[rows]
    conflict = generator.random(rows.size) < staff.rudeness[manager]
    overload = scene.calendar.overloaded[state.week][scene.people.department[rows]] * 1.3
    response = np.exp(generator.normal(np.log(5.0), 0.8, rows.size) + staff.slowness[manager] + overload)
    solution = response + np.exp(generator.normal(np.log(18.0), 0.9, rows.size) + 0.5 * overload)
    unsolved = generator.random(rows.size) < 0.03
    _judge(scene, rows, response, np.where(unsolved, 10 * UNSOLVED_HOURS, solution))
    np.add.at(state.grievance, (rows[conflict], GRIEVANCE["conflict"]), OFFENDED)
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
    np.add.at(scene.state.grievance, (rows, GRIEVANCE["service"]), np.clip(slow + late, 0, 1.8))
