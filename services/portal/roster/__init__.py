"""职工管理: an employer's people in a list, each with the whole file, the ledger and what was changed (F29-F35)."""
