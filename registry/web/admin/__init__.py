from registry.web.admin import acceptances, activities, change_log, document_texts, transfers, users, vendors

__all__ = ["acceptances", "activities", "change_log", "document_texts", "transfers", "users", "vendors"]
