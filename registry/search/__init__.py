"""Search: the index of entries and former names, matching (pure), and the hits of a page."""
