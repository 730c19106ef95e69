from registry.admin import acceptances, activities, changes, people, texts, transfers, vendors

__all__ = ["acceptances", "activities", "changes", "people", "texts", "transfers", "vendors"]
