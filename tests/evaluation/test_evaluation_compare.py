"""Challenger against champion: paired, in ranking, calibration (also cutoff by cutoff) and money."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.evaluation import Comparison, Estimate, compare
from winback.evaluation.compare import calibration_by_cutoff, captured
from winback.snapshots import Snapshots

N = 4000


class World:
    """Customers of both populations at two cutoffs, with a true probability of leaving."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.true = rng.beta(1, 2, N)
        self.labels = (rng.random(N) < self.true).astype(np.int8)
        customer = np.arange(N, dtype=np.int32) // 2
        self.rows = Snapshots(customer, np.arange(N, dtype=np.int64) % 2, (customer % 4 == 0).astype(np.int8))
        self.money = rng.gamma(1, 100, N)
        self.noise = rng.normal(size=N)

    def against(self, challenger: np.ndarray, champion: np.ndarray) -> Comparison:
        return compare(challenger, champion, self.labels, self.rows, self.money, samples=100, seed=1)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_a_model_against_itself_is_neither_better_nor_worse(world: World) -> None:
    found = world.against(world.true, world.true)
    gains = [gain for part in found.gains.values() for gain in part.values()] + [found.money]
    assert {(gain.value, gain.low, gain.high) for gain in gains} <= {(0.0, 0.0, 0.0), (-0.0, -0.0, -0.0)}
    assert set(found.gains) == {"active", "lapsed"}
    assert set(found.gains["active"]) == {"auc", "calibration_error", "calibration_by_cutoff"}
    assert found.worse(0.0) == []
    assert (found.rows, found.customers) == (N, N // 2)


def test_losing_order_is_refused_and_gaining_it_is_not(world: World) -> None:
    noisy = 1 / (1 + np.exp(-(np.log(world.true / (1 - world.true)) + 2 * world.noise)))
    said = " / ".join(world.against(noisy, world.true).worse(0.01))
    assert "active: auc is worse by 0." in said
    assert "lapsed: auc" in said
    assert "money of leavers in the top tenth is worse" in said
    better = world.against(world.true, noisy)
    assert better.worse(0.01) == []
    assert better.gains["active"]["auc"].low > 0


def test_probabilities_that_are_too_high_are_refused_though_the_order_is_the_same(world: World) -> None:
    found = world.against(np.sqrt(world.true), world.true).worse(0.01)
    assert {entry.split(" is worse")[0] for entry in found} >= {
        "active: calibration error",
        "lapsed: calibration error",
    }
    assert not [entry for entry in found if "auc" in entry]


def test_errors_that_cancel_over_the_year_are_seen_at_each_cutoff(world: World) -> None:
    seasonal = np.clip(world.true + np.where(world.rows.cutoff == 0, 0.08, -0.08), 0.001, 0.999)
    found = world.against(seasonal, world.true)
    assert "active: calibration by cutoff is worse by 0.0" in " ".join(found.worse(0.01))
    pooled, by_cutoff = (found.gains["active"][name].value for name in ("calibration_error", "calibration_by_cutoff"))
    assert by_cutoff < 2 * pooled < 0, "over all cutoffs together most of it cancels"


def gate(value: float, low: float, high: float) -> list[str]:
    nothing = Estimate(0.0, 0.0, 0.0)
    return Comparison({"active": {"auc": Estimate(value, low, high)}}, nothing, 1, 1).worse(0.01)


@pytest.mark.parametrize(
    ("value", "low", "high", "refused"),
    [
        (-0.005, -0.007, -0.003, False),  # surely worse, but by less than the tolerance
        (-0.05, -0.11, 0.01, False),  # perhaps much worse, perhaps better
        (-0.02, -0.03, -0.001, True),
        (0.02, 0.01, 0.03, False),
    ],
)
def test_only_what_is_both_sure_and_large_is_refused(value: float, low: float, high: float, refused: bool) -> None:
    assert bool(gate(value, low, high)) is refused


def test_what_cannot_be_measured_is_no_objection() -> None:
    unknown = Estimate(None, None, None)
    assert Comparison({"active": {"auc": unknown}}, unknown, 0, 0).worse(0.0) == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_captured_money_equals_counting_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 25))
    score, money = rng.permutation(n).astype(float), rng.integers(0, 5, n).astype(float)
    weights = rng.integers(0, 3, (4, n)).astype(float)
    for found, times in zip(captured(score, money, weights, 0.3), weights.astype(int), strict=True):
        listed = sorted(((score[i], money[i]) for i in range(n) for _ in range(times[i])), reverse=True)
        whole = sum(worth for _, worth in listed)
        if whole == 0:
            assert np.isnan(found)
            continue
        length = 0.3 * len(listed)
        inside = sum(worth for _, worth in listed[: int(length)])
        inside += (length - int(length)) * listed[int(length)][1] if int(length) < len(listed) else 0
        # rows of one customer drawn twice are one tie, in which money lies evenly
        assert found == pytest.approx(inside / whole)


def test_equal_scores_share_their_money() -> None:
    assert captured(np.zeros(4), np.array([8.0, 0, 0, 0]), np.ones((1, 4)), 0.5).tolist() == [0.5]


def test_calibration_by_cutoff_weighs_cutoffs_by_their_rows() -> None:
    score, labels = np.array([0.5, 0.5, 0.5, 0.2]), np.array([1, 0, 1, 1])
    found = calibration_by_cutoff(score, labels, np.array([3, 1, 1, 3]), np.array([[1, 1, 1, 1], [1, 1, 1, 0]]))
    assert found == pytest.approx([(abs(0.5 - 1 + 0.2 - 1) + 0) / 4, 0.5 / 3])
