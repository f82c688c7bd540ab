"""便签 notes: what a user writes down for nobody else; the panel on every page keeps it by itself (F23)."""

from datetime import datetime

import attrs

from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import EVERYBODY
from services.portal.shell.preferences import WHO_KEEP
from services.portal.wire import Id
from services.store import notes as store

notes = Endpoints(tag="便签 notes")


@attrs.frozen(kw_only=True)
class NoteView:
    """A note.

    Attributes:
        version: what a change of it must name.
    """

    id: Id
    contents: str
    version: int
    changed_at: datetime


@attrs.frozen(kw_only=True)
class NotesView:
    """All own notes, the newest first; there are at most 50."""

    items: tuple[NoteView, ...]


@attrs.frozen(kw_only=True)
class NewNote:
    """A note to write.

    Attributes:
        contents: up to 2000 characters; it may begin empty.
    """

    contents: str = ""


@attrs.frozen(kw_only=True)
class ChangedNote:
    """What a note says now.

    Attributes:
        contents: up to 2000 characters.
        version: of the note that was changed.
    """

    contents: str
    version: int


@notes.get("/notes", who=EVERYBODY)
async def list_own(call: Call) -> NotesView:
    """Read the own notes."""
    return NotesView(items=tuple(_view(note) for note in await store.own(call.connection)))


@notes.post("/notes", who=WHO_KEEP, status=201, creates=True)
async def add(call: Call, body: NewNote) -> NoteView:
    """Write a new note."""
    return _view(await store.add(call.connection, body.contents))


@notes.put("/notes/{note_id}", who=WHO_KEEP)
async def change(call: Call, note_id: int, body: ChangedNote) -> NoteView:
    """Write what a note says now."""
    return _view(await store.change(call.connection, note_id, body.version, body.contents))


@notes.delete("/notes/{note_id}", who=WHO_KEEP)
async def remove(call: Call, note_id: int) -> None:
    """Throw a note away."""
    await store.remove(call.connection, note_id)


def _view(note: store.Note) -> NoteView:
    return NoteView(**{**attrs.asdict(note), "id": Id(note.id)})
