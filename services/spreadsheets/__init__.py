"""Spreadsheets in and out: XLSX, XLS and CSV, by a layout that both directions share. No database, no network.

A template that is written here is known again when it comes back: by its mark, which says which template it is and of
which version.
"""
