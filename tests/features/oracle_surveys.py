"""The streams of surveys in SQL."""

_WISHES = ", ".join(
    f"CAST(wants = '{word}' AS DOUBLE) AS is_{word}"
    for word in ("price", "product", "assortment", "service", "delivery", "manager")
)

STREAMS = {
    "surveys": "SELECT * FROM surveys",
    "survey_scores": """
        SELECT *, CAST(nps <= 6 AS DOUBLE) AS is_detractor,
               nps - (SELECT arg_max(b.nps, b.ord) FROM surveys b
                      WHERE b.customer = s.customer AND b.nps IS NOT NULL AND b.ord < s.ord
                      AND b.known_at <= s.known_at) AS nps_change
        FROM surveys s WHERE nps IS NOT NULL
    """,
    "survey_wishes": f"SELECT *, {_WISHES} FROM surveys WHERE wants IS NOT NULL",
}
