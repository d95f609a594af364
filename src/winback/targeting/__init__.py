"""Whom to contact with what, within budget and capacities, and why not the others."""

from winback.targeting.budget import allocate_within, order_within
from winback.targeting.candidates import Candidates
from winback.targeting.decide import decide
from winback.targeting.decisions import DECISIONS, CurvePoint, Decisions, Totals
from winback.targeting.draws import keyed_draws
from winback.targeting.exclusions import exclusion_rules
from winback.targeting.limits import Prices

__all__ = [
    "DECISIONS",
    "Candidates",
    "CurvePoint",
    "Decisions",
    "Prices",
    "Totals",
    "allocate_within",
    "decide",
    "exclusion_rules",
    "keyed_draws",
    "order_within",
]
