"""补缴 (F89-F95): a longer one as several orders, a page per month, the first page for all months, lump sums."""
