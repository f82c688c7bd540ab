"""The limits of a statement file: everything that comes from outside has one.

They are far above what a bank sends and far below what hurts: the largest real file in view, a bureau's month of a
million lines, is about 250 MB.
"""

from typing import Final

# A whole file, in bytes as delivered (unpacked, if it came as gzip).
FILE_BYTES_MAX: Final = 512 * 1024 * 1024
# Lines (transactions) of one file.
FILE_LINES_MAX: Final = 2_000_000
# One transaction with all its markup, and one piece of markup or text outside the transactions, in characters. It bounds
# the memory that a file without line breaks or without closing tags can take.
ENTRY_CHARS_MAX: Final = 256 * 1024
# A transaction of more characters than this holds the file: no bank's has half as many (about 500 is usual). The second
# reader is not asked about it, and only the beginnings of its texts are kept.
LONG_ENTRY_CHARS: Final = 4 * 1024
# A batch of lines ends before its number is full where it has as many characters as this.
BATCH_CHARS_MAX: Final = 1024 * 1024
# Elements of one transaction; OFX knows about fifty.
ENTRY_ELEMENTS_MAX: Final = 1_000
# Statements (accounts) in one file; more than one is held, more than this is no bank's file.
FILE_ACCOUNTS_MAX: Final = 1_000
# The markup of a statement must begin within this many bytes; garbage is refused after reading no more than this.
HEAD_BYTES_MAX: Final = 64 * 1024

# OFX 2.3 §11.4.4 allows FITID 255 characters; the store keeps it in an index, so a longer one is refused, not held.
BANK_ID_CHARS_MAX: Final = 255
# Banks' own widths are about 60 (用途) to 122 (户名) and 140 (附言) bytes; these are several times that.
MEMO_CHARS_MAX: Final = 1_000
NAME_CHARS_MAX: Final = 400
ACCOUNT_CHARS_MAX: Final = 64
BANK_CHARS_MAX: Final = 64
CURRENCY_CHARS_MAX: Final = 16

# So many kinds of holds (code and field) are told apart for one file; the rest is lumped together.
HOLD_KINDS_MAX: Final = 100
# A hold names this many of the places it was found at; the rest is counted.
PLACES_NAMED_MAX: Final = 5
# How much of a wrong value a message repeats, in characters.
VALUE_SHOWN_MAX: Final = 60
