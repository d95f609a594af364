"""Customers: who they are, as the table ``customers`` says. Context, never a reason."""

from __future__ import annotations

import difflib

from winback.errors import Fault, SettingsError
from winback.features.declarations import Attribute, Declaration, Derived
from winback.features.derivations import Difference
from winback.history import History
from winback.settings import FeatureSettings


def _attribute(column: str, unit: str, doc: str) -> Attribute:
    return Attribute(name=f"customer_{column}", column=column, role="context", unit=unit, doc=doc)


FEATURES: tuple[Declaration, ...] = (
    _attribute("region", "category", "Region of the customer."),
    _attribute("channel", "category", "Channel that the customer belongs to."),
    _attribute("department", "category", "Department that serves the customer."),
    _attribute("industry", "category", "Industry of the customer."),
    Attribute(
        name="days_since_registration",
        column="registered_at",
        role="context",
        unit="days",
        doc="Days since the customer registered.",
    ),
    Derived(
        name="days_before_first_order",
        how=Difference("days_since_registration", "days_since_first_order"),
        role="context",
        unit="days",
        doc="Days from registration to the first order.",
    ),
)


def configured(settings: FeatureSettings) -> tuple[Declaration, ...]:
    """Return a declaration for each further column of ``customers`` that the settings name as context.

    Examples
    --------
    >>> [declared.name for declared in configured(FeatureSettings(context=("plan", "region")))]
    ['customer_plan']
    """
    declared = {declaration.column for declaration in FEATURES if isinstance(declaration, Attribute)}
    further = [column for column in dict.fromkeys(settings.context) if column not in declared]
    return tuple(_attribute(column, "as given", f"Column {column} of the table customers.") for column in further)


def refuse_unknown_context(history: History, settings: FeatureSettings) -> None:
    """Refuse settings that name a context column which the table ``customers`` does not have.

    Raises
    ------
    SettingsError
        Listing all such columns, with the nearest that are there.
    """
    present = list(history.attributes().columns)
    faults = []
    for column in settings.context:
        if column not in present:
            near = difflib.get_close_matches(column, present, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            faults.append(Fault("features.context", f"the table customers has no column {column!r}{hint}"))
    if faults:
        raise SettingsError(
            "The settings name context that is not there",
            faults,
            expected=", ".join(present) or "a table customers",
            next_step="correct the names, or map the columns under data.tables.customers.columns",
        )
