"""Load, faults and fuzzing: commands and no tests, for they take minutes. ``docs/load.md`` has the recorded results."""
