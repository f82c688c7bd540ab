"""员工初始化: the table of migrated people that an employer verifies before it may order (F15-F19)."""
