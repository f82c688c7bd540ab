"""How long and how much a client may take from the server; every wait for one has an end."""

from typing import Final

import attrs

from libsubsidy import SubsidyError


@attrs.frozen(kw_only=True)
class Limits:
    """The numbers; tests bring smaller ones.

    Attributes:
        header_seconds_max: from the opening, or from a later request's first byte, to the end of the request's header.
        idle_seconds_max: between an answer and the first byte of the next request; that of a proxy should be shorter.
        body_seconds_max: for a whole body, however steadily it comes.
        body_bytes_per_second_min: less than this on average, after the grace, is too slow. Time in which the server
            itself does not take what comes is not counted.
        body_grace_seconds: for a network to get going.
        send_seconds_max: in which a client takes less than the least of an answer that waits for it.
        send_bytes_min: this least; a slow line takes more.
        close_seconds_max: for the last bytes of a connection that is being closed.
        linger_seconds_max: in which the rest of a refused body is read and thrown away, so that the answer arrives.
        line_bytes_max: of the request line.
        field_bytes_max: of one header field.
        fields_max: how many header fields.
        header_bytes_max: of a header that comes in pieces, in all.
        connections_max: at once.
        connections_per_address_max: at once from one address that is no trusted proxy; a whole office shares one.
        stop_seconds_max: in which requests under way are finished when the server stops; then they are cancelled.
        look_every_seconds: how often the watch looks, and so how exact all of this is.
    """

    header_seconds_max: float = 10.0
    idle_seconds_max: float = 75.0
    body_seconds_max: float = 3600.0
    body_bytes_per_second_min: float = 16 * 1024.0
    body_grace_seconds: float = 5.0
    send_seconds_max: float = 30.0
    send_bytes_min: int = 64 * 1024
    close_seconds_max: float = 5.0
    linger_seconds_max: float = 3.0
    line_bytes_max: int = 8190
    field_bytes_max: int = 8190
    fields_max: int = 64
    header_bytes_max: int = 32 * 1024
    connections_max: int = 1000
    connections_per_address_max: int = 200
    stop_seconds_max: float = 20.0
    look_every_seconds: float = 0.5


LIMITS: Final = Limits()


class BodyTooSlowError(SubsidyError):
    """The body comes too slowly; whoever reads it gets this error, and it is answered 408.

    Attributes:
        seconds: how long it was waited for.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body came too slowly for {seconds:.1f} s")
        self.seconds = seconds
