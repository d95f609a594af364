"""Actions as settings declare them, and the arithmetic of one offer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.actions import Actions, expected_cost, expected_net_value, expected_offer_cost
from winback.settings import ActionSettings

money = st.floats(0, 1e6)
share = st.floats(0, 1)


def test_worked_example_of_one_offer() -> None:
    # 10 % of a revenue of 5000 plus 200 fixed, taken up by 4 of 10, after a call for 350
    offer = expected_offer_cost(200, 0.10, 5000)
    cost = expected_cost(350, offer, 0.4)
    assert offer == pytest.approx(700)
    assert cost == pytest.approx(630)
    assert expected_net_value(0.12, 20_000, cost) == pytest.approx(2400 - 630)


@given(money, money, share, share, share, money)
def test_contact_is_always_paid_and_offer_only_on_acceptance(
    contact: float, offer: float, part: float, accept: float, more: float, revenue: float
) -> None:
    full = expected_offer_cost(offer, part, revenue)
    cost = float(expected_cost(contact, full, accept))
    assert contact <= cost <= contact + full + 1e-6
    assert expected_cost(contact, full, max(accept, more)) >= cost - 1e-6


def test_negative_revenue_is_no_income_from_an_offer() -> None:
    assert expected_offer_cost(100, 0.5, -1000) == 100


def test_channel_asks_for_its_address_only() -> None:
    channels = {"email": "email", "phone": "phone", "sms": "sms", "letter": "letter", "none": None}
    actions = Actions.from_settings(
        {
            name: ActionSettings(contact_cost=1, save_probability=0.1, channel=channel)
            for name, channel in channels.items()
        }
    )
    has_email, has_phone = np.array([True, False, False]), np.array([False, True, False])
    reached = {name: actions.reachable(code, has_email, has_phone).tolist() for code, name in enumerate(actions.names)}
    assert reached["email"] == [True, False, False]
    assert reached["phone"] == reached["sms"] == [False, True, False]
    assert reached["letter"] == reached["none"] == [True, True, True]


def test_order_of_settings_is_the_order_of_codes() -> None:
    settings = {name: ActionSettings(contact_cost=1, save_probability=0.1) for name in ("z", "a", "m")}
    assert Actions.from_settings(settings).names == ("z", "a", "m")


def test_no_actions_is_an_empty_table() -> None:
    actions = Actions.from_settings({})
    assert len(actions) == 0
    assert actions.contact_cost.shape == (0,)
