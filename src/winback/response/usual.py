"""What actions of well-known names usually do, reason by reason."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from winback.settings import ActionSettings

Floats = NDArray[np.float64]


def usual_saves(actions: tuple[str, ...], reasons: tuple[str, ...]) -> Floats:
    """Return the save probabilities that a new project's settings assume for actions of these names.

    A company may assume otherwise, or nothing in particular (the same number for everything). Which of the two its
    log speaks for is learned by a weight common to all actions.

    Returns
    -------
    ndarray of float64, shape (actions, reasons)
        nan for an action whose name says nothing.

    Examples
    --------
    >>> usual_saves(("price_offer", "our_own"), ("price", "default"))
    array([[0.25, 0.08],
           [ nan,  nan]])
    """
    known = _template()
    rows = [[known[name].save_probability_for(word) for word in reasons] if name in known else [] for name in actions]
    return np.array([row or [np.nan] * len(reasons) for row in rows], dtype=np.float64).reshape(-1, len(reasons))


@cache
def _template() -> dict[str, ActionSettings]:
    text = files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8")
    return {name: ActionSettings(**action) for name, action in yaml.safe_load(text)["actions"].items()}
