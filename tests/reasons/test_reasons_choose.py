"""What a row shows: statements first, then what facts support, else unknown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from winback.errors import SettingsError
from winback.reasons import UNKNOWN, WORDS, Reasons, reason_of_word
from winback.reasons.agreement import compare
from winback.reasons.confidence import HONESTY, Confidence
from winback.reasons.reasons import choose
from winback.reasons.stated import Stated
from winback.reasons.words import check_exit_words

PRICE, DELIVERY, SERVICE, COMPETITOR = (WORDS.index(word) for word in ("price", "delivery", "service", "competitor"))
NONE = WORDS.index(UNKNOWN)


def row(**probabilities):
    result = np.zeros((1, len(WORDS)))
    for word, value in probabilities.items():
        result[0, WORDS.index(word)] = value
    return result


def nobody(n=1):
    return Stated.nothing(n)


def saying(*codes):
    n = len(codes)
    return Stated(np.array(codes, np.int8), np.zeros(n, np.int64), np.zeros(n, bool))


def everything(n=1):
    return np.ones((n, len(WORDS)), bool)


def test_most_probable_supported_reasons_come_first():
    probability = row(delivery=0.5, price=0.2, service=0.1, conflict=0.02)
    choice = choose(probability / probability.sum(), probability, everything(), nobody(), 0.3, Confidence())
    assert choice.code.tolist() == [[DELIVERY, PRICE, SERVICE]]
    np.testing.assert_allclose(choice.confidence, Confidence().of(np.array([0.5])))
    np.testing.assert_allclose(choice.share[0], np.array([0.5, 0.2, 0.1]) / 0.82)


def test_a_reason_without_evidence_is_never_shown():
    supported = everything()
    supported[0, DELIVERY] = False
    probability = row(delivery=0.5, price=0.4)
    choice = choose(probability, probability, supported, nobody(), 0.3, Confidence())
    assert choice.code.tolist() == [[PRICE, -1, -1]]


def test_below_the_confidence_the_first_reason_is_unknown_and_the_others_follow():
    probability = row(delivery=0.25, price=0.15)
    threshold = float(Confidence().of(np.array([0.26]))[0])
    choice = choose(probability / 0.4, probability, everything(), nobody(), threshold, Confidence())
    assert choice.code.tolist() == [[NONE, DELIVERY, PRICE]]
    assert np.isnan(choice.confidence[0])
    assert np.isnan(choice.share[0, 0])


def test_without_any_grievance_nothing_is_invented():
    choice = choose(row(), row(), everything(), nobody(), 0.0, Confidence())
    assert choice.code.tolist() == [[NONE, -1, -1]]
    assert np.isnan(choice.confidence[0])


def test_what_the_customer_said_outranks_what_is_inferred():
    probability = row(delivery=0.7)
    stated = saying(COMPETITOR)
    choice = choose(
        row(delivery=1.0), probability, np.zeros((1, len(WORDS)), bool) | (probability > 0), stated, 0.3, Confidence()
    )
    assert choice.code.tolist() == [[COMPETITOR, DELIVERY, -1]]
    assert choice.is_stated.tolist() == [True]
    assert choice.confidence.tolist() == [HONESTY]
    assert np.isnan(choice.share[0, 0])
    assert choice.share[0, 1] == 1


@settings(max_examples=50, deadline=None)
@given(
    probability=arrays(float, (6, len(WORDS) - 1), elements=st.floats(0, 1 / 11)),
    supported=arrays(bool, (6, len(WORDS) - 1)),
    said=arrays(np.int8, 6, elements=st.integers(-1, len(WORDS) - 2)),
    threshold=st.floats(0, 0.1),
)
def test_every_row_shows_one_to_three_different_supported_reasons(probability, supported, said, threshold):
    probability = np.column_stack([probability, np.zeros(6)])
    supported = np.column_stack([supported, np.zeros(6, bool)])
    total = probability.sum(axis=1, keepdims=True)
    share = np.divide(probability, total, out=np.zeros_like(probability), where=total > 0)
    choice = choose(share, probability, supported, saying(*said), threshold, Confidence())
    claims = choice.code[:, 0] != NONE
    assert (np.isnan(choice.confidence) == ~claims).all()
    assert ((choice.confidence[claims] >= threshold) & (choice.confidence[claims] <= 1)).all()
    for number in range(6):
        shown = [code for code in choice.code[number] if code >= 0]
        assert choice.code[number, 0] >= 0
        assert len(set(shown)) == len(shown)
        inferred = [code for code in shown if code not in (said[number], NONE)]
        assert all(supported[number, code] and probability[number, code] > 0 for code in inferred)
        # permuting rows permutes results: a row never depends on the others
        alone = choose(
            share[[number]],
            probability[[number]],
            supported[[number]],
            saying(said[number]),
            threshold,
            Confidence(),
        )
        assert alone.code.tolist() == choice.code[[number]].tolist()


def test_totals_add_up_to_all_rows():
    code = np.array([[PRICE, -1, -1], [DELIVERY, PRICE, -1], [PRICE, -1, -1], [NONE, -1, -1]], np.int8)
    reasons = Reasons(code, np.full((4, 3), ""), np.zeros((4, 3)), np.ones(4), np.array([True, False, False, False]))
    totals = reasons.totals(np.array([1.0, 5.0, 2.0, 4.0]))
    assert list(totals) == ["delivery", "unknown", "price"]
    assert totals["price"] == {"customers": 2, "weight": 3.0, "stated": 1}
    assert reasons.words(0).tolist() == ["price", "delivery", "price", "unknown"]
    assert reasons.words(1).tolist() == ["", "price", "", ""]


def test_agreement_counts_only_what_tables_can_show():
    stated = np.array([PRICE, PRICE, DELIVERY, COMPETITOR, -1], np.int8)
    inferred = np.array([[PRICE, -1, -1], [NONE, PRICE, -1], [SERVICE, PRICE, -1], [PRICE, -1, -1], [PRICE, -1, -1]])
    agreement = compare(stated, inferred.astype(np.int8))
    assert agreement.asked == 3
    assert agreement.first_share == 1 / 3
    assert agreement.three_share == 2 / 3
    assert agreement.counts[PRICE, PRICE] == 1
    assert agreement.counts[COMPETITOR, PRICE] == 1
    assert agreement.counts.sum() == 4
    empty = compare(np.array([-1], np.int8), inferred[:1].astype(np.int8)).to_json()
    assert empty["first_share"] is None


def test_companies_words_are_understood_or_left_alone():
    assert reason_of_word("Переезд", {}) == "life_event"
    assert reason_of_word("manager-change", {}) == "manager_change"
    assert reason_of_word("code 17", {}) == UNKNOWN
    assert reason_of_word("code 17", {"Code 17": "assortment"}) == "assortment"


def test_a_dictionary_with_words_that_are_no_reasons_is_refused():
    with pytest.raises(SettingsError, match="cannot be understood") as caught:
        check_exit_words({"a": "prize", "b": "price", "c": "x"})
    assert "reasons.exit_words.a: 'prize' is no reason (did you mean 'price'?)" in str(caught.value)
    assert "exit_words.c" in str(caught.value)
    assert "exit_words.b" not in str(caught.value)
