"""The stream of prices in SQL."""

_DAY = 86_400_000_000
_YEAR = 365 * _DAY

STREAMS = {
    "order_items_compared": f"""
        WITH compared AS (
            SELECT *, (SELECT sum(e.unit_price * pow(0.5, (i.event_at - e.event_at) / {90 * _DAY}))
                              / sum(pow(0.5, (i.event_at - e.event_at) / {90 * _DAY})) FROM order_items e
                       WHERE e.customer = i.customer AND e.product_id = i.product_id AND e.unit_price > 0
                       AND e.event_at < i.event_at AND e.event_at >= i.event_at - {_YEAR}
                       AND e.known_at <= i.known_at) AS usual
            FROM order_items i WHERE unit_price > 0)
        SELECT *, quantity * unit_price AS paid, quantity * usual AS paid_usually,
               CAST(unit_price > usual * 1.01 AS DOUBLE) AS is_dearer
        FROM compared WHERE usual IS NOT NULL
    """,
}
