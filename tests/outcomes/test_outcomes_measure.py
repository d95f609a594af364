"""Past cycles are measured against their holdouts, and nothing is claimed without one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from winback.outcomes import measure
from winback.response import OfferOutcomes
from winback.response.strata import MIN_STRATUM, control_strata
from winback.texts import Texts


def simulated(seed: int, n: int = 600, uplift: float = 0.1, holdout: float = 0.2, **columns: object) -> OfferOutcomes:
    rng = np.random.default_rng(seed)
    treated = rng.random(n) >= holdout
    kept = rng.random(n) < 0.4 + uplift * treated
    margin = kept * rng.lognormal(5, 1, n)
    made = {"action": ["call"] * n, "cycle": ["2024-01-01"] * n, "cost": np.where(treated, 10.0, 0.0)}
    return OfferOutcomes.of(**(made | {"treated": treated, "kept": kept, "margin": margin} | columns))


def test_worked_example() -> None:
    # 80 treated of whom 40 kept, 20 held out of whom 5 kept: 40 − 80 × 1/4 = 20 kept because of it
    log = OfferOutcomes.of(
        action=["gift"] * 100,
        cycle=["2024-01-01"] * 100,
        treated=[True] * 80 + [False] * 20,
        kept=[True] * 40 + [False] * 40 + [True] * 5 + [False] * 15,
        margin=[100.0] * 40 + [0.0] * 40 + [100.0] * 5 + [0.0] * 15,
        cost=[5.0] * 80 + [0.0] * 20,
    )
    (whole,) = measure(log).of("all")
    assert (whole.contacted, whole.held_out, whole.kept_treated, whole.kept_holdout) == (80, 20, 40, 5)
    assert whole.incremental_customers == pytest.approx(20)
    assert whole.incremental_margin == pytest.approx(2000)
    assert whole.cost == 400
    assert whole.net == pytest.approx(1600)
    assert whole.return_on_cost == pytest.approx(4)
    assert whole.incremental_low is not None
    assert whole.incremental_low < 20 < whole.incremental_high


def test_interval_covers_the_truth_nine_times_in_ten() -> None:
    hits = []
    for seed in range(200):
        log = simulated(seed, n=300)
        (whole,) = measure(log).of("all")
        hits.append(whole.incremental_low <= 0.1 * whole.contacted <= whole.incremental_high)
    assert 0.85 <= np.mean(hits) <= 0.95


def test_without_holdout_nothing_is_called_won_back() -> None:
    log = simulated(1, holdout=0.0)
    for group in measure(log).groups:
        assert group.statement == "outcomes-no-control"
        assert group.incremental_customers is None
        assert group.incremental_margin is None
        assert group.net is None


def test_open_windows_are_listed_and_not_counted() -> None:
    log = simulated(2, n=200, cycle=["2024-01-01"] * 100 + ["2024-02-01"] * 100, complete=[True] * 100 + [False] * 100)
    made = measure(log)
    assert made.open_cycles == ("2024-02-01",)
    closed, still_open = made.of("cycle")
    assert closed.contacted + closed.held_out == 100
    assert (still_open.statement, still_open.contacted, still_open.open) == ("outcomes-open", 0, 100)


def test_a_changing_share_of_holdouts_does_not_bias() -> None:
    # first cycle: half held out, everybody kept; second: a tenth held out, nobody kept; no effect in either
    cycle = ["a"] * 200 + ["b"] * 200
    treated = [True, False] * 100 + ([True] * 9 + [False]) * 20
    kept = [True] * 200 + [False] * 200
    (whole,) = measure(OfferOutcomes.of(action=["x"] * 400, cycle=cycle, treated=treated, kept=kept)).of("all")
    assert whole.incremental_customers == 0
    assert whole.statement == "outcomes-cannot-tell"


def test_missing_margin_or_cost_leaves_money_out() -> None:
    (whole,) = measure(simulated(3, margin=np.full(600, np.nan))).of("all")
    assert whole.incremental_customers is not None
    assert whole.incremental_margin is None
    assert whole.net is None


def test_order_of_rows_changes_nothing() -> None:
    log = simulated(4, cycle=[f"c{i % 7}" for i in range(600)], manager_id=[f"m{i % 3}" for i in range(600)])
    order = np.random.default_rng(0).permutation(len(log))
    there, back = measure(log).content(), measure(log.rows(order)).content()
    for one, other in zip(there["groups"], back["groups"], strict=True):
        assert one["name"] == other["name"]
        assert one["incremental_customers"] == pytest.approx(other["incremental_customers"])


def test_empty_log_gives_nothing() -> None:
    made = measure(OfferOutcomes.of(action=[], treated=[], kept=[]))
    assert made.groups == ()


def test_small_cycles_are_put_together() -> None:
    cycle = np.array([f"{i:02d}" for i in range(20) for _ in range(4)], dtype=object)
    treated = np.arange(80) % 4 != 0
    strata = control_strata(cycle, treated)
    for stratum in np.unique(strata):
        assert (~treated[strata == stratum]).sum() >= MIN_STRATUM
    assert (np.diff(strata) >= 0).all()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(("uplift", "n"), [(0.3, 600), (-0.3, 600), (0.0, 600), (0.0, 12)])
def test_every_statement_can_be_worded(language: str, uplift: float, n: int) -> None:
    texts = Texts(language, "EUR")
    made = measure(simulated(5, uplift=uplift, n=n))
    json.dumps(made.content(), allow_nan=False)
    for group in made.groups:
        assert texts.format(group.statement, **group.detail())


def test_harm_is_said() -> None:
    (whole,) = measure(simulated(6, uplift=-0.3, n=2000)).of("all")
    assert whole.statement == "outcomes-loss"
