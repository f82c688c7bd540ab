"""Attachments (附件): what is known of each file; its bytes lie outside the database, under a random key.

A file is uploaded first and bound to what it proves later, in the transaction that submits it (F109, I32). Whoever acts
owns it: an employer, or, before there is one, a registration session; row security shows it to nobody else, to the bureau
only what is bound. What was bound is evidence: it may be replaced, when a returned application is handed in again, and is
never deleted. What never was bound is forgotten after a day, the bytes before the row.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import MediaType, Policy, Slot, Violation, check_attachments, slot_of
from services.store.database import Connection
from services.store.refusals import RefusedError, absent, refuse, violation
from services.store.violations import translated

FORGOTTEN_AFTER: Final = timedelta(days=1)
# What one owner may have uploaded without handing it in: two applications full.
UNBOUND_MAX: Final = 60
_FORGOTTEN_AT_ONCE_MAX: Final = 500
_KEY_BYTES: Final = 32
_COLUMNS: Final = (
    "id, employer_id, purpose, slot, file_name, state, storage_key, size_bytes, sha256, media_type, pages, "
    "subject_kind, subject_id, uploaded_by, begun_at"
)


class AttachmentState(Enum):
    """The life of a file: uploading → stored → bound → replaced; uploading, stored → deleted."""

    UPLOADING = "uploading"
    STORED = "stored"
    BOUND = "bound"
    REPLACED = "replaced"
    DELETED = "deleted"


@attrs.frozen
class Subject:
    """What a file is bound to, such as ``Subject("application", 17)``; ``registration`` and ``transfer`` are others."""

    kind: str
    id: int


@attrs.frozen(kw_only=True)
class Stored:
    """What was found out about a file while it was stored.

    Attributes:
        size_bytes: how long it is.
        sha256: of its bytes.
        media_type: what it is by its contents.
        pages: how many pages can be looked at; one of a picture.
    """

    size_bytes: int
    sha256: bytes
    media_type: MediaType
    pages: int


@attrs.frozen(kw_only=True)
class Attachment:
    """A file without its bytes.

    Attributes:
        employer_id: whose it is; None for a registration session's.
        purpose: what it was uploaded for, a key of `libsubsidy.SLOTS`.
        slot: name of the slot of that purpose in which it lies.
        filename: how people know it; never a path.
        storage_key: where its bytes lie.
        stored: what is known since it was stored; None before.
        subject: what it is bound to; None before.
        uploaded_by: the actor.
    """

    id: int
    employer_id: int | None
    purpose: str
    slot: str
    filename: str
    state: AttachmentState
    storage_key: str = attrs.field(repr=False)
    stored: Stored | None
    subject: Subject | None
    uploaded_by: str
    begun_at: datetime

    @property
    def of_slot(self) -> Slot | None:
        """The slot with its words; None when the library no longer has it."""
        return slot_of(self.purpose, self.slot)


async def begin(connection: Connection, purpose: str, slot: str, filename: str) -> Attachment:
    """Make room for a file of whoever acts.

    Args:
        connection: inside the caller's transaction.
        purpose: a key of `libsubsidy.SLOTS`.
        slot: one of that purpose's.
        filename: cleaned by `libsubsidy.clean_file_name`.

    Raises:
        RefusedError: ATTACHMENT_SLOT, ATTACHMENTS_WAITING.
    """
    if slot_of(purpose, slot) is None:
        raise RefusedError(Violation.of("ATTACHMENT_SLOT", slot=slot))
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH begun AS (
                INSERT INTO attachment (purpose, slot, file_name, storage_key)
                SELECT $1, $2, $3, $4
                WHERE $5 > (SELECT count(*) FROM attachment
                            WHERE state IN ('uploading', 'stored') AND employer_id IS NOT DISTINCT FROM current_employer_id()
                              AND registration_id IS NOT DISTINCT FROM current_registration_id())
                RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'attachment', id, state FROM begun)
            SELECT {_COLUMNS} FROM begun
            """,
            purpose,
            slot,
            filename,
            secrets.token_urlsafe(_KEY_BYTES),
            UNBOUND_MAX,
        )
    if row is None:
        raise refuse("ATTACHMENTS_WAITING", limit=UNBOUND_MAX)
    return _attachment(row)


