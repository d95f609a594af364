"""The demo company as a world that lives week by week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from winback.simulation.belief import Belief
from winback.simulation.calendar import make_calendar
from winback.simulation.campaigns import is_campaign_week, run_campaign
from winback.simulation.deliveries import advance_deliveries
from winback.simulation.leaving import advance_leaving, close, forget_grievances
from winback.simulation.log import DAY_US, Log
from winback.simulation.loyalty import advance_loyalty
from winback.simulation.ordering import advance_orders
from winback.simulation.outreach import Interventions, apply
from winback.simulation.population import make_population
from winback.simulation.prices import advance_assortment, advance_prices, forget_prices
from winback.simulation.relations import advance_contacts, advance_managers, log_assignments
from winback.simulation.service import advance_service
from winback.simulation.state import Scene, cause_weights, first_state
from winback.simulation.streams import Streams
from winback.simulation.surveys import advance_surveys, say_why

#: Weeks of the calendar beyond the planned ones, so that copies can look ahead. More of them change nothing.
BEYOND = 60


class World:
    """A company whose customers order, complain, leave and return, one week per step.

    Parameters
    ----------
    seed : int
        The same seed and parameters give the same world.
    customers : int
        Customers who have ordered until ``days`` have passed.
    days : int
        Days of data; the first week begins up to six days after ``start``, so that the last one ends with them.
    start : date
    mix : mapping of str to float
        Factors on causes of leaving, by the names of `winback.simulation.company.CAUSES`.
    campaigns : bool
        Whether the company runs its own campaigns until ``days``.
    horizon_days : int
        Horizon of the truth about past campaigns.
    ahead_weeks : int
        How many weeks new customers keep coming beyond ``days``, for worlds that live on.

    Examples
    --------
    >>> world = World(seed=1, customers=50, days=280)
    >>> world.live()
    >>> world.scene.state.week
    40
    >>> sorted(world.scene.log.batches)[:4]
    ['activities', 'contacts', 'deliveries', 'departures']
    """

    def __init__(
        self,
        *,
        seed: int,
        customers: int,
        days: int,
        start: date = date(2023, 1, 1),
        mix: Mapping[str, float] | None = None,
        campaigns: bool = True,
        horizon_days: int = 90,
        ahead_weeks: int = 0,
    ) -> None:
        self.seed = seed
        self.weeks = days // 7
        self.horizon_days = horizon_days
        self._campaigns = campaigns
        planned = self.weeks + ahead_weeks
        end = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()) * 1_000_000 + days * DAY_US
        streams = Streams.of(seed)
        people = make_population(streams.population, customers, self.weeks, planned)
        begin = end - self.weeks * 7 * DAY_US
        day_of_year = datetime.fromtimestamp(begin / 1e6, UTC).timetuple().tm_yday - 1
        state, staff = first_state(people, streams)
        self.scene = Scene(
            start=begin,
            weight=cause_weights(mix or {}),
            people=people,
            calendar=make_calendar(streams.calendar, planned + max(BEYOND, -(-horizon_days // 7)), day_of_year),
            staff=staff,
            state=state,
            belief=Belief.of_active(len(people)),
            streams=streams,
            log=Log(),
        )
        log_assignments(self.scene, self.scene.customers(state.present))

    def live(self) -> None:
        """Live through all weeks of the data."""
        while self.scene.state.week < self.weeks:
            self.step()

    def step(self, interventions: Interventions | None = None) -> NDArray[np.bool_]:
        """Live one week.

        Parameters
        ----------
        interventions : Interventions, optional
            What is done to customers at the beginning of the week.

        Returns
        -------
        ndarray of bool
            Whether each intervention's offer was taken up.
        """
        scene = self.scene
        if scene.state.week >= self.weeks:
            # every later week has luck of its own, so that worlds to which different things were done stay alike
            scene.streams = Streams.of(SeedSequence([self.seed, scene.state.week]))
        accepted = apply(scene, interventions) if interventions else np.zeros(0, dtype=bool)
        if self._campaigns and scene.state.week < self.weeks and is_campaign_week(scene.state.week, self.weeks):
            run_campaign(scene, self.horizon_days)
        advance(scene)
        return accepted


def advance(scene: Scene) -> None:
    """Let a week pass, each subsystem in its turn; the order matters."""
    scene.state.silence += scene.state.present
    _arrive(scene)
    advance_managers(scene)
    advance_prices(scene)
    advance_assortment(scene)
    advance_service(scene)
    advance_deliveries(scene)
    advance_contacts(scene)
    advance_loyalty(scene)
    close(scene)
    say_why(scene)
    advance_leaving(scene)
    advance_orders(scene)
    advance_surveys(scene)
    scene.belief.settle()
    forget_grievances(scene)
    forget_prices(scene)
    scene.state.week += 1


def _arrive(scene: Scene) -> None:
    """Let new customers place their first order."""
    state = scene.state
    rows = scene.customers(scene.people.arrival == state.week)
    state.present[rows] = True
    state.ordering[rows] = True
    state.silence[rows] = 0
    log_assignments(scene, rows)
