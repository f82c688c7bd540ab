"""单位信息变更, 信息变更 and 职工信息变更, and the records of what changed."""
