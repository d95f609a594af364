"""What an ideal observer knows about who has left.

It knows every grievance, every rhythm and every law of the demo company, and sees all tables, but not the
customer's mind: whether a silent customer is gone it must infer. It keeps the probability of every phase of every
customer by the forward recursion of a hidden Markov model. No honest model can rank better than it; a truth that
knew the phase itself would set a bar that nobody can reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import CAUSES, FADE_END, FADE_SHARE

Floats = NDArray[np.float64]


@dataclass
class Belief:
    """Probabilities of the phases; between weeks they add up to 1 for each customer, within a week up to a factor.

    Parameters
    ----------
    active : ndarray of float, shape (n,)
    fading, gone : ndarray of float, shape (n, causes)
        Also by the cause for which the customer is leaving or has left.
    returning : ndarray of float, shape (n,)
        Within a week: returned and about to order. Zero between weeks.
    """

    active: Floats
    fading: Floats
    gone: Floats
    returning: Floats

    @classmethod
    def of_active(cls, count: int) -> Belief:
        """Everyone is active."""
        nobody = np.zeros((count, len(CAUSES)))
        return cls(np.ones(count), nobody.copy(), nobody.copy(), np.zeros(count))

    def leave(self, leaving: Floats, causes: Floats, returning: Floats) -> None:
        """Advance by a week's chances.

        Parameters
        ----------
        leaving : ndarray of float, shape (n,)
            Chance that an active customer leaves.
        causes : ndarray of float, shape (n, causes)
            Chance of each cause, given that it leaves.
        returning : ndarray of float, shape (n, causes)
            Chance that one who is gone returns by itself.
        """
        back = self.gone * returning
        ended = self.fading * FADE_END
        left = (self.active * leaving)[:, None] * causes
        self.gone += ended - back + left * (1 - FADE_SHARE)
        self.fading += left * FADE_SHARE - ended
        self.active = self.active * (1 - leaving)
        self.returning = self.returning + back.sum(axis=1)

    def persuade(self, rows: NDArray[np.int64], chance: Floats, driven_off: Floats, cause: int) -> None:
        """Apply an action to some customers.

        Parameters
        ----------
        rows : ndarray of int
        chance : ndarray of float, shape (rows, causes)
            That a customer who is fading or gone for the cause comes back.
        driven_off : ndarray of float, shape (rows,)
            Chance that an active customer starts to fade, for ``cause``.
        """
        won = self.gone[rows] * chance + self.fading[rows] * chance
        self.gone[rows] *= 1 - chance
        self.fading[rows] *= 1 - chance
        self.returning[rows] += won.sum(axis=1)
        self.fading[rows, cause] += self.active[rows] * driven_off
        self.active[rows] *= 1 - driven_off

    def see(self, active: Floats, fading: Floats, gone: Floats, returning: Floats | None = None) -> None:
        """Take in evidence: its likelihood in each phase, shape (n,)."""
        self.active = self.active * active
        self.fading *= fading[:, None]
        self.gone *= gone[:, None]
        if returning is not None:
            self.returning = self.returning * returning

    def know_gone(self, rows: NDArray[np.int64], cause: NDArray[np.int64]) -> None:
        """Hear from the customers themselves that they have left, and why."""
        self.active[rows] = 0
        self.fading[rows] = 0
        self.gone[rows] = 0
        self.gone[rows, cause] = 1

    def settle(self) -> None:
        """End the week: who returned is active from now on, and probabilities add up to 1 again."""
        self.active = self.active + self.returning
        self.returning = np.zeros_like(self.returning)
        self._normalise()

    def _normalise(self) -> None:
        total = self.active + self.fading.sum(axis=1) + self.gone.sum(axis=1)
        lost = total <= 0
        if lost.any():
            # evidence that every phase calls impossible would be a mistake of this module
            raise FloatingPointError(f"impossible evidence for {int(lost.sum())} customers of the demo company")
        self.active = self.active / total
        self.fading /= total[:, None]
        self.gone /= total[:, None]
