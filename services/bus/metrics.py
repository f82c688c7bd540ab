"""What an operator should see of the bus, counted where it happens."""

from typing import Final

from prometheus_client import Counter, Gauge

STATEMENTS_RECEIVED: Final = Counter(
    "subsidy_bus_statements_received", "Statement messages handed to the reconciler and acknowledged."
)
STATEMENTS_DEAD_LETTERED: Final = Counter(
    "subsidy_bus_statements_dead_lettered", "Statement messages put among the dead letters, by reason.", ["code"]
)
HANDLER_RETRIES: Final = Counter(
    "subsidy_bus_handler_retries", "Times a statement message had to be tried again, such as with the database away."
)
EVENTS_RELAYED: Final = Counter(
    "subsidy_bus_events_relayed", "Events the broker confirmed (an event may be confirmed twice).", ["type"]
)
EVENTS_MALFORMED: Final = Gauge(
    "subsidy_bus_events_malformed", "Outbox rows that break their own contract and wait for a person."
)
OUTBOX_ROWS: Final = Gauge("subsidy_bus_outbox_rows", "Events waiting in the outbox (counted up to a bound).")
OUTBOX_OLDEST_SECONDS: Final = Gauge("subsidy_bus_outbox_oldest_seconds", "Age of the oldest event in the outbox.")
SESSIONS_LOST: Final = Counter(
    "subsidy_bus_sessions_lost", "Sessions with broker or database that ended by a failure, by part.", ["part"]
)
