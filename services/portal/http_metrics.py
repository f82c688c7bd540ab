"""What an operator should see of the portal's server, counted where it happens."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS: Final = Counter(
    "subsidy_http_requests", "Answered requests, by the pattern of the path.", ["method", "route", "status"]
)
REQUEST_SECONDS: Final = Histogram(
    "subsidy_http_request_seconds",
    "From the end of a request's header to the end of its answer; streams without an end are not counted.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0),
)
CONNECTIONS: Final = Gauge("subsidy_http_connections", "Open connections.")
CONNECTIONS_ENDED: Final = Counter(
    "subsidy_http_connections_ended", "Connections refused or broken off by the server, by reason.", ["reason"]
)
UNEXPECTED: Final = Counter("subsidy_http_unexpected_errors", "Answers 500: defects, each logged with its stack.")
OUTAGES: Final = Counter(
    "subsidy_http_outages", "Answers 503: the database away or busy, by the kind of error.", ["kind"]
)
