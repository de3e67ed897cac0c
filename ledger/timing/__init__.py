"""Time limits: the statutory calendar, the grammar of Chinese deadlines, the rules with their sources."""
