"""附件: files that employers hand in; uploaded, kept outside the database, looked at in safe form."""
