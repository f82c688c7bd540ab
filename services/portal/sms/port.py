"""What sends a message, as the portal sees it."""

from typing import Protocol

from libsubsidy import SubsidyError


class SmsUnavailableError(SubsidyError):
    """The gateway cannot be reached, is busy or broken: the same message is tried again later."""


class SmsRefusedError(SubsidyError):
    """The gateway does not take this message, now or ever."""


class SmsSender(Protocol):
    """A way to send messages; a bureau with a gateway of another kind writes one of these."""

    @property
    def keeps_texts(self) -> bool:
        """Whether texts stay to be read where they were queued; only a development box wants that."""

    async def send(self, mobile: str, text: str) -> None:
        """Hand one message over.

        Raises:
            SmsUnavailableError: it may be tried again.
            SmsRefusedError: it may not.
        """
