"""The contrast of every pair of colours that stands on another, in every theme: computed, not seen."""

import re
from pathlib import Path

import pytest

from services.portal.pages import assets
from services.store.preferences import COLOURS

CSS = Path(assets.__file__).parent / "static"
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
VARIABLE = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})")
TEXT_MIN = 4.5
# The lines around fields and the ring around what has the focus are no text.
LINE_MIN = 3.0


def variables(colour: str, scheme: str) -> dict[str, str]:
    """The variables of a theme, as the cascade leaves them."""
    found: dict[str, str] = {}
    text = "".join((CSS / name).read_text(encoding="utf-8") for name in ("portal.css", "colours.css"))
    dark = '[data-bs-theme="dark"]'
    selectors = {":root", f'[data-colour="{colour}"]'}
    if scheme == "dark":
        selectors |= {dark, f'{dark}[data-colour="{colour}"]'}
    for wanted in ("light", "dark"):
        for names, body in RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
            matching = {name.strip() for name in names.split(",")} & selectors
            if any((dark in name) == (wanted == "dark") for name in matching):
                found |= dict(VARIABLE.findall(body))
    return found


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_of_known_pairs() -> None:
    """Black on white is 21 to 1, and #767676 the lightest grey that is enough."""
    assert (21.0, 4.54) == (round(contrast("#000", "#ffffff"), 2), round(contrast("#767676", "#fff"), 2))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("colour", COLOURS)
def test_every_theme_can_be_read(colour: str, scheme: str) -> None:
    """F22: text has 4.5 to 1 on whatever it stands on, lines and rings have 3 to 1."""
    theme = variables(colour, scheme)
    surface, ground, ink = theme["tblr-bg-surface"], theme["tblr-body-bg"], theme["tblr-body-color"]
    texts = [
        (theme["on-primary"], theme["tblr-primary"]),
        (theme["on-primary"], theme["primary-over"]),
        ("#ffffff", theme["side"]),
        ("#ccd6e1", theme["side"]),
        *((ink, back) for back in (surface, ground, theme["tint"], theme["row-over"], theme["note-back"])),
        (theme["note-ink"], theme["note-back"]),
        *((theme["link"], back) for back in (surface, ground, theme["tint"], theme["row-over"])),
        *(
            (theme["ink-soft"], back)
            for back in (surface, ground, theme["tint"], theme["row-over"], theme["note-back"])
        ),
        *(
            (theme[tone], back)
            for tone in ("done", "waits", "wrong", "plain")
            for back in (surface, theme[f"{tone}-back"])
        ),
    ]
    lines = [(theme[line], surface) for line in ("field-edge", "dot", "focus")]

    assert [] == [pair for pair in texts if contrast(*pair) < TEXT_MIN]
    assert [] == [pair for pair in lines if contrast(*pair) < LINE_MIN]
