"""Uplift of single customers: meta-learners that must beat the pooled estimate before they are believed."""

from winback.response.individual.contest import LEARNERS, Contest, choose_learner
from winback.response.individual.features import OfferFeatures
from winback.response.individual.learner import UpliftLearner, fit_beyond, fit_learner, load_learner, save_learner
from winback.response.individual.shifts import UpliftShifts, variance_of

__all__ = [
    "LEARNERS",
    "Contest",
    "OfferFeatures",
    "UpliftLearner",
    "UpliftShifts",
    "choose_learner",
    "fit_beyond",
    "fit_learner",
    "load_learner",
    "save_learner",
    "variance_of",
]
