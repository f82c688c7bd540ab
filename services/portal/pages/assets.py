"""Style sheets and scripts: our own, and those that `make` has fetched from npm; each under the hash of its content.

They are few and read once, when the portal starts, so that a name never leads to other bytes than its hash says and
browsers may keep them for good.
"""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
from aiohttp import web
from markupsafe import Markup

from libsubsidy import SubsidyError

PREFIX: Final = "/assets/"
_SIGN: Final = Markup('<svg class="sign" aria-hidden="true" focusable="false"><use href="{path}#{name}"></use></svg>')
_OWN: Final = Path(__file__).parent / "static"
_PORTAL: Final = Path(__file__).parent.parent
# By the names under which templates ask for them.
_FROM_NPM: Final[Mapping[str, str]] = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
}
_OURS: Final = (
    "colours.css",
    "portal.css",
    "forms.css",
    "lists.css",
    "api.css",
    "theme.js",
    "early.js",
    "asking.js",
    "forms.js",
    "page.js",
    "icon.svg",
)
# The features' own scripts, beside them; a page loads what it needs.
_OF_FEATURES: Final[Mapping[str, str]] = {
    "frame.css": "shell/static/frame.css",
    "frame.js": "shell/static/frame.js",
    "notes.js": "shell/static/notes.js",
    "signs.svg": "shell/static/signs.svg",
    "changes.css": "changes/static/changes.css",
    "changes.js": "changes/static/changes.js",
    "attachments.css": "attachments/static/attachments.css",
    "attachments.js": "attachments/static/attachments.js",
    "importing.css": "importing/static/importing.css",
    "importing.js": "importing/static/importing.js",
    "opening.css": "opening/static/opening.css",
    "opening.js": "opening/static/opening.js",
    "backfills.css": "backfills/static/backfills.css",
    "backfillrow.js": "backfills/static/backfillrow.js",
    "backfills.js": "backfills/static/backfills.js",
    "picker.css": "picker/static/picker.css",
    "picker.js": "picker/static/picker.js",
    "initialisation.css": "initialisation/static/initialisation.css",
    "initialisation.js": "initialisation/static/initialisation.js",
    "roster.css": "roster/static/roster.css",
    "roster.js": "roster/static/roster.js",
    "queue.css": "queue/static/queue.css",
    "queue.js": "queue/static/queue.js",
    "registration.css": "registration/static/registration.css",
    "registration.js": "registration/static/registration.js",
    "colleagues.css": "colleagues/static/colleagues.css",
    "secret.js": "colleagues/static/secret.js",
    "entrance.css": "entrance/static/entrance.css",
    "login.js": "entrance/static/login.js",
    "code.js": "entrance/static/code.js",
    "notices.css": "notices/static/notices.css",
    "notices.js": "notices/static/notices.js",
    "transfers.css": "transfers/static/transfers.css",
    "transfers.js": "transfers/static/transfers.js",
    "sealing.css": "sealing/static/sealing.css",
    "sealing.js": "sealing/static/sealing.js",
    "amounts.css": "amounts/static/amounts.css",
    "comparing.css": "comparing/static/comparing.css",
    "comparing.js": "comparing/static/comparing.js",
    "backpay.css": "back_payments/static/backpay.css",
    "range.js": "back_payments/static/range.js",
    "months.js": "back_payments/static/months.js",
    "covers.js": "back_payments/static/covers.js",
    "neworder.js": "orders/static/neworder.js",
    "orders.css": "orders/static/orders.css",
    "sheet.css": "orders/static/sheet.css",
    "sheet.js": "orders/static/sheet.js",
    "sheetdata.js": "orders/static/sheetdata.js",
    "sheetrow.js": "orders/static/sheetrow.js",
    "sheetrows.js": "orders/static/sheetrows.js",
    "sheetsearch.js": "orders/static/sheetsearch.js",
    "sheetsaving.js": "orders/static/sheetsaving.js",
    "sheetsubmit.js": "orders/static/sheetsubmit.js",
    "withdrawals.css": "withdrawals/static/withdrawals.css",
    "withdrawals.js": "withdrawals/static/withdrawals.js",
    "password.js": "entrance/static/password.js",
    "session.js": "entrance/static/session.js",
}
_TYPES: Final[Mapping[str, str]] = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HASH_CHARACTERS: Final = 16
_KEPT: Final = "public, max-age=31536000, immutable"


class AssetsMissingError(SubsidyError, OSError):
    """A file that the pages need is not where `make` puts it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the pages need {path}: fetch it with `make assets`, or name the folder in SUBSIDY_ASSETS / "
            f"缺少网页资源 {path}：请运行 make assets，或用 SUBSIDY_ASSETS 指定目录"
        )
        self.path = path


@attrs.frozen(eq=False)
class Asset:
    """One file, as it is sent."""

    path: str
    content_type: str
    body: bytes = attrs.field(repr=False)
    compressed: bytes = attrs.field(repr=False)

    @classmethod
    def read(cls, name: str, file: Path) -> "Asset":
        """Read a file and give it its path.

        Raises:
            AssetsMissingError: it is not there.
        """
        try:
            body = file.read_bytes()
        except OSError as error:
            raise AssetsMissingError(file) from error
        stem, suffix = Path(name).stem, Path(name).suffix
        digest = hashlib.sha256(body).hexdigest()[:_HASH_CHARACTERS]
        return cls(f"{PREFIX}{stem}.{digest}{suffix}", _TYPES[suffix], body, gzip.compress(body, mtime=0))

    def response(self, request: web.Request) -> web.Response:
        """Send it, compressed to whoever takes that."""
        takes = "gzip" in request.headers.get("Accept-Encoding", "")
        headers = {"Cache-Control": _KEPT, "Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if takes else {})
        body = self.compressed if takes else self.body
        return web.Response(body=body, content_type=self.content_type, charset="utf-8", headers=headers)


@attrs.frozen
class Assets:
    """All files of the pages."""

    _by_name: Mapping[str, Asset]

    @classmethod
    def load(cls, npm: Path) -> "Assets":
        """Read them; `npm` is the folder node_modules.

        Raises:
            AssetsMissingError: one is not there.
        """
        files = {name: npm / path for name, path in _FROM_NPM.items()} | {name: _OWN / name for name in _OURS}
        files |= {name: _PORTAL / path for name, path in _OF_FEATURES.items()}
        return cls({name: Asset.read(name, file) for name, file in files.items()})

    def path(self, name: str) -> str:
        """Give the path of a file, for templates."""
        return self._by_name[name].path

    def sign(self, name: str) -> Markup:
        """Draw one of our signs, for templates; it says nothing to who cannot see."""
        return _SIGN.format(path=self.path("signs.svg"), name=name)

    def by_path(self) -> dict[str, Asset]:
        """Give the files by their paths."""
        return {asset.path: asset for asset in self._by_name.values()}


ASSETS: Final = web.AppKey("assets", Assets)


def set_up(app: web.Application, npm: Path) -> None:
    """Serve the files.

    Raises:
        AssetsMissingError: one is not there.
    """
    app[ASSETS] = assets = Assets.load(npm)
    by_path = assets.by_path()

    async def send(request: web.Request) -> web.Response:
        asset = by_path.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        return asset.response(request)

    app.router.add_get(PREFIX + "{name:[a-z]{1,20}\\.[0-9a-f]{16}\\.[a-z]{1,4}}", send, name="assets")
