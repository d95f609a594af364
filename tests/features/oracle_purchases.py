"""The streams of purchases in SQL."""

# Monday 0; the company's calendar is three hours ahead of UTC
_DAY = "CAST(floor((event_at + 3 * 3600000000) / 86400000000) AS BIGINT)"

STREAMS = {
    "orders": f"""
        SELECT *, CAST(amount < 0 AS DOUBLE) AS is_return, CAST(amount >= 0 AS DOUBLE) AS is_purchase,
               -amount AS returned, CASE WHEN margin IS NOT NULL THEN amount END AS margined_amount,
               amount + discount AS listed, CAST(discount > 0 AS DOUBLE) AS is_discounted,
               isodow(DATE '1970-01-01' + CAST({_DAY} AS INTEGER)) - 1 AS weekday,
               strftime(DATE '1970-01-01' + CAST({_DAY} AS INTEGER), '%Y-%m') AS month,
               dayofyear(DATE '1970-01-01' + CAST({_DAY} AS INTEGER)) AS year_day
        FROM orders
    """,
    "order_items": "SELECT * FROM order_items",
}
