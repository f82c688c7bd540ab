"""缴费通知: what is to be paid and how, what came of it, and what the bureau ends again (F96-F105)."""
