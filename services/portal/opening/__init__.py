"""职工开户 (F43-F47): the list of newly added employees, the form, and what becomes of it."""
