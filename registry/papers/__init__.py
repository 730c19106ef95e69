"""Papers of the register: what they say, and how they become PDF and Word."""
