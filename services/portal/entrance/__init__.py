"""The entrance: logging in for the first time and again, the own password, and what to do when it is lost (F8-F14)."""
