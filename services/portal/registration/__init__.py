"""注册新单位: how a new employer comes to the fund, from a telephone and a code to the bureau's decision (F1-F7)."""
