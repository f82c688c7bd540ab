"""开发短信箱, the development box: messages stay on this machine, in its log and on a page (/development/sms).

Whoever can open the page can log in as anybody who gets codes. So it exists only where the settings ask for it and the
portal listens on this machine's own loopback address, and nowhere where a gateway is set.
"""

import structlog

log = structlog.get_logger()


class DevelopmentBox:
    """Sends nothing; the table keeps what would have been sent."""

    @property
    def keeps_texts(self) -> bool:
        """To be read on the page."""
        return True

    async def send(self, mobile: str, text: str) -> None:
        """Write the message into the log."""
        log.info("message in the development box", mobile=mobile, text=text)
