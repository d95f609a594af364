"""Rules that need more than one row: repeated keys, facts of unknown orders and customers, deliveries before orders."""

from __future__ import annotations

from collections.abc import Mapping

from winback.settings import DataSettings
from winback.sources.checks import earlier
from winback.sources.cleaning import Cleaned
from winback.sources.sql import Connection, extra, text, typed


def cross_check(connection: Connection, data: DataSettings, tables: Mapping[str, Cleaned]) -> None:
    """Note the faults that only show between rows and between tables.

    Parameters
    ----------
    connection : Connection
        The working database; ``faults`` grows, and the table ``known_customers`` appears.
    data : DataSettings
        Time zone.
    tables : Mapping of str to Cleaned
        By name; ``orders`` is among them.
    """
    for cleaned in tables.values():
        _repeated_keys(connection, cleaned)
    for table in ("order_items", "deliveries"):
        if table in tables:
            _unknown_orders(connection, tables["orders"], tables[table])
    if "deliveries" in tables and "t_delivered_at" in _columns(connection, tables["deliveries"]):
        _delivered_before_ordered(connection, data, tables["orders"], tables["deliveries"])
    _know_customers(connection, tables)
    for table, cleaned in tables.items():
        if table not in ("orders", "customers") and "customer_id" in cleaned.intake.columns:
            _unknown_customers(connection, cleaned)


def _repeated_keys(connection: Connection, cleaned: Cleaned) -> None:
    """Of the rows of one key the first stays: by time, then by content, so that the order of rows decides nothing."""
    table = cleaned.intake.table
    if not table.key:
        return
    key = ", ".join(typed(column) for column in table.key)
    order = [typed(table.time)] if table.time else []
    order += [typed(column) for column in cleaned.intake.columns]
    order += [extra(column) for column in cleaned.extra_types]
    sort = ", ".join(dict.fromkeys(order))
    note = _note(table.name, table.key[-1], "repeated_key")
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT {note} FROM {cleaned.good}
        WHERE ({key}) IN (SELECT ({key}) FROM {cleaned.good} GROUP BY {key} HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {sort}, rid) > 1
        """
    )


def _unknown_orders(connection: Connection, orders: Cleaned, cleaned: Cleaned) -> None:
    """A fact of an order that was itself refused is set aside, but is not one more mistake."""
    table = cleaned.intake.table.name
    known = f"SELECT t_order_id FROM {orders.good}"
    refused = f"SELECT t_order_id FROM {orders.typed} WHERE t_order_id IS NOT NULL"
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT {text(table)}, rid, 'order_id',
               CASE WHEN t_order_id IN ({refused}) THEN 'order_refused' ELSE 'unknown_order' END,
               t_order_id NOT IN ({refused})
        FROM {cleaned.good} WHERE t_order_id NOT IN ({known})
        """
    )


def _delivered_before_ordered(connection: Connection, data: DataSettings, orders: Cleaned, deliveries: Cleaned) -> None:
    broken = earlier("d.t_delivered_at", "o.t_ordered_at", data.timezone)
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT 'deliveries', d.rid, 'delivered_at', 'before_ordered_at', true
        FROM {deliveries.good} d JOIN {orders.good} o USING (t_order_id) WHERE {broken}
        """
    )


def _know_customers(connection: Connection, tables: Mapping[str, Cleaned]) -> None:
    """Customers are those who ordered and those in ``customers``, even where the rest of their row was refused."""
    sources = [f"SELECT t_customer_id FROM {tables['orders'].good}"]
    if "customers" in tables:
        bad_ids = "SELECT rid FROM faults WHERE tbl = 'customers' AND col = 'customer_id' AND rule <> 'repeated_key'"
        sources.append(f"SELECT t_customer_id FROM {tables['customers'].typed} WHERE rid NOT IN ({bad_ids})")
    connection.execute(
        f"""
        CREATE TABLE known_customers AS
        SELECT (row_number() OVER (ORDER BY t_customer_id) - 1)::INTEGER AS customer, t_customer_id AS customer_id
        FROM (SELECT DISTINCT t_customer_id FROM ({" UNION ALL ".join(sources)}))
        """
    )


def _unknown_customers(connection: Connection, cleaned: Cleaned) -> None:
    note = _note(cleaned.intake.table.name, "customer_id", "unknown_customer", counted=False)
    connection.execute(
        f"INSERT INTO faults SELECT {note} FROM {cleaned.good} "
        f"WHERE t_customer_id NOT IN (SELECT customer_id FROM known_customers)"
    )


def _note(table: str, column: str, rule: str, *, counted: bool = True) -> str:
    return f"{text(table)}, rid, {text(column)}, {text(rule)}, {'true' if counted else 'false'}"


def _columns(connection: Connection, cleaned: Cleaned) -> set[str]:
    return {row[0] for row in connection.execute(f"DESCRIBE {cleaned.typed}").fetchall()}
