"""The version of the rules; stored with every decision, so that an old one can be read as it was meant."""

from typing import Final

VERSION: Final = "0.1.0"
