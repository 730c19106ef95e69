"""The differences between two editions. Pure: no Django."""
