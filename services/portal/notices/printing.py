"""Papers as PDF, set by typst: off the event loop, one at a time, in a typeface that comes with the project's assets.

What is printed arrives as data beside the document and is never read as markup. The PDF is tagged (PDF/UA-1), so that it
can be read aloud, too.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
import typst

from services.portal.pages.assets import AssetsMissingError

Data = Mapping[str, str | Sequence[str] | Sequence[Sequence[str]]]

_PAPERS: Final = Path(__file__).parent / "papers"
_FOLDER: Final = Path("@expo-google-fonts") / "noto-sans-sc"
_WEIGHTS: Final = ("400Regular", "700Bold")
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
            self._fonts = self._typefaces()
        return typst.compile(
            _PAPERS / f"{paper}.typ",
            root=_PAPERS,
            font_paths=self._fonts,
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="ua-1",
            timestamp=int(at.timestamp()),
        )

    def _typefaces(self) -> typst.Fonts:
        folder = self._assets / _FOLDER
        paths = [str(folder / weight) for weight in _WEIGHTS]
        # To look through the machine's own takes a fifth of a second, in which nothing else of the process is done.
        fonts = typst.Fonts(include_system_fonts=not folder.is_dir(), font_paths=paths)
        if _FAMILIES.isdisjoint(fonts.families()):
            raise AssetsMissingError(folder)
        return fonts
