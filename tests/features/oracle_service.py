"""The streams of service in SQL."""

HOUR = 3_600_000_000
DAY = 24 * HOUR


def done(column: str, table: str = "tickets") -> str:
    return f"""
        SELECT * REPLACE ({column} AS event_at, greatest(known_at, {column}) AS known_at),
               ({column} - opened_at) / {HOUR} AS hours
        FROM {table} WHERE {column} IS NOT NULL
    """


def judged(column: str, allowed: str) -> str:
    deadline = f"(opened_at + CAST({allowed} * {HOUR} AS BIGINT))"
    decided = f"least({deadline}, coalesce({column}, {deadline}))"
    return f"""
        SELECT * REPLACE ({decided} AS event_at, greatest(known_at, {decided}) AS known_at),
               CAST({column} IS NULL OR {column} > {deadline} AS DOUBLE) AS is_slow
        FROM tickets
    """


def balance(items: str) -> str:
    """Steps of things (customer, began, ended or NULL, known), and the oldest that is open after each."""
    return f"""
        WITH raw AS ({items}),
        items AS (
            SELECT *, greatest(began, known) AS up, greatest(began, known, ended) AS down FROM raw),
        steps AS (
            SELECT customer, up AS t, 1.0 AS step FROM items
            UNION ALL SELECT customer, down, -1.0 FROM items WHERE ended IS NOT NULL)
        SELECT customer, t AS event_at, t AS known_at, step, row_number() OVER (ORDER BY t) AS ord,
               coalesce((t - (SELECT min(began) FROM items i WHERE i.customer = s.customer AND i.up <= s.t
                              AND (i.ended IS NULL OR i.down > s.t))) / {DAY}, -1) AS oldest_days
        FROM steps s
    """


def without_order(table: str, where: str) -> str:
    return balance(f"""
        SELECT customer, event_at AS began, known_at AS known,
               (SELECT min(o.known_at) FROM orders o
                WHERE o.customer = e.customer AND o.amount >= 0 AND o.event_at > e.event_at) AS ended
        FROM {table} e WHERE {where}
    """)


def tickets_open(column: str, where: str = "TRUE") -> str:
    return balance(
        f"SELECT customer, opened_at AS began, known_at AS known, {column} AS ended FROM tickets WHERE {where}"
    )


_KINDS = ", ".join(
    f"CAST(kind = '{kind}' AS DOUBLE) AS is_{kind}" for kind in ("enquiry", "request", "complaint", "conflict")
)
_TOPICS = ", ".join(
    f"CAST(kind = 'complaint' AND coalesce(topic = '{topic}', FALSE) AS DOUBLE) AS is_complaint_{topic}"
    for topic in ("price", "product", "delivery", "service", "billing", "other")
)

STREAMS = {
    "tickets": f"SELECT *, {_KINDS}, {_TOPICS} FROM tickets",
    "tickets_responded": done("first_response_at"),
    "tickets_resolved": done("resolved_at"),
    "tickets_response_judged": judged("first_response_at", "{slow_response_hours}"),
    "tickets_resolution_judged": judged("resolved_at", "{slow_resolution_hours}"),
    "tickets_unanswered": tickets_open("first_response_at"),
    "tickets_unresolved": tickets_open("resolved_at"),
    "complaints_unresolved": tickets_open("resolved_at", "kind IN ('complaint', 'conflict')"),
    "enquiries_without_order": without_order("tickets", "kind = 'enquiry'"),
}
