"""What a page knows of its session: whose it is and when it ends, so that nobody loses a half-filled form (F14)."""

from typing import Self

import attrs

from services.portal.identity import Identity
from services.portal.settings import PortalSettings


@attrs.frozen(kw_only=True)
class SessionFacts:
    """Of one session.

    Attributes:
        idle_seconds: it ends earlier, when nothing is asked for so long.
        ends_at: when it ends at the latest, as browsers read it.
    """

    user_id: int
    idle_seconds: int
    ends_at: str

    @classmethod
    def of(cls, settings: PortalSettings, identity: Identity | None) -> Self | None:
        """Give them; there are none for who has not logged in."""
        if identity is None:
            return None
        return cls(
            user_id=identity.user_id,
            idle_seconds=settings.session_idle_minutes * 60,
            ends_at=identity.ends_at.isoformat(),
        )
