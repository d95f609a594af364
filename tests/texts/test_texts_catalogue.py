"""Both languages say the same things, and say them in their own words."""

import re

import pytest
from fluent.runtime import FluentResource

from winback.errors import DataError
from winback.texts import LANGUAGES, load_catalogue
from winback.texts.catalogue import check_catalogue

REASONS = [
    "price",
    "product_quality",
    "delivery",
    "service",
    "conflict",
    "manager_change",
    "neglect",
    "assortment",
    "loyalty",
    "competitor",
    "life_event",
    "unknown",
]
ACTIONS = [
    "email",
    "phone_call",
    "personal_meeting",
    "video_message",
    "director_guarantee",
    "apology",
    "gift",
    "price_offer",
    "service_offer",
    "new_products",
    "loyalty_bonus",
    "change_manager",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_messages_with_the_same_variables(language):
    assert load_catalogue(language).variables == load_catalogue("en").variables


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_name_and_advice_and_every_action_a_name(language):
    ids = load_catalogue(language).variables
    wanted = {f"reason-{word.replace('_', '-')}{part}" for word in REASONS for part in ("", "-advice")}
    wanted |= {f"action-{name.replace('_', '-')}" for name in ACTIONS}
    assert wanted <= set(ids)


def test_russian_texts_are_russian():
    """No message of the Russian files consists of Latin words only, except for placeholders."""
    from fluent.syntax import ast
    from fluent.syntax.serializer import FluentSerializer

    serializer = FluentSerializer()
    for resource in load_catalogue("ru").resources:
        for entry in resource.body:
            if isinstance(entry, ast.Message):
                text = re.sub(r"\{[^{}]*\}", "", serializer.serialize_entry(entry).split("=", 1)[1])
                has_words = re.search(r"[A-Za-z]{3,}", text)
                assert re.search("[а-яё]", text) or not has_words, entry.id.name


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.ftl": "x = one\n", "b.ftl": "x = two\n"}, "b.ftl: message 'x' is already defined"),
        ({"a.ftl": "x = { y }\n"}, "'x' refers to 'y', which does not exist"),
        ({"a.ftl": "x = { -y }\n"}, "'x' refers to '-y', which does not exist"),
        ({"a.ftl": 'x = { COUNT($n, "cows") }\n'}, "'x' refers to 'count-cows', which does not exist"),
        ({"a.ftl": "x = { $n\n"}, "a.ftl: not Fluent"),
        ({"a.ftl": "x =\n    .title = only an attribute\n"}, "message 'x' has no text"),
    ],
)
def test_faulty_files_are_refused_when_read(files, fault):
    with pytest.raises(DataError, match="cannot be used") as caught:
        check_catalogue("en", {name: FluentResource(text) for name, text in files.items()})
    assert fault in str(caught.value)


def test_variables_are_found_behind_references_functions_and_selectors():
    text = "a = { $x } { b }\nb = { NUM($n) ->\n    [one] { MONEY($m) }\n   *[other] { PERCENT($p) }\n }\n"
    catalogue = check_catalogue("en", {"a.ftl": FluentResource(text)})
    assert catalogue.variables["a"] == {"x", "n", "m", "p"}
