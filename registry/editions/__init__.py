"""Editions: what is frozen, how it is approved and published, and how anybody checks it."""
