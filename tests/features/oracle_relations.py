"""The streams of contacts, managers and exits in SQL."""

from oracle_service import balance

_CHANGES = """
    SELECT * FROM (
        SELECT *, (SELECT arg_max(b.manager_id, b.ord) FROM managers b
                   WHERE b.customer = m.customer AND b.ord < m.ord AND b.known_at <= m.known_at) AS before
        FROM managers m)
    WHERE before <> manager_id
"""

STREAMS = {
    "contacts": "SELECT *, CAST(answered = 0 AS DOUBLE) AS is_unanswered FROM contacts",
    "managers": "SELECT * FROM managers",
    "manager_changes": _CHANGES,
    "manager_changes_without_order": balance(f"""
        SELECT customer, event_at AS began, known_at AS known,
               (SELECT min(o.known_at) FROM orders o
                WHERE o.customer = c.customer AND o.amount >= 0 AND o.event_at > c.event_at) AS ended
        FROM ({_CHANGES}) c
    """),
    "exits": "SELECT * FROM exits",
}
