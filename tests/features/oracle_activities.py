"""The streams of activities in SQL."""

from oracle_service import DAY, without_order

_KIND = "lower(replace(kind, ' ', '_'))"
_FLAGS = ", ".join(
    f"CAST({_KIND} = '{kind}' AS DOUBLE) AS is_{kind}" for kind in ("site_visit", "video_view", "newsletter_click")
)
_REWARDS = "('loyalty_points', 'points', 'bonus', 'reward')"
_TIME_IS_UP = f"(event_at + CAST({{reward_within_days}} * {DAY} AS BIGINT))"

STREAMS = {
    "activities": f"SELECT *, {_FLAGS}, CAST({_KIND} IN {_REWARDS} AS DOUBLE) AS is_rewarding FROM activities",
    "activities_without_order": without_order("activities", "TRUE"),
    "loyal_acts": f"""
        WITH acts AS (
            SELECT *, (SELECT min(r.known_at) FROM activities r WHERE r.customer = a.customer
                       AND lower(replace(r.kind, ' ', '_')) IN {_REWARDS} AND r.event_at > a.event_at) AS rewarded
            FROM activities a WHERE {_KIND} IN ('review', 'referral', 'recommendation'))
        SELECT * REPLACE (least({_TIME_IS_UP}, coalesce(rewarded, {_TIME_IS_UP})) AS event_at,
                          greatest(known_at, least({_TIME_IS_UP}, coalesce(rewarded, {_TIME_IS_UP}))) AS known_at),
               CAST(rewarded IS NULL OR rewarded > {_TIME_IS_UP} AS DOUBLE) AS is_unrewarded
        FROM acts
    """,
}
