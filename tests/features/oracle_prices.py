"""The stream of prices in SQL."""

_YEAR = 365 * 86_400_000_000

STREAMS = {
    "order_items_compared": f"""
        WITH compared AS (
            SELECT *, (SELECT avg(e.unit_price) FROM order_items e
                       WHERE e.customer = i.customer AND e.product_id = i.product_id AND e.unit_price > 0
                       AND e.event_at < i.event_at AND e.event_at >= i.event_at - {_YEAR}
                       AND e.known_at <= i.known_at) AS earlier
            FROM order_items i WHERE unit_price > 0)
        SELECT *, quantity * unit_price AS paid, quantity * earlier AS paid_before,
               CAST(unit_price > earlier * 1.01 AS DOUBLE) AS is_dearer
        FROM compared WHERE earlier IS NOT NULL
    """,
}
