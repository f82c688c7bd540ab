"""审核: the bureau's plain queue of everything that waits for a decision, and one page for each of it (F116, P3)."""
