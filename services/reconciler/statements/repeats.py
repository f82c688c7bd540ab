"""Which bank ids come twice in a file, in bounded memory: about 25 bytes an id, where a set of texts would take 120."""

from array import array
from typing import Final

_SLOTS_AT_FIRST: Final = 1 << 16


class Repeats:
    """An open-addressed table of 64-bit hashes, with the place of each.

    Python's hash of texts is keyed anew in each process, so nobody can prepare ids that collide.

    >>> seen = Repeats()
    >>> seen.place_of("A1", 10), seen.place_of("B2", 20), seen.place_of("A1", 30)
    (0, 0, 10)
    """

    def __init__(self) -> None:
        self._hashes = array("q", bytes(8 * _SLOTS_AT_FIRST))
        self._places = array("L" if array("L").itemsize == 4 else "I", bytes(4 * _SLOTS_AT_FIRST))  # noqa: PLR2004
        self._mask = _SLOTS_AT_FIRST - 1
        self._used = 0

    def place_of(self, bank_id: str, place: int) -> int:
        """Give the place where the id was first seen; 0, and remember this place (from 1), if it was not."""
        # An empty slot is 0, so a hash of 0 borrows another value.
        wanted = hash(bank_id) or 1
        hashes, mask = self._hashes, self._mask
        slot = wanted & mask
        while found := hashes[slot]:
            if found == wanted:
                return self._places[slot]
            slot = (slot + 1) & mask
        hashes[slot] = wanted
        self._places[slot] = place
        self._used += 1
        # Kept at most five eighths full, so that runs of taken slots stay short.
        if self._used * 8 > mask * 5:
            self._grow()
        return 0

    def _grow(self) -> None:
        old_hashes, old_places = self._hashes, self._places
        slots = 2 * len(old_hashes)
        hashes, mask = array("q", bytes(8 * slots)), slots - 1
        places = array(old_places.typecode, bytes(4 * slots))
        for value, place in zip(old_hashes, old_places, strict=True):
            if value:
                slot = value & mask
                while hashes[slot]:
                    slot = (slot + 1) & mask
                hashes[slot] = value
                places[slot] = place
        self._hashes, self._places, self._mask = hashes, places, mask
