from registry.admin import activities, changes, people, texts, transfers, vendors

__all__ = ["activities", "changes", "people", "texts", "transfers", "vendors"]