async def finish(connection: Connection, attachment_id: int, stored: Stored) -> Attachment:
    """Note that the bytes lie under the key, whole.

    Raises:
        RefusedError: ABSENT; it was deleted meanwhile, and whoever stored the bytes takes them away again.
    """
    row = await connection.fetchrow(
        f"""
        WITH stored AS (
            UPDATE attachment SET state = 'stored', size_bytes = $2, sha256 = $3, media_type = $4, pages = $5
            WHERE id = $1 AND state = 'uploading' RETURNING *),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'attachment', id, 'uploading', state FROM stored)
        SELECT {_COLUMNS} FROM stored
        """,
        attachment_id,
        stored.size_bytes,
        stored.sha256,
        stored.media_type.value,
        stored.pages,
    )
    if row is None:
        raise _absent(attachment_id)
    return _attachment(row)


async def get(connection: Connection, attachment_id: int) -> Attachment:
    """Return a file that the actor may see.

    Raises:
        RefusedError: ABSENT; there is none, it is another's (I31), or it was deleted.
    """
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM attachment WHERE id = $1 AND state <> 'deleted'", attachment_id
    )
    if row is None:
        raise _absent(attachment_id)
    return _attachment(row)


async def waiting(
    connection: Connection, purpose: str | None = None, *, before: int | None = None, limit: int
) -> tuple[Attachment, ...]:
    """Return what whoever acts has stored and not handed in, the newest first, from before an id on."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM attachment
        WHERE state = 'stored' AND employer_id IS NOT DISTINCT FROM current_employer_id()
            AND registration_id IS NOT DISTINCT FROM current_registration_id()
            AND ($1::text IS NULL OR purpose = $1) AND ($2::bigint IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3
        """,
        purpose,
        before,
        limit,
    )
    return tuple(map(_attachment, rows))


async def delete(connection: Connection, attachment_id: int) -> None:
    """Give up a file that was not handed in.

    Raises:
        RefusedError: ABSENT; ATTACHMENT_BOUND, because what was handed in is evidence.
    """
    deleted = await connection.fetchval(
        """
        WITH found AS (
            SELECT id, state FROM attachment WHERE id = $1 AND state IN ('uploading', 'stored') FOR UPDATE),
        deleted AS (
            UPDATE attachment a SET state = 'deleted' FROM found WHERE a.id = found.id
            RETURNING a.id, a.employer_id, found.state AS was),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'attachment', id, was, 'deleted' FROM deleted)
        SELECT id FROM deleted
        """,
        attachment_id,
    )
    if deleted is None:
        raise refuse("ATTACHMENT_BOUND", file=(await get(connection, attachment_id)).filename)


async def bind(
    connection: Connection,
    purpose: str,
    subject: Subject,
    attachment_ids: Sequence[int],
    *,
    also_required: Collection[str] = (),
    policy: Policy | None = None,
) -> tuple[Attachment, ...]:
    """Bind files to what they prove, in the transaction that submits it; exactly these are its files afterwards.

    What was bound to it before and is not among them is replaced; it stays stored, because somebody may have judged by it.

    Args:
        connection: inside the caller's transaction, as the owner of the files.
        purpose: a key of `libsubsidy.SLOTS`.
        subject: created in the same transaction, or locked by it.
        attachment_ids: in any order; one that stands twice counts once.
        also_required: slots that are required here beyond those that always are.
        policy: the bureau's numbers.

    Raises:
        RefusedError: ABSENT, or with everything else that is wrong: ATTACHMENT_MISSING, ATTACHMENT_NOT_STORED,
            ATTACHMENT_BOUND (to something else), ATTACHMENT_PURPOSE, ATTACHMENT_TOO_MANY.
    """
    if broken := await check(connection, purpose, subject, attachment_ids, also_required=also_required, policy=policy):
        raise RefusedError(*broken)
    await _bind(connection, subject, attachment_ids)
    return await of_subject(connection, subject)


