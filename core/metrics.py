"""Figures for Prometheus. With several processes, PROMETHEUS_MULTIPROC_DIR gathers them."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "http_request_seconds",
    "Time to answer, by method, route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RATE_LIMIT_SKIPPED = Counter(
    "rate_limit_skipped_total", "Calls let through because Redis was away."
)
OUTBOX_WAITING = Gauge(
    "outbox_waiting_events", "News that no follower was told yet.", multiprocess_mode="mostrecent"
)
OUTBOX_OLDEST = Gauge(
    "outbox_oldest_seconds", "Age of the oldest waiting news.", multiprocess_mode="mostrecent"
)
AUDIT_DIFFERS = Gauge(
    "audit_chain_differs",
    "1 when a nightly check of late found the audit log tampered with.",
    multiprocess_mode="mostrecent",
)
