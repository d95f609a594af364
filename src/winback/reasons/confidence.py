"""How likely a first reason is right: a map fitted on companies with known causes, moved by a company's own statements.

The chance that the hazard model gives a reason is too sure of itself or not sure enough: some of those who fell silent
have not left, rates are estimates, and the largest of several guesses flatters itself. Its log-odds are mapped on a
straight line (Platt scaling) whose constants were fitted on nine demo companies of several kinds:
``python -m benchmarks.reasons --calibrate``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, xlog1py, xlogy

#: Slope and shift of the map; see the module for their source.
SLOPE, SHIFT = 0.64, 0.31
#: How often people say the true reason when asked. An assumption: nobody can measure it.
HONESTY = 0.8
#: Standard deviation of the shift between companies: so far a company's own statements can move it easily.
SPREAD = 0.2
#: Shifts that are tried.
_SHIFTS = np.linspace(-1, 1, 201)


@dataclass(frozen=True)
class Confidence:
    """The map from the chance of a reason to the confidence in it.

    Parameters
    ----------
    shift : float
        Of this company, added to `SHIFT`.

    Examples
    --------
    >>> confidence = Confidence()
    >>> bool((np.diff(confidence.of(np.array([0.0, 0.1, 0.5]))) > 0).all()), float(confidence.of(np.array([0.0]))[0])
    (True, 0.0)
    """

    shift: float = 0.0

    def of(self, chance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how likely a first reason with that chance is right."""
        with np.errstate(divide="ignore"):
            return np.asarray(expit(SLOPE * logit(chance) + SHIFT + self.shift))


def fit_confidence(chance: NDArray[np.float64], said: NDArray[np.int8]) -> Confidence:
    """Move the map by what a company's own customers said: the shift of largest posterior probability.

    Parameters
    ----------
    chance : float64[n, words]
        Of the inferred reasons of customers that were asked why they left, inferred without knowing what they said; 0
        where nothing speaks for a reason.
    said : int8[n]
        What they said, as a column of ``chance``; an answer that means no reason disagrees with all.

    Returns
    -------
    Confidence
        Not moved where nobody said anything.

    Examples
    --------
    >>> chance = np.tile([0.3, 0.1], (200, 1))
    >>> fit_confidence(chance[:0], np.zeros(0, np.int8)).shift
    0.0
    >>> mostly, rarely = (np.where(np.arange(200) < agree, 0, 1).astype(np.int8) for agree in (100, 20))
    >>> fit_confidence(chance, mostly).shift > 0 > fit_confidence(chance, rarely).shift
    True
    """
    first, some = chance.argmax(axis=1), chance.max(axis=1, initial=0) > 0
    agrees = (first == said)[some]
    shifts = _SHIFTS[:, None]
    # the more of the statements are not honest, the less an inference can agree with them
    expected = HONESTY * expit(SLOPE * logit(chance.max(axis=1, initial=0)[some]) + SHIFT + shifts)
    likelihood = xlogy(agrees, expected) + xlog1py(~agrees, -expected)
    posterior = likelihood.sum(axis=1) - (_SHIFTS / SPREAD) ** 2 / 2
    return Confidence(float(_SHIFTS[posterior.argmax()]))
