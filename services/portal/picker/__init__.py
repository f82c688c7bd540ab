"""选择员工: the window in which people are chosen, one or very many, by search, by ticks, all at once, or by a list."""
