"""Who asks: a person with a session, or a machine with a token."""

from datetime import datetime

import attrs

from services.portal.roles import DATABASE_ROLES, PortalRole
from services.store.database import Actor


@attrs.frozen(kw_only=True)
class Identity:
    """A user, proven by a session or a token.

    Attributes:
        scopes: what a token may do; None for a session, which may do all that the role may.
        ends_at: when the session or the token ends at the latest.
        must_change: the password is an initial or a one-time one, and nothing is done before it is changed (F10).
    """

    user_id: int
    role: PortalRole
    name: str
    employer_id: int | None
    person_id: int | None
    scopes: frozenset[str] | None
    ends_at: datetime
    must_change: bool = False

    @property
    def actor_name(self) -> str:
        """How the audit trail names this user, whether a session or a token was used."""
        return f"user/{self.user_id}"

    def actor(self, origin: str) -> Actor:
        """Give the database role and tenant of this user's transactions."""
        return Actor(
            role=DATABASE_ROLES[self.role],
            name=self.actor_name,
            origin=origin,
            employer_id=self.employer_id,
            person_id=self.person_id,
        )

    def may(self, scope: str) -> bool:
        """Say whether a call of this scope is within the token's; the empty scope is for people only."""
        return self.scopes is None or scope in self.scopes


@attrs.frozen(kw_only=True)
class Credentials:
    """What a request proved itself with.

    Attributes:
        identity: None when it brought nothing.
        session_token: the cookie's, from which the CSRF token follows; None for machines.
    """

    identity: Identity | None = None
    session_token: str | None = attrs.field(default=None, repr=False)


NOBODY = Credentials()
