"""Editing many entries at once: choose values, look at what would change row by row, confirm.

Nothing is kept between the steps but what the page holds: the entries, the values, and the digest of the plan. The
confirmation writes the plan that was shown, or shows the new one.
"""
