"""职工批量导入 (F48-F52): a template is filled in, uploaded, read beside the loop, looked through, corrected, and submitted."""
