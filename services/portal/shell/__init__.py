"""The shell around all pages of an entrance: menu, search, colours, notes, and the home page (扩展栏, F20-F25)."""
