"""The processes of the fund and what they share; never part of the wheel."""
