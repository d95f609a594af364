"""What actions change: assumed at first, then measured against holdouts."""

from winback.response.effects import Effects, assumed_effects
from winback.response.evidence import OfferOutcomes
from winback.response.learning import learn_effects

__all__ = ["Effects", "OfferOutcomes", "assumed_effects", "learn_effects"]
