"""Papers as PDF, set by typst: off the event loop, one at a time, in a typeface that comes with the project's assets.

What is printed arrives as data beside the document and is never read as markup. The PDF is tagged (PDF/UA-1), so that it
can be read aloud, too.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import attrs
import typst

from services.portal.pages.assets import AssetsMissingError

Data = Mapping[str, str | Sequence[str] | Sequence[Sequence[str]]]

_PAPERS: Final = Path(__file__).parent / "papers"
_FOLDER: Final = Path("@expo-google-fonts") / "noto-sans-sc"
_WEIGHTS: Final = ("400Regular", "700Bold")
_Standard = Literal["ua-1"]
_TO_BE_READ_ALOUD: Final[Sequence[_Standard]] = ("ua-1",)
# Those that papers/sheet.typ names: ours, or else one of the machine's.
_FAMILIES: Final = frozenset({"Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei"})


@attrs.define(eq=False)
class Printer:
    """Prints one paper after the other; the typefaces are read when the first one is asked for.

    Attributes:
        _assets: the folder node_modules.
    """

    _assets: Path
    _turn: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(1), init=False, repr=False)
    _fonts: typst.Fonts | None = attrs.field(default=None, init=False, repr=False)
    _all_fonts: typst.Fonts | None = attrs.field(default=None, init=False, repr=False)

    async def pdf(self, paper: str, data: Data, at: datetime) -> bytes:
        """Print a paper of the folder papers/.

        Args:
            paper: its name without the ending.
            data: every word on it that is not the paper's own.
            at: when; it stands within the file, too.

        Raises:
            AssetsMissingError: no Chinese typeface is there.
        """
        async with self._turn:
            return await asyncio.to_thread(self._pdf, paper, data, at)

    def _pdf(self, paper: str, data: Data, at: datetime) -> bytes:
        if self._fonts is None:
            # To look through the machine's own takes a fifth of a second, in which nothing else of the process is done.
            self._fonts = self._typefaces(machines_own=not (self._assets / _FOLDER).is_dir())
        try:
            return _compiled(paper, data, at, self._fonts, _TO_BE_READ_ALOUD)
        except typst.TypstError:
            # A name has a character that ours has not; the standard refuses what cannot be shown.
            if self._all_fonts is None:
                self._all_fonts = self._typefaces(machines_own=True)
        try:
            return _compiled(paper, data, at, self._all_fonts, _TO_BE_READ_ALOUD)
        except typst.TypstError:
            return _compiled(paper, data, at, self._all_fonts, ())  # An empty box stands for it; all else is there.

    def _typefaces(self, *, machines_own: bool) -> typst.Fonts:
        folder = self._assets / _FOLDER
        paths = [str(folder / weight) for weight in _WEIGHTS]
        fonts = typst.Fonts(include_system_fonts=machines_own, font_paths=paths)
        if _FAMILIES.isdisjoint(fonts.families()):
            raise AssetsMissingError(folder)
        return fonts


def _compiled(paper: str, data: Data, at: datetime, fonts: typst.Fonts, standards: Sequence[_Standard]) -> bytes:
    return typst.compile(
        _PAPERS / f"{paper}.typ",
        root=_PAPERS,
        font_paths=fonts,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=list(standards),
        timestamp=int(at.timestamp()),
    )
