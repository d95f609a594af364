"""Confidence grows with the chance, and a company's own statements move it, the more of them the further."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from winback.reasons.confidence import HONESTY, Confidence, fit_confidence


def answers(n, agreeing, chance=0.3):
    """So many customers with that chance of their first reason, a share of whom said just that."""
    return np.tile([chance, 0.05], (n, 1)), np.where(np.arange(n) < agreeing * n, 0, 1).astype(np.int8)


@given(st.floats(-1, 1), st.lists(st.floats(0, 1), min_size=2, max_size=9, unique=True))
def test_confidence_is_a_share_that_grows_with_the_chance(shift, chances):
    believed = Confidence(shift).of(np.array(sorted(chances)))
    assert ((believed >= 0) & (believed <= 1)).all()
    assert (np.diff(believed) >= 0).all()


def test_many_statements_move_the_map_to_what_they_say():
    """With very many, the confidence is the share that agrees, corrected for those that are not honest."""
    for right in (0.35, 0.6):
        chance, said = answers(20_000, HONESTY * right)
        moved = fit_confidence(chance, said)
        assert abs(float(moved.of(np.array([0.3]))[0]) - right) < 0.02


def test_few_statements_move_it_less():
    shifts = [fit_confidence(*answers(n, 0.1)).shift for n in (10, 100, 1000)]
    assert 0 > shifts[0] > shifts[1] > shifts[2]


def test_nothing_moves_it_without_statements_or_evidence():
    assert fit_confidence(np.zeros((0, 12)), np.zeros(0, np.int8)).shift == 0
    assert fit_confidence(np.zeros((5, 12)), np.zeros(5, np.int8)).shift == 0


def test_an_answer_that_means_no_reason_disagrees():
    chance, said = answers(300, 0.5)
    vague = np.where(said == 1, 11, said).astype(np.int8)
    assert fit_confidence(np.pad(chance, ((0, 0), (0, 10))), vague).shift == fit_confidence(chance, said).shift
