"""Rules that need more than one row: repeated keys, facts of unknown orders and customers, deliveries before orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from winback.settings import DataSettings
from winback.sources.checks import earlier
from winback.sources.cleaning import Cleaned
from winback.sources.earlier import ReadAnewError
from winback.sources.sql import Connection, extra, name, text, typed


def cross_check(connection: Connection, data: DataSettings, tables: Mapping[str, Cleaned]) -> None:
    """Note the faults that only show between rows and between tables.

    Parameters
    ----------
    connection : Connection
        The working database; ``faults`` grows, and the tables ``known_orders`` and ``known_customers`` appear.
    data : DataSettings
        Time zone.
    tables : Mapping of str to Cleaned
        By name; ``orders`` is among them.

    Raises
    ------
    ReadAnewError
        When new rows change what was decided about old ones.
    """
    for cleaned in tables.values():
        _repeated_keys(connection, cleaned)
    dependants = [tables[table] for table in ("order_items", "deliveries") if table in tables]
    _know_orders(connection, tables["orders"], dependants)
    for cleaned in dependants:
        _unknown_orders(connection, tables["orders"], cleaned)
    if "deliveries" in tables and "t_delivered_at" in _columns(connection, tables["deliveries"]):
        _delivered_before_ordered(connection, data, tables["deliveries"])
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
    rows = cleaned.good
    if cleaned.base is not None:
        rows = _with_staged(connection, cleaned, key)
    note = _note(table.name, table.key[-1], "repeated_key")
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT {note} FROM {rows}
        WHERE ({key}) IN (SELECT ({key}) FROM {rows} GROUP BY {key} HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {sort}, source, coalesce(place, rid)) > 1
        """
    )
    beaten = f"SELECT count(*) FROM faults WHERE tbl = {text(table.name)} AND rid < 0"
    if connection.execute(beaten).fetchone()[0]:
        raise ReadAnewError(table.name)


def _with_staged(connection: Connection, cleaned: Cleaned, key: str) -> str:
    """Make a table of the good rows and of those staged rows that have a key of theirs; these have no ``rid`` above 0.

    Of rows alike the staged one is the first, unless a new file is read before one that was known.
    """
    intake, base = cleaned.intake, cleaned.base
    assert base is not None
    columns = [typed(column) for column in intake.columns]
    staged = ", ".join(f"{name(column)} AS {typed(column)}" for column in intake.columns)
    rows = name(f"met_{intake.table.name}")
    known = [source.number for source in intake.sources if source.part.shown in base.files]
    connection.execute(
        f"""
        CREATE TABLE {rows} AS
        SELECT rid, source, place, {", ".join(columns)} FROM {cleaned.good}
        UNION ALL
        SELECT -1, {min(known, default=0)}, -1, * FROM (SELECT {staged} FROM {base.scan})
        WHERE ({key}) IN (SELECT ({key}) FROM {cleaned.good})
        """
    )
    first_new = min((source.number for source in intake.sources if source.part.shown not in base.files), default=None)
    met = connection.execute(f"SELECT count(*) FROM {rows} WHERE rid < 0").fetchone()[0]
    if met and first_new is not None and first_new < max(known, default=0):
        raise ReadAnewError(intake.table.name)
    return rows


def _know_orders(connection: Connection, orders: Cleaned, dependants: Sequence[Cleaned]) -> None:
    """Make ``known_orders`` of all good orders; of those staged already only the ones that some row asks for."""
    columns = ["order_id", "customer_id", "ordered_at", *({"recorded_at"} & {*orders.intake.columns})]
    listed = f"SELECT {', '.join(map(typed, columns))} FROM {orders.good}"
    if orders.base is None:
        connection.execute(f"CREATE VIEW known_orders AS {listed}")
        return
    asked = " UNION ALL ".join(f"SELECT t_order_id FROM {cleaned.good}" for cleaned in dependants)
    staged = ", ".join(f"{name(column)} AS {typed(column)}" for column in columns)
    also = f"SELECT {staged} FROM {orders.base.scan} WHERE order_id IN ({asked})" if asked else ""
    connection.execute(f"CREATE TABLE known_orders AS {listed}{' UNION ALL ' + also if also else ''}")


def _unknown_orders(connection: Connection, orders: Cleaned, cleaned: Cleaned) -> None:
    """A fact of an order that was itself refused is set aside, but is not one more mistake."""
    # a join, unlike a list of all orders, need not fit into memory
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE strays AS
        SELECT rid, t_order_id FROM {cleaned.good} ANTI JOIN known_orders USING (t_order_id)
        WHERE t_order_id IS NOT NULL
        """
    )
    refused = f"SELECT t_order_id FROM {orders.typed} SEMI JOIN strays USING (t_order_id)"
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT {text(cleaned.intake.table.name)}, rid, 'order_id',
               CASE WHEN t_order_id IN ({refused}) THEN 'order_refused' ELSE 'unknown_order' END,
               t_order_id NOT IN ({refused})
        FROM strays
        """
    )
    connection.execute("DROP TABLE strays")


def _delivered_before_ordered(connection: Connection, data: DataSettings, deliveries: Cleaned) -> None:
    broken = earlier("d.t_delivered_at", "o.t_ordered_at", data.timezone)
    connection.execute(
        f"""
        INSERT INTO faults
        SELECT 'deliveries', d.rid, 'delivered_at', 'before_ordered_at', true
        FROM {deliveries.good} d JOIN known_orders o USING (t_order_id) WHERE {broken}
        """
    )


def _know_customers(connection: Connection, tables: Mapping[str, Cleaned]) -> None:
    """Customers are those who ordered and those in ``customers``, even where the rest of their row was refused."""
    orders = tables["orders"]
    sources = [f"SELECT t_customer_id FROM {orders.good}"]
    if orders.base is not None:
        buyers = f"SELECT customer FROM {orders.base.scan}"
        sources.append(f"SELECT customer_id FROM {orders.base.customers} WHERE customer IN ({buyers})")
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
    if orders.base is not None:
        known = "SELECT customer_id FROM known_customers"
        gone = f"SELECT count(*) FROM {orders.base.customers} WHERE customer_id NOT IN ({known})"
        if connection.execute(gone).fetchone()[0]:
            raise ReadAnewError("orders")


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
