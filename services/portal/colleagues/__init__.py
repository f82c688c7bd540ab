"""An employer's own people: who may do what (经办人管理), whose work is checked (复核), tokens, and who did what."""
