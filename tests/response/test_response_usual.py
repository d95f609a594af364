"""Effects that fade with silence, and what actions of well-known names usually do."""

from __future__ import annotations

import numpy as np
import pytest

from winback.actions import Actions
from winback.response import Effects, OfferOutcomes, assumed_effects, learn_effects
from winback.response.fading import HALF_LIVES, Fading
from winback.response.usual import usual_saves
from winback.settings import ActionSettings

NAMES = ("apology", "phone_call", "price_offer", "service_offer", "loyalty_bonus", "director_guarantee")
REASONS = ("conflict", "delivery", "loyalty", "neglect", "price", "service")


def actions_of(names: tuple[str, ...], save: float | dict[str, float] = 0.15) -> Actions:
    return Actions.from_settings({name: ActionSettings(contact_cost=10, save_probability=save) for name in names})


def simulated_log(
    rng: np.random.Generator, names: tuple[str, ...], saves: np.ndarray, n: int, half_life: float = np.inf
) -> OfferOutcomes:
    action, reason = rng.integers(0, len(names), n), rng.integers(0, len(REASONS), n)
    population, treated = rng.integers(0, 2, n), rng.random(n) >= 0.2
    silence = np.where(population == 1, rng.uniform(90, 700, n), rng.uniform(0, 90, n))
    churn = np.where(population == 1, rng.beta(8, 2, n), rng.beta(2, 6, n))
    left = 0.5 ** (silence / half_life)
    kept = rng.random(n) < 1 - churn + treated * churn * saves[action, reason] * left
    return OfferOutcomes.of(
        action=np.array(names, dtype=object)[action],
        reason=np.array(REASONS, dtype=object)[reason],
        population=population,
        churn_probability=churn,
        treated=treated,
        kept=kept,
        silence_days=silence,
    )


def learned_saves(effects: Effects) -> np.ndarray:
    columns = [effects.layout.reasons.index(reason) for reason in REASONS]
    return effects.parts()[:, 0].reshape(effects.layout.shape).mean(axis=1)[:, columns]


def concordance(learned: np.ndarray, truth: np.ndarray, apart: float) -> float:
    """Share of pairs of actions, reason by reason, in the true order; of those that are truly apart."""
    right = []
    for reason in range(truth.shape[1]):
        for one in range(len(truth)):
            for other in range(one):
                difference = truth[one, reason] - truth[other, reason]
                if abs(difference) >= apart:
                    right.append(difference * (learned[one, reason] - learned[other, reason]) > 0)
    return float(np.mean(right))


def test_two_thousand_offers_rank_actions_nobody_has_heard_of() -> None:
    names, shares = tuple(f"own_{code}" for code in range(6)), []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        saves = rng.uniform(0.0, 0.08, (6, 6))
        for reason in range(6):
            right, helpful = rng.permutation(6)[:2]
            saves[right, reason], saves[helpful, reason] = rng.uniform(0.35, 0.5), rng.uniform(0.15, 0.25)
        learned = learned_saves(learn_effects(actions_of(names), simulated_log(rng, names, saves, 2000)))
        shares.append(concordance(learned, saves, 0.1))
    assert np.mean(shares) > 0.8


def test_what_is_usual_is_found_under_a_flat_assumption_where_it_holds() -> None:
    truth, known, unknown = usual_saves(NAMES, REASONS), [], []
    anonymous = tuple(f"own_{code}" for code in range(len(NAMES)))
    for seed in range(4):
        for names, shares in ((NAMES, known), (anonymous, unknown)):
            log = simulated_log(np.random.default_rng(seed), names, truth, 2000)
            shares.append(concordance(learned_saves(learn_effects(actions_of(names), log)), truth, 0.05))
    assert np.mean(known) > 0.85
    assert np.mean(known) > np.mean(unknown) + 0.05


def test_what_is_usual_gives_way_where_the_log_shows_otherwise() -> None:
    truth = usual_saves(NAMES, REASONS)[:, ::-1] * 2
    shares = []
    for seed in range(4):
        log = simulated_log(np.random.default_rng(seed), NAMES, truth, 6000)
        shares.append(concordance(learned_saves(learn_effects(actions_of(NAMES), log)), truth, 0.1))
    assert np.mean(shares) > 0.75


def test_own_assumptions_stand_until_there_is_evidence() -> None:
    effects = assumed_effects(actions_of(NAMES), REASONS)
    assert learned_saves(effects) == pytest.approx(np.full((6, 6), 0.15))
    assert effects.fading == Fading()