async def check(
    connection: Connection,
    purpose: str,
    subject: Subject | None,
    attachment_ids: Sequence[int],
    *,
    also_required: Collection[str] = (),
    policy: Policy | None = None,
) -> tuple[Violation, ...]:
    """Lock files, and say what keeps them from being bound; for who has more to say, too, about what is not there yet (None).

    Raises:
        RefusedError: ABSENT.
    """
    numbers = policy or Policy()
    wanted = list(dict.fromkeys(attachment_ids))
    if len(wanted) > (limit := numbers.attachments_per_application_max):
        return (Violation.of("ATTACHMENT_TOO_MANY/all", files=len(wanted), limit=limit),)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM attachment
        WHERE state <> 'deleted' AND (id = ANY ($1) OR (subject_kind = $2 AND subject_id = $3 AND state = 'bound'))
        ORDER BY id FOR UPDATE
        """,
        wanted,
        *((None, None) if subject is None else (subject.kind, subject.id)),
    )
    known = {row["id"]: _attachment(row) for row in rows}
    for attachment_id in wanted:
        if attachment_id not in known:
            raise _absent(attachment_id)
    chosen = [known[attachment_id] for attachment_id in wanted]
    return (
        *_unfit(chosen, purpose, subject),
        *check_attachments(
            purpose,
            [each.slot for each in chosen if each.purpose == purpose and each.stored is not None],
            [each.filename for each in chosen if each.stored is None],
            also_required=also_required,
            policy=numbers,
        ),
    )


async def of_subject(connection: Connection, subject: Subject) -> tuple[Attachment, ...]:
    """Return what is bound to something, as far as the actor may see it; the first uploaded first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM attachment
        WHERE subject_kind = $1 AND subject_id = $2 AND state = 'bound' ORDER BY id
        """,
        subject.kind,
        subject.id,
    )
    return tuple(map(_attachment, rows))


async def forget(connection: Connection, *, older_than: timedelta = FORGOTTEN_AFTER) -> tuple[Attachment, ...]:
    """Give up what was uploaded long ago and never bound; return all whose bytes are to be erased, some at a time."""
    rows = await connection.fetch(
        f"""
        WITH old AS (
            SELECT id, state FROM attachment
            WHERE state IN ('uploading', 'stored') AND begun_at < now() - $1::interval
            ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED),
        given_up AS (
            UPDATE attachment a SET state = 'deleted' FROM old WHERE a.id = old.id RETURNING a.*),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
            SELECT g.employer_id, 'attachment', g.id, old.state, 'deleted', 'never handed in'
            FROM given_up g JOIN old USING (id))
        SELECT {_COLUMNS} FROM given_up
        UNION ALL
        (SELECT {_COLUMNS} FROM attachment WHERE state = 'deleted' ORDER BY id LIMIT $2)
        """,
        older_than,
        _FORGOTTEN_AT_ONCE_MAX,
    )
    return tuple(map(_attachment, rows))


async def erase(connection: Connection, attachment_ids: Sequence[int]) -> None:
    """Forget deleted files whose bytes are gone."""
    await connection.execute("DELETE FROM attachment WHERE id = ANY ($1) AND state = 'deleted'", list(attachment_ids))


def _unfit(chosen: Sequence[Attachment], purpose: str, subject: Subject | None) -> Iterator[Violation]:
    for each in chosen:
        if each.subject not in {None, subject} or each.state is AttachmentState.REPLACED:
            yield violation("ATTACHMENT_BOUND", file=each.filename)
        elif each.purpose != purpose:
            yield violation("ATTACHMENT_PURPOSE", file=each.filename)


async def _bind(connection: Connection, subject: Subject, wanted: Sequence[int]) -> None:
    await connection.execute(
        """
        WITH moved AS (
            UPDATE attachment SET state = CASE WHEN id = ANY ($3) THEN 'bound' ELSE 'replaced' END,
                subject_kind = $1, subject_id = $2
            WHERE CASE WHEN id = ANY ($3) THEN state = 'stored'
                       ELSE state = 'bound' AND subject_kind = $1 AND subject_id = $2 END
            RETURNING id, employer_id, state)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, 'attachment', id, CASE state WHEN 'bound' THEN 'stored' ELSE 'bound' END, state,
            $1 || '-' || $2::bigint
        FROM moved
        """,
        subject.kind,
        subject.id,
        list(wanted),
    )


def _absent(attachment_id: int) -> RefusedError:
    return absent("附件", "attachment", attachment_id)


def _attachment(row: Record) -> Attachment:
    return Attachment(
        id=row["id"],
        employer_id=row["employer_id"],
        purpose=row["purpose"],
        slot=row["slot"],
        filename=row["file_name"],
        state=AttachmentState(row["state"]),
        storage_key=row["storage_key"],
        stored=None
        if row["sha256"] is None
        else Stored(
            size_bytes=row["size_bytes"],
            sha256=row["sha256"],
            media_type=MediaType(row["media_type"]),
            pages=row["pages"],
        ),
        subject=None if row["subject_id"] is None else Subject(row["subject_kind"], row["subject_id"]),
        uploaded_by=row["uploaded_by"],
        begun_at=row["begun_at"],
    )
