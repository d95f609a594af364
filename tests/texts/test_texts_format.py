"""Messages are written right, or refused."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from winback.texts import LANGUAGES, TextError, Texts, load_catalogue

EN, RU = Texts("en", "EUR"), Texts("ru", "RUB")


def plain(text):
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 дней"),
        (1, "1 день"),
        (2, "2 дня"),
        (5, "5 дней"),
        (11, "11 дней"),
        (21, "21 день"),
        (22, "22 дня"),
        (111, "111 дней"),
        (1.5, "1,5 дня"),
        (5.04, "5 дней"),
        (41.2, "41 день"),
    ],
)
def test_russian_plurals_follow_the_number_that_is_shown(number, expected):
    assert RU.count(number, "days") == expected


@pytest.mark.parametrize(("number", "expected"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1.04, "1 day")])
def test_english_plurals_follow_the_number_that_is_shown(number, expected):
    assert EN.count(number, "days") == expected


def test_russian_counts_after_of_stand_in_the_genitive():
    shown = [RU.count(number, "deliveries-of") for number in (1, 4, 21, 25)]
    assert shown == ["1 поставки", "4 поставок", "21 поставки", "25 поставок"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_can_be_written_without_isolation_marks_or_leftovers(language):
    texts = Texts(language, "EUR")
    for message_id, variables in load_catalogue(language).variables.items():
        for number in (1, 2, 5, 1.5):
            values = dict.fromkeys(variables, number)
            values |= {name: date(2024, 5, 6) for name in variables & {"at", "on", "date", "from", "until"}}
            text = texts.format(message_id, **values)
            assert text.strip()
            assert not {"\u2068", "\u2069", "{", "}", "$"} & set(text), message_id


def test_unknown_id_is_refused_with_the_nearest_one():
    with pytest.raises(TextError, match="no text 'reason-prise' in language 'en'") as caught:
        EN.format("reason-prise")
    assert "did you mean 'reason-price'?" in str(caught.value)


def test_missing_arguments_are_refused_and_all_named():
    with pytest.raises(TextError, match="'reason-price-evidence-discount' needs before, now, which was not given"):
        EN.format("reason-price-evidence-discount")


def test_an_argument_that_cannot_be_written_is_refused():
    with pytest.raises(TextError, match="'reason-stated-evidence' cannot be written"):
        EN.format("reason-stated-evidence", at="yesterday")


def test_unknown_language_is_refused():
    with pytest.raises(TextError, match="no texts in language 'de'"):
        Texts("de")


@pytest.mark.parametrize(("language", "currency"), [("en", "EUR"), ("en", "USD"), ("ru", "RUB"), ("ru", "EUR")])
@given(amount=st.floats(-1e12, 1e12))
def test_money_is_written_as_babel_writes_it(language, currency, amount):
    # amounts that round to a half are left to the rounding rule of each
    locale = Locale.parse(language)
    pattern = locale.currency_formats["standard"].pattern
    texts = Texts(language, currency)
    whole = round(amount) + 0.25
    expected = format_currency(whole, currency, pattern.replace(".00", ""), locale, currency_digits=False)
    assert texts.money(whole, 0).replace("-", "") == expected.replace("-", "")
    assert texts.money(whole, 0).startswith("-") == (whole < -0.5)


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=st.integers(-(10**9), 10**9))
def test_numbers_and_shares_are_written_as_babel_writes_them(language, value):
    texts = Texts(language)
    assert texts.number(value) == format_decimal(value, locale=language)
    assert texts.percent(value / 100) == format_percent(value / 100, locale=language)


def test_small_money_keeps_its_cents_and_large_money_does_not():
    assert [EN.money(x) for x in (0, 3.5, 99.994, 100, 1234.5, -12)] == [
        "€0", "€3.50", "€99.99", "€100", "€1,234", "-€12.00",
    ]  # fmt: skip
    assert plain(RU.money(1234567)) == "1 234 567 ₽"
    assert EN.money(-0.001) == "€0.00"


def test_currency_without_cents_and_currency_without_a_sign():
    assert plain(Texts("en", "JPY").money(12)) == "¥12"
    assert plain(Texts("en", "CHF").money(120)) == "CHF 120"
    assert plain(Texts("ru", "CHF").money(120)) == "120 CHF"


def test_small_shares_keep_a_decimal():
    assert [EN.percent(x) for x in (0, 0.004, 0.07, 0.316)] == ["0%", "0.4%", "7%", "32%"]


def test_instants_are_shown_on_the_calendar_of_the_data():
    midnight = int(datetime(2024, 5, 5, 22, 0, tzinfo=ZoneInfo("UTC")).timestamp() * 1e6)
    moscow = Texts("ru", "RUB", ZoneInfo("Europe/Moscow"))
    assert moscow.date(np.int64(midnight)) == moscow.date(date(2024, 5, 6))
    assert plain(moscow.date(midnight)) == "6 мая 2024 г."
    assert plain(RU.format("reason-stated-evidence", at=midnight)).endswith("5 мая 2024 г.")


def test_numbers_of_numpy_are_numbers():
    assert EN.format("count-days", n=np.float32(3)) == EN.format("count-days", n=np.int8(3)) == "3 days"


def test_the_same_text_comes_with_and_without_memory():
    first = EN.format("count-days", n=7)
    assert EN.format("count-days", n=7) is first
    assert Texts("en", "EUR").format("count-days", n=7) == first
    # True == 1 == 1.0 are one key: they must also be one text
    assert EN.format("count-days", n=1.0) == EN.format("count-days", n=1)


def test_actions_of_a_company_are_shown_as_it_calls_them():
    assert EN.action("phone_call") == "phone call"
    assert RU.action("send_a_cake") == "send a cake"
    assert RU.reason("manager_change") == "смена менеджера"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_of_any_message_is_what_its_rows_are(language):
    texts = Texts(language, "EUR", zone=ZoneInfo("Europe/Berlin"))
    draw = np.random.default_rng(4)
    for message_id, variables in load_catalogue(language).variables.items():
        numbers = {name: draw.choice([0, 1, 1.04, 2, 3.05, 5, 21.4, 99.995, 1234.5], 40) for name in variables}
        dates = variables & {"at", "on", "date", "from", "until"}
        numbers |= {name: 1_711_800_000_000_000 + draw.integers(0, 3 * 86_400_000_000, 40) for name in dates}
        if not variables:
            continue
        one_by_one = [
            Texts.format(texts, message_id, **{name: values[row].item() for name, values in numbers.items()})
            for row in range(40)
        ]
        assert texts.column(message_id, **numbers).to_pylist() == one_by_one, message_id


#: Ties of every rounding, where it changes its step, and what stands next to them.
_EDGES = [
    np.nextafter(sign * edge, toward)
    for edge in (0.0, 0.0004, 0.005, 0.0095, 0.01, 0.015, 0.05, 0.125, 0.9995, 1.05, 9.95, 10.5, 99.995, 100.5, 2.5)
    for sign in (-1, 1)
    for toward in (-np.inf, sign * edge, np.inf)
]


@given(values=st.lists(st.sampled_from(_EDGES) | st.floats(-1e6, 1e6) | st.floats(-1, 1), min_size=1, max_size=60))
def test_a_column_rounds_as_its_rows_do(values):
    numbers = np.array(values)
    given_ = {"action": np.array(["call", "gift"] * 30, object)[: numbers.size], "net_value": numbers}
    given_ |= {"cost": numbers[::-1], "uplift": numbers / 10, "source": np.full(numbers.size, "assumed", object)}
    rows = [{name: given_[name].tolist()[row] for name in given_} for row in range(numbers.size)]
    assert EN.column("decision-contact", **given_).to_pylist() == [EN.format("decision-contact", **row) for row in rows]
    change = {"change": numbers, "others": numbers[::-1]}
    rows = [{name: change[name].tolist()[row] for name in change} for row in range(numbers.size)]
    found = RU.column("reason-price-evidence", **change).to_pylist()
    assert found == [RU.format("reason-price-evidence", **row) for row in rows]


def test_a_column_of_a_message_without_arguments_has_as_many_rows_as_there_are():
    found = EN.column("decision-excluded-closed", net_value=np.zeros(3))
    assert found.to_pylist() == [EN.format("decision-excluded-closed")] * 3


def test_a_column_without_rows_is_empty_and_one_with_too_little_is_refused():
    assert len(EN.column("count-days", n=np.zeros(0))) == 0
    with pytest.raises(TextError, match="'reason-price-evidence-discount' needs before, which was not given"):
        EN.column("reason-price-evidence-discount", now=np.zeros(3))


def test_a_column_with_a_number_that_cannot_be_written_is_refused():
    with pytest.raises(TextError, match="'count-days' cannot be written"):
        EN.column("count-days", n=np.array([1.0, np.inf]))
