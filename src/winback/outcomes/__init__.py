"""What past cycles earned that would not have happened by itself."""

from winback.outcomes.measure import DIMENSIONS, GroupOutcome, Outcomes, measure

__all__ = ["DIMENSIONS", "GroupOutcome", "Outcomes", "measure"]
