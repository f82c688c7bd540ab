"""An outbox row as a CloudEvent 1.0 in binary mode, on AMQP 0-9-1.

CloudEvents defines its binding for AMQP 1.0: attributes are application properties with the prefix ``cloudEvents_`` (or
``cloudEvents:``, which JMS clients cannot read), `datacontenttype` is the message's content type. RabbitMQ hands the
headers of AMQP 0-9-1 to its AMQP 1.0 clients as application properties under the same names, so the same prefix serves
both. All values are strings.

=====================================  ===============================================================================
body                                   the event as JSON, described by its schema
``content_type``                       ``application/json`` (= datacontenttype)
``cloudEvents_specversion``            ``1.0``
``cloudEvents_id``, ``message_id``     unique per source; the same id twice is the same event told twice
``cloudEvents_source``                 the fund, ``/subsidy`` unless set otherwise
``cloudEvents_type``, routing key      such as ``remittance.settled.v1``
``cloudEvents_subject``                such as ``notice/17``
``cloudEvents_time``                   when the fact was written, RFC 3339, UTC
``cloudEvents_dataschema``             the URI of the schema
=====================================  ===============================================================================
"""

from datetime import UTC
from typing import Final

from aio_pika import DeliveryMode, Message

from services.bus import wire
from services.bus.schema import schema_id
from services.store.outbox import OutboxRow

PREFIX: Final = "cloudEvents_"
CONTENT_TYPE: Final = "application/json"
SOURCE_DEFAULT: Final = "/subsidy"
# An event is ids and amounts; what is longer is no event.
BODY_BYTES_MAX: Final = 64 * 1024


def event_id(row: OutboxRow) -> str:
    """Give the id of an event: the row's, and its microsecond.

    The row's number alone would come again after a restore from a backup, and a consumer that remembers ids would take
    a new event for an old one.
    """
    microseconds = int(row.created_at.timestamp()) * 1_000_000 + row.created_at.microsecond
    return f"{row.id}-{microseconds:x}"


def to_message(row: OutboxRow, source: str = SOURCE_DEFAULT) -> Message:
    """Build the message of an outbox row.

    Raises:
        EventMalformedError: the row is not what its event's class says; it must not leave.
    """
    event = wire.read_strictly(row.type, row.body)
    if event.subject != row.subject:
        raise wire.EventMalformedError(row.type, [f"the subject is {row.subject!r}, the body says {event.subject!r}"])
    body = wire.write(event)
    if len(body) > BODY_BYTES_MAX:
        raise wire.EventMalformedError(row.type, [f"{len(body)} bytes, at most {BODY_BYTES_MAX}"])
    identity = event_id(row)
    attributes = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": row.type,
        "subject": row.subject,
        "time": row.created_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "dataschema": schema_id(row.type),
    }
    return Message(
        body,
        message_id=identity,
        type=row.type,
        timestamp=row.created_at,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers={PREFIX + name: value for name, value in attributes.items()},
    )
