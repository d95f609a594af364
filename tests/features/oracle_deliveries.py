"""The streams of deliveries in SQL. The company's midnight is at 21:00 UTC."""

from oracle_service import DAY, HOUR, balance

_DUE = f"""(
    SELECT *, CASE WHEN (promised_at + 3 * {HOUR}) % {DAY} = 0 THEN promised_at + {DAY} - 1 ELSE promised_at END AS due
    FROM deliveries)"""
_LATE = "(delivered_at IS NULL OR delivered_at > due)"
_JUDGED = f"""
    SELECT * REPLACE (least(due, coalesce(delivered_at, due)) AS event_at,
                      greatest(known_at, least(due, coalesce(delivered_at, due))) AS known_at),
           CAST({_LATE} AS DOUBLE) AS is_late
    FROM {_DUE}
"""

STREAMS = {
    "deliveries_judged": _JUDGED,
    "deliveries_latest": f"""
        SELECT customer, known_at AS event_at, known_at,
               row_number() OVER (ORDER BY known_at, event_at, ord) AS ord,
               sum(is_late) OVER (PARTITION BY customer ORDER BY known_at, event_at, ord ROWS 3 PRECEDING) AS late_count
        FROM ({_JUDGED})
    """,
    "deliveries_arrived": f"""
        SELECT * REPLACE (delivered_at AS event_at, greatest(known_at, delivered_at) AS known_at),
               CAST({_LATE} AS DOUBLE) AS is_late,
               CASE WHEN {_LATE} THEN (delivered_at - promised_at) / {DAY} END AS delay_days
        FROM {_DUE} WHERE delivered_at IS NOT NULL
    """,
    "deliveries_overdue": balance(
        f"SELECT customer, due AS began, known_at AS known, delivered_at AS ended FROM {_DUE} WHERE {_LATE}"
    ),
}
