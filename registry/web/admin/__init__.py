"""The admin: one module for each model of the register, and what they share."""

from registry.web.admin import (
    acceptances,
    activities,
    agreements,
    change_log,
    document_texts,
    editions,
    legal_bases,
    mechanisms,
    organisation_settings,
    transfers,
    users,
    vendor_names,
    vendors,
)

__all__ = [
    "acceptances",
    "activities",
    "agreements",
    "change_log",
    "document_texts",
    "editions",
    "legal_bases",
    "mechanisms",
    "organisation_settings",
    "transfers",
    "users",
    "vendor_names",
    "vendors",
]
