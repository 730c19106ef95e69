"""Ending vendors: what becomes of their activities, and the proof that the data was deleted or returned."""
