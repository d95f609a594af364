"""Settings: defaults work, every fault is told at once, the template says what the code does."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from winback.errors import SettingsError
from winback.settings import Settings, load_settings, parse_settings

TEMPLATE = files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8")

ACTIONS_OF_A_NEW_PROJECT = {
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
}


def test_template_says_the_defaults_of_the_code():
    settings = parse_settings(TEMPLATE)
    assert set(settings.actions) == ACTIONS_OF_A_NEW_PROJECT
    # the one deliberate difference: a new project starts with a budget
    defaults = Settings().model_dump(exclude={"actions": True, "targeting": {"budget_amount"}})
    assert settings.model_dump(exclude={"actions": True, "targeting": {"budget_amount"}}) == defaults
    assert settings.targeting.budget_amount == 300_000


def test_template_names_every_key_of_every_section():
    written = yaml.safe_load(TEMPLATE)
    for name, field in Settings.model_fields.items():
        if name in ("root", "actions"):
            continue
        assert set(written[name]) == set(field.annotation.model_fields), name


def test_every_fault_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        parse_settings(
            """
            run: {currency: eur, sed: 3}
            data: {tables: {order: {}, orders: {columns: {orderd_at: x}}}}
            actions: {call: {contact_cost: -3, save_probability: {price: 0.3}, chanel: x}}
            targeting: {budget_amount: -5, holdout_share: 1.5}
            model: abc
            """
        )
    faults = {fault.where: fault.what for fault in caught.value.faults}
    assert caught.value.exit_code == 2
    assert faults["run.sed"] == "unknown setting (did you mean 'seed'?)"
    assert faults["actions.call.chanel"] == "unknown setting (did you mean 'channel'?)"
    assert "'default'" in faults["actions.call.save_probability"]
    assert "greater than or equal to 0 (found: -5)" in faults["targeting.budget_amount"]
    assert {"run.currency", "actions.call.contact_cost", "targeting.holdout_share", "model"} <= set(faults)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("{order: {}}", r"data\.tables\.order: unknown table \(did you mean 'orders'\?\)"),
        ("{orders: {columns: {orderd_at: x}}}", r"columns\.orderd_at: unknown column \(did you mean 'ordered_at'\?\)"),
    ],
)
def test_a_table_that_nobody_knows_is_refused_with_the_nearest(table, message):
    with pytest.raises(SettingsError, match=message):
        parse_settings(f"data: {{tables: {table}}}")


def test_a_table_of_own_features_and_a_column_of_ones_own_are_accepted():
    settings = parse_settings("data: {tables: {features_web: {path: w.csv}, customers: {columns: {size: Size}}}}")
    assert set(settings.data.tables) == {"features_web", "customers"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not valid YAML"),
        ("- 1", "holds a list"),
        ("root: /tmp", "root: unknown setting"),
        ("data: {timezone: Mars/North}", "not a time zone"),
        ("run: {as_of: yesterday}", "not a day such as"),
        ("value: {discount_rate: .nan}", "discount_rate"),
        ("actions: {a: {contact_cost: 1}}", "save_probability"),
    ],
)
def test_what_is_no_settings_file_is_refused(text, message):
    with pytest.raises(SettingsError, match=message):
        parse_settings(text)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="winback init"):
        load_settings(tmp_path / "params.yaml")


def test_an_empty_file_and_an_empty_section_mean_the_defaults(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("\ufeffrun:\n", encoding="utf-8")
    settings = load_settings(path)
    assert settings.run.seed == 7
    assert settings.path("data") == tmp_path / "data"


def test_an_unquoted_date_is_a_date():
    assert parse_settings("run: {as_of: 2024-05-06}").run.as_of == "2024-05-06"


def test_save_probability_per_reason():
    action = parse_settings("actions: {a: {contact_cost: 1, save_probability: {default: .1, price: .3}}}").actions["a"]
    assert action.save_probability_for("price") == 0.3
    assert action.save_probability_for("delivery") == 0.1


@pytest.mark.parametrize(
    ("said", "bytes_"), [("2GB", 2 * 10**9), ("512 MiB", 2**29), ("0.5gb", 5 * 10**8), ("700kb", 700_000)]
)
def test_memory_is_an_amount(said: str, bytes_: int):
    assert parse_settings(f"run: {{memory_limit: {said}}}").run.memory_bytes == bytes_
    assert Settings().run.memory_bytes is None


@pytest.mark.parametrize("said", ["lots", "2", "-2GB", "0GB", "GB", "2 XB"])
def test_what_is_no_amount_of_memory_is_refused(said: str):
    with pytest.raises(SettingsError, match=r"run\.memory_limit.*is no amount of memory"):
        parse_settings(f"run: {{memory_limit: '{said}'}}")
