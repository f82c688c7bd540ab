"""单位信息: the employer's card, its subsidy figures, and what was changed (F26-F28)."""
