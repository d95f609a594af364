"""The demo company: input tables with known truth.

`simulate` writes both; `World` is the company itself, which lives week by week and can be driven by a policy.

Files of the truth, all Parquet but the last; instants are UTC, money is in the company's currency. "The observer"
knows every law and every grievance of the demo company and sees all its tables, but not whether a silent customer
has left; it is the best that any honest model can be.

``customers``
    One row per customer, also of the few whose last order is older than the data. ``kind``; ``gap_days``, its usual
    distance of orders; ``phase`` at the end (active, fading, gone); ``left_at`` and ``cause`` of those who are not
    active; ``<cause>_hazard_at_leaving``, weekly hazards in the week in which it left; ``<cause>_hazard`` at the
    end, as if active; ``<grievance>_grievance``, scores at the end; ``<grievance>_sensitivity``.
``as_of``
    One row per customer, at the end. ``churn_probability``, of no order in the horizon, by the observer;
    ``churn_probability_known_phase``, by one who knows who has left; ``is_churned``, what came in the one future
    that was lived through; ``left_probability`` and ``<cause>_left_probability``, the observer's belief that it has
    left, and why; ``margin_if_kept``, ``margin_if_lost``, expected discounted margin over 365 days (10 % a year)
    given an order in the horizon or none; ``value_if_kept``, their difference; ``horizon_revenue``, expected amount
    ordered in the horizon if kept.
``actions``
    One row per customer and action, at the end. ``kept_probability`` with the action; ``uplift``, against none;
    ``uplift_known_phase``; ``accept_probability``; ``expected_cost``; ``gain``, uplift times value_if_kept, before
    the cost.
``departures``
    One row per departure, also of those who returned: ``left_at``, ``cause``, ``is_fading`` (ordered less before it
    stopped), ``<cause>_hazard``, ``<grievance>_grievance`` in that week.
``offers``
    One row per offer of a past campaign: ``cycle``, ``customer_id``, ``action``, ``is_treated``, ``phase`` and
    ``cause`` when it was made, ``kept_probability_without`` and ``kept_probability_with`` by the observer.
``company.json``
    Seed, settings, ``as_of``, counts.

Numbers that shape the company stand in `winback.simulation.company` and `winback.simulation.effects`.
"""

from winback.simulation.outreach import Interventions
from winback.simulation.simulate import SimulationSummary, look_ahead, simulate
from winback.simulation.world import World

__all__ = ["Interventions", "SimulationSummary", "World", "look_ahead", "simulate"]
