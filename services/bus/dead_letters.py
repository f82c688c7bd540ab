"""Where messages go that can never be accepted: whole, with the reason written on them.

`basic.reject` would let the broker move the message, at least once, but without a word about why. So a copy with the
reason in its headers is published to the exchange of the dead letters, and the original acknowledged only after the
broker confirmed the copy: a crash in between leaves two letters, never none. What no client can even read is moved by
the broker itself after too many deliveries, and carries the broker's `x-death` only.

A dead letter keeps body, id (or gets the sha256 of the body), content type and encoding and all headers, and gets:

=======================  ======================================================
``subsidy-reason``       the stable code, such as MESSAGE_HEADER_MISSING
``subsidy-reason-en``    what is wrong and what to do
``subsidy-reason-zh``    the same in Chinese
``subsidy-buried-at``    when, RFC 3339, UTC
=======================  ======================================================
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

import pamqp.encode
import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage, HeadersType

from libsubsidy import Violation
from services.bus import metrics
from services.bus.broker import asking

REASON: Final = "subsidy-reason"
REASON_EN: Final = "subsidy-reason-en"
REASON_ZH: Final = "subsidy-reason-zh"
BURIED_AT: Final = "subsidy-buried-at"

# All headers of a message must fit into one frame, 128 KiB by default.
HEADERS_BYTES_MAX: Final = 100 * 1024

# The broker's count of deliveries: a copy begins its own.
_NOT_COPIED: Final = frozenset({"x-delivery-count"})

log = structlog.get_logger(__name__)


async def bury(dead: AbstractExchange, message: AbstractIncomingMessage, violation: Violation) -> None:
    """Put a message among the dead letters with its reason, and settle the original.

    Raises:
        BrokerLostError: the broker did not confirm; the message will be delivered again.
    """
    letter = _letter(message, violation)
    if letter is None:
        # It could not carry the reason; the broker moves it as it is.
        async with asking("rejecting a message"):
            await message.reject(requeue=False)
    else:
        async with asking("burying a message"):
            await dead.publish(letter, message.routing_key or "", mandatory=True)
            await message.ack()
    metrics.STATEMENTS_DEAD_LETTERED.labels(violation.code).inc()
    log.warning("intake.dead_lettered", message_id=message.message_id, code=violation.code, bytes=len(message.body))


def _letter(message: AbstractIncomingMessage, violation: Violation) -> Message | None:
    """Copy a message with its reason; None when the headers cannot be written again."""
    # The client reads text in another encoding as bytes, and writes byte arrays only.
    headers: HeadersType = {
        name: bytearray(value) if isinstance(value, bytes) else value
        for name, value in message.headers.items()
        if name not in _NOT_COPIED
    }
    headers |= {
        REASON: violation.code,
        REASON_EN: violation.en,
        REASON_ZH: violation.zh,
        BURIED_AT: datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        if len(pamqp.encode.field_table(headers)) > HEADERS_BYTES_MAX:
            return None
    except (TypeError, ValueError):
        return None
    # Not copied: the expiration, which would let the letter vanish, and the user id, which the broker checks.
    return Message(
        message.body,
        headers=headers,
        # The client library would give a letter without an id a random one, another each time it is sent.
        message_id=message.message_id or hashlib.sha256(message.body).hexdigest(),
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        correlation_id=message.correlation_id,
        type=message.type,
        app_id=message.app_id,
        timestamp=message.timestamp,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
