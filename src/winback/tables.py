"""The input tables, declared once: names, types, keys, ranges, and when each fact becomes known.

A new input table is one entry in `TABLES`; reading, checking, quarantine, staging and the guide follow from it.
"""

from __future__ import annotations

from winback.columns import Column, Table


def _customer() -> Column:
    return Column("customer_id", "text", required=True, doc="Whose fact it is.")


def _recorded() -> Column:
    return Column("recorded_at", "timestamp", doc="When the fact became known; decides what is known at a cutoff.")


TICKET_KINDS = ("enquiry", "request", "complaint", "conflict")
TICKET_TOPICS = ("price", "product", "delivery", "service", "billing", "other")
SURVEY_WANTS = ("price", "product", "assortment", "service", "delivery", "manager")
ARMS = ("treated", "holdout")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "orders",
            (
                Column("order_id", "text", required=True, doc="Identifier of the order."),
                _customer(),
                Column("ordered_at", "timestamp", required=True, doc="When the customer ordered."),
                Column("amount", "number", required=True, doc="Net of tax; below zero for a return of goods."),
                Column("margin", "number", doc="What the order earned before marketing."),
                Column("discount", "number", minimum=0, doc="What was taken off the list price."),
                Column("channel", "category", doc="Where it was ordered."),
                _recorded(),
            ),
            key=("order_id",),
            time="ordered_at",
            required=True,
            doc="What customers bought.",
        ),
        Table(
            "order_items",
            (
                Column("order_id", "text", required=True, doc="The order it belongs to."),
                Column("product_id", "text", required=True, doc="The product."),
                Column("quantity", "number", required=True, minimum=0, doc="How many."),
                Column("unit_price", "number", required=True, minimum=0, doc="Price paid for one."),
            ),
            parent="orders",
            doc="What an order consisted of.",
        ),
        Table(
            "customers",
            (
                _customer(),
                Column("registered_at", "timestamp", doc="When it became a customer."),
                Column("region", "category"),
                Column("channel", "category"),
                Column("department", "category"),
                Column("industry", "category"),
                Column("manager_id", "category", doc="Who looks after it now."),
                Column("has_email", "boolean"),
                Column("has_phone", "boolean"),
                Column("do_not_contact", "boolean"),
                Column("do_not_win_back", "boolean"),
                Column("closed_at", "timestamp", later=True, doc="When the customer ceased to exist."),
            ),
            key=("customer_id",),
            extra_columns=True,
            doc="Who the customers are.",
        ),
        Table(
            "tickets",
            (
                Column("ticket_id", "text", required=True),
                _customer(),
                Column("opened_at", "timestamp", required=True),
                Column("kind", "category", required=True, choices=TICKET_KINDS),
                Column("topic", "category", choices=TICKET_TOPICS),
                Column("first_response_at", "timestamp", later=True, not_before="opened_at"),
                Column("resolved_at", "timestamp", later=True, not_before="opened_at"),
                _recorded(),
            ),
            key=("ticket_id",),
            time="opened_at",
            doc="What customers wrote or called about.",
        ),
        Table(
            "deliveries",
            (
                Column("order_id", "text", required=True),
                _customer(),
                Column("promised_at", "timestamp", required=True, plan=True),
                Column("delivered_at", "timestamp", later=True),
                Column("defective", "boolean"),
                _recorded(),
            ),
            time="promised_at",
            doc="When goods were promised and when they came.",
        ),
        Table(
            "surveys",
            (
                _customer(),
                Column("answered_at", "timestamp", required=True),
                Column("nps", "integer", minimum=0, maximum=10, doc="Would recommend, 0 to 10."),
                Column("wants", "category", choices=SURVEY_WANTS, doc="What should become better."),
                _recorded(),
            ),
            time="answered_at",
            doc="What customers answered when asked.",
        ),
        Table(
            "contacts",
            (
                _customer(),
                Column("contacted_at", "timestamp", required=True),
                Column("channel", "category", required=True),
                Column("answered", "boolean"),
                _recorded(),
            ),
            time="contacted_at",
            doc="What the company said to customers.",
        ),
        Table(
            "managers",
            (
                _customer(),
                Column("manager_id", "category", required=True),
                Column("assigned_at", "timestamp", required=True),
                _recorded(),
            ),
            time="assigned_at",
            doc="Who looked after the customer from when on, one row per assignment.",
        ),
        Table(
            "activities",
            (
                _customer(),
                Column("occurred_at", "timestamp", required=True),
                Column("kind", "category", required=True),
                _recorded(),
            ),
            time="occurred_at",
            doc="Site visits, video views, newsletter clicks, loyalty points.",
        ),
        Table(
            "exits",
            (
                _customer(),
                Column("recorded_at", "timestamp", required=True),
                Column("reason", "category", required=True),
            ),
            time="recorded_at",
            doc="What a customer said when asked why it left.",
        ),
        Table(
            "offers",
            (
                Column("cycle", "text", required=True, doc="The as_of date of the run that made the offer."),
                _customer(),
                Column("action", "category", required=True),
                Column("offered_at", "timestamp", required=True),
                Column("arm", "category", required=True, choices=ARMS),
                Column("cost", "number", minimum=0),
                Column("propensity", "number", minimum=0, maximum=1),
                _recorded(),
            ),
            key=("cycle", "customer_id"),
            time="offered_at",
            doc="What was offered in past cycles, and who was held out.",
        ),
    )
}

#: Names of tables of own features begin so.
OWN_PREFIX = "features_"


def is_own(name: str) -> bool:
    """Tell whether a table of that name holds features of a company's own.

    Examples
    --------
    >>> is_own("features_web"), is_own("features_"), is_own("orders")
    (True, False, False)
    """
    return name.startswith(OWN_PREFIX) and len(name) > len(OWN_PREFIX)


def own_table(name: str, columns: tuple[Column, ...] = ()) -> Table:
    """Return the contract of a table of own features.

    Parameters
    ----------
    name : str
        Begins with `OWN_PREFIX`.
    columns : tuple of Column
        Its further columns, once their types have been found out.
    """
    known = Column("known_at", "timestamp", required=True, doc="When the row became known; a cutoff sees earlier rows.")
    return Table(
        name,
        (_customer(), known, *columns),
        key=("customer_id", "known_at"),
        time="known_at",
        extra_columns=True,
        doc="Features of your own.",
    )


def table_named(name: str) -> Table:
    """Return the contract of a table, also of one of own features.

    Raises
    ------
    KeyError
        When there is no such table.

    Examples
    --------
    >>> table_named("orders").time, table_named("features_web").time
    ('ordered_at', 'known_at')
    """
    return own_table(name) if is_own(name) else TABLES[name]
