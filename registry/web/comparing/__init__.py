"""Comparing a list of vendors with the register, without importing it."""
