"""What customers say: surveys, and reasons given after leaving."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import CAUSES, FADING, GONE, GRIEVANCES
from winback.simulation.log import DAY_US, moments
from winback.simulation.state import Scene, hazards
from winback.tables import SURVEY_WANTS

#: Weekly chance to be asked, and the share that answers in each phase.
ASKED = 1 / 26
ANSWERS = np.array([0.30, 0.22, 0.05])
#: What a grievance makes customers wish, in the order of `GRIEVANCES`.
WISH = np.array(
    [
        SURVEY_WANTS.index(w)
        for w in ("price", "product", "delivery", "service", "manager", "manager", "manager", "assortment", "price")
    ]
)
#: Share of answers that name what really bothers, where something does; of exits that tell the truth.
HONEST_WISH, HONEST_EXIT = 0.75, 0.8
#: What people say instead of the truth.
EXCUSES = np.array([CAUSES.index("price")] * 3 + [CAUSES.index("competitor")] * 2 + [CAUSES.index("unknown")])
#: Weekly hazard from grievances that takes one point off the NPS.
POINT = 0.004


def advance_surveys(scene: Scene) -> None:
    """Ask some customers."""
    state, generator = scene.state, scene.streams.surveys
    count = len(scene.people)
    asked = state.present & (generator.random(count) < ASKED) & (state.closed_at == 0)
    answered = asked & (generator.random(count) < ANSWERS[state.phase])
    # who is asked is known to the company, so that no answer tells something too
    scene.belief.see(*(np.where(asked, np.where(answered, a, 1 - a), 1.0) for a in ANSWERS))
    rows = scene.customers(answered)
    felt = hazards(scene)[rows, : len(GRIEVANCES)]
    trouble = felt.sum(axis=1)
    nps = np.clip(np.round(generator.normal(9.0, 1.2, rows.size) - trouble / POINT), 0, 10).astype(np.int64)
    at = moments(generator, scene.week_start, rows.size)
    scene.log.add(
        "surveys",
        customer=rows,
        answered_at=at,
        nps=nps,
        wants=_wishes(generator, felt, trouble),
        recorded_at=at + np.where(generator.random(rows.size) < 0.1, 2 * DAY_US, 0),
    )


def _wishes(generator: np.random.Generator, felt: np.ndarray, trouble: np.ndarray) -> NDArray[np.int64]:
    """Name the worst grievance, or anything, or nothing (-1)."""
    count = trouble.size
    bothered = trouble > POINT / 2
    honest = generator.random(count) < HONEST_WISH
    anything = generator.integers(0, len(SURVEY_WANTS), count)
    silent = generator.random(count) < np.where(bothered, 0.15, 0.6)
    named = np.where(bothered & honest, WISH[felt.argmax(axis=1)], anything)
    return np.where(silent, -1, named)


def say_why(scene: Scene) -> None:
    """Record what those who left say when asked; not all say the truth."""
    state, generator = scene.state, scene.streams.surveys
    rows = scene.customers((state.exit_week == state.week) & (state.phase >= FADING))
    honest = generator.random(rows.size) < HONEST_EXIT
    cause = state.cause[rows].astype(np.int64)
    said = np.where(honest, cause, generator.choice(EXCUSES, rows.size))
    scene.log.add("exits", customer=rows, recorded_at=moments(generator, scene.week_start, rows.size), reason=said)
    state.phase[rows] = GONE
    scene.belief.know_gone(rows, cause)
