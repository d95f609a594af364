"""All that is asked of everyone when customers are explained, asked at once."""

from __future__ import annotations

import numpy as np

from winback.history import History
from winback.reasons.evidence import Case, lines_of
from winback.reasons.grievances import grievances_of
from winback.reasons.leaving import median_gaps, usual_gap
from winback.settings import Settings


def ask_questions(history: History, settings: Settings) -> None:
    """Ask everyone what is needed to explain customers at a history's end, and explain nobody.

    Parameters
    ----------
    history : History
        Of some customers; its ``everyone`` takes note.
    settings : Settings
        Reads ``features``.
    """
    purchases = history.purchases()
    usual_gap(history, "orders", median_gaps(purchases.at, purchases.offsets))
    grievances_of(history, settings.features)
    nobody, never = np.empty(0, np.int32), np.empty(0, np.int64)
    for _ in lines_of(Case(history, history.ends_at, nobody, never, never, never, settings)):
        pass
