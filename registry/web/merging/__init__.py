"""Merging: two entries that mean the same become one, with all that belongs to both."""
