"""汇缴申请: the orders of a month, their sheet and its submission (F76-F88)."""
