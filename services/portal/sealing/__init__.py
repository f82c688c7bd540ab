"""批量封存/启封: the list of changes, handing it in, and what was handed in before (F61-F65)."""