def test_what_is_usual_says_nothing_beyond_an_assumption_that_is_usual() -> None:
    reasons = (*REASONS, "default")
    usual = usual_saves(("price_offer",), reasons)[0]
    own = actions_of(("price_offer",), dict(zip(reasons, usual.tolist(), strict=True)))
    by_action, by_reason = assumed_effects(own, REASONS).layout.unusual()
    assert by_action == pytest.approx(0)
    assert by_reason == pytest.approx(0)


def test_effects_that_fade_are_seen_to_fade() -> None:
    names, saves = ("one", "two"), np.full((2, len(REASONS)), 0.5)
    half_lives = []
    for seed in range(4):
        log = simulated_log(np.random.default_rng(seed), names, saves, 6000, half_life=120.0)
        effects = learn_effects(actions_of(names), log)
        half_lives.append(effects.fading.half_life_days)
        codes, churn = effects.reason_codes(np.full(2, "price", dtype=object)), np.full(2, 0.8)
        population, silence = np.ones(2, dtype=np.int8), np.array([100.0, 500.0])
        recent, long_gone = effects.uplift(0, population, codes, churn, silence)
        assert recent > 0.1
        assert long_gone < recent / 2
        low, high = effects.uplift_interval(np.zeros(2, dtype=np.int64), population, codes, churn, silence)
        assert high[1] - low[1] < high[0] - low[0]
    assert np.median(half_lives) in HALF_LIVES[3:]


def test_effects_that_last_are_not_taken_to_fade() -> None:
    names, saves = ("one", "two"), np.full((2, len(REASONS)), 0.5)
    log = simulated_log(np.random.default_rng(3), names, saves, 8000)
    assert learn_effects(actions_of(names), log).fading.half_life_days >= 720


def test_a_log_without_the_last_orders_fades_nothing() -> None:
    names, saves = ("one", "two"), np.full((2, len(REASONS)), 0.3)
    rng = np.random.default_rng(5)
    log = simulated_log(rng, names, saves, 1000)
    blind = OfferOutcomes.of(
        action=log.action, reason=log.reason, population=log.population, treated=log.treated, kept=log.kept,
        churn_probability=log.churn_probability,
    )  # fmt: skip
    assert learn_effects(actions_of(names), blind).fading == Fading()


def test_acceptance_is_counted_where_the_log_tells() -> None:
    gift = ActionSettings(contact_cost=10, offer_cost=50, accept_probability=0.6, save_probability=0.1)
    actions = Actions.from_settings({"gift": gift, "other": gift})
    taken = np.array([1.0] * 30 + [0.0] * 120 + [np.nan] * 500)
    treated = np.ones(len(taken), dtype=bool)
    treated[-100:] = False
    log = OfferOutcomes.of(
        action=["gift"] * len(taken), treated=treated, kept=treated, accepted=taken, population=np.ones(len(taken))
    )
    effects = learn_effects(actions, log)
    # 0.6 counts for 50 customers: (30 + 30) / (50 + 150)
    assert effects.accept[0].tolist() == pytest.approx([0.6, 0.3])
    assert effects.accept_customers[0].tolist() == [50, 200]
    assert effects.accept[1].tolist() == pytest.approx([0.6, 0.6])
    assert Effects.from_content(effects.content()).accept.tolist() == effects.accept.tolist()


def test_one_number_says_nothing_of_reasons_and_several_do() -> None:
    rng = np.random.default_rng(3)
    flat, usual = np.full((6, 6), 0.15), usual_saves(NAMES, REASONS)
    log = simulated_log(rng, NAMES, flat, 60)
    silent = learn_effects(actions_of(NAMES), log)
    # after sixty offers the pattern over reasons is still the usual one, about the assumed level
    pattern = learned_saves(silent) - learned_saves(silent).mean(axis=1, keepdims=True)
    beyond = usual - usual.mean(axis=1, keepdims=True)
    assert np.corrcoef(pattern.ravel(), beyond.ravel())[0, 1] > 0.9
    # who states reasons, if only one apart from the others, is believed instead
    stated = learn_effects(actions_of(NAMES, {"default": 0.15, "loyalty": 0.16}), log)
    assert learned_saves(stated).std(axis=1).mean() < pattern.std(axis=1).mean() / 2


def test_the_log_undoes_a_pattern_that_does_not_hold() -> None:
    rng = np.random.default_rng(4)
    usual = usual_saves(NAMES, REASONS)
    reversed_saves = np.clip(2 * usual.mean() - usual, 0, 1)
    learned = learned_saves(learn_effects(actions_of(NAMES), simulated_log(rng, NAMES, reversed_saves, 12_000)))
    assert concordance(learned, reversed_saves, 0.1) > 0.8
