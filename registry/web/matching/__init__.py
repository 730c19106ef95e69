"""The step of an import that asks what somebody else's list means, and the answers that are kept."""
