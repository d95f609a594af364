"""Why customers leave: reasons from what was done to them, with evidence, below what they say themselves."""

from winback.reasons import exhibits as _exhibits  # noqa: F401  (registers all kinds of evidence)
from winback.reasons.agreement import Agreement, compare
from winback.reasons.leaving import Leaving, leaving_of
from winback.reasons.model import Inference, ReasonModel, fit_reason_model
from winback.reasons.questions import ask_questions
from winback.reasons.reasons import SHOWN, Reasons
from winback.reasons.words import UNKNOWN, WORDS, reason_of_word

__all__ = [
    "SHOWN",
    "UNKNOWN",
    "WORDS",
    "Agreement",
    "Inference",
    "Leaving",
    "ReasonModel",
    "Reasons",
    "ask_questions",
    "compare",
    "fit_reason_model",
    "leaving_of",
    "reason_of_word",
]
