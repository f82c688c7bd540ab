"""What the pages say of files: sizes as people write them, and the limits with the sentences that the library has for them."""

from typing import Final

import attrs

from libsubsidy import MediaType, Policy, Violation, check_size

_KIB: Final = 1024
_MIB: Final = 1024 * 1024
_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".pdf")


@attrs.frozen(kw_only=True)
class AttachmentTerms:
    """The limits that a page tells before a file is sent; the server keeps to them whatever a page says.

    Attributes:
        accept: what a browser offers to choose; a telephone turns its own format into JPEG then.
        camera: the same for a photograph that is taken now.
        empty: why a file of no bytes is refused.
        too_large: why one beyond the limit is.
    """

    bytes_max: int
    mebibytes_max: int
    per_slot_max: int
    files_max: int
    accept: str
    camera: str
    empty: str
    too_large: str

    @classmethod
    def of(cls, policy: Policy) -> "AttachmentTerms":
        """Give those of a bureau."""
        (empty,) = check_size(0, policy)
        (too_large,) = check_size(policy.attachment_bytes_max + 1, policy)
        return cls(
            bytes_max=policy.attachment_bytes_max,
            mebibytes_max=policy.attachment_bytes_max // _MIB,
            per_slot_max=policy.attachments_per_slot_max,
            files_max=policy.attachments_per_application_max,
            accept=",".join([*(kind.value for kind in MediaType), *_ENDINGS]),
            camera=MediaType.JPEG.value,
            empty=empty.zh,
            too_large=too_large.zh,
        )

    def too_many(self, slot: str) -> str:
        """Say that a slot is full."""
        files = self.per_slot_max + 1
        return Violation.of("ATTACHMENT_TOO_MANY", slot=slot, files=files, limit=self.per_slot_max).zh


def size_text(size_bytes: int) -> str:
    """Write a size as the manual does, in kB, and longer ones in MB.

    >>> size_text(1_900), size_text(1_936_998), size_text(20 * 1024**2)
    ('1.9 KB', '1.8 MB', '20.0 MB')
    """
    if size_bytes < _MIB:
        return f"{size_bytes / _KIB:.1f} KB"
    return f"{size_bytes / _MIB:.1f} MB"
