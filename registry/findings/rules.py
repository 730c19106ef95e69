"""The rules of the register as data: each with its article, its severity, a condition, a text and a remedy.

Lists, filters, pages, ``check_register`` and the table in docs/findings.md follow from ``RULES``; ``findings.py``
counts and lists the entries that violate them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Model

from registry.findings.activity_rules import ACTIVITY_RULES
from registry.findings.rule import Rule, Severity
from registry.findings.vendor_rules import VENDOR_RULES

__all__ = ["RULES", "RULES_BY_CODE", "Rule", "Severity", "rules_of"]

#: The most severe first.
RULES: Sequence[Rule] = sorted((*ACTIVITY_RULES, *VENDOR_RULES), key=lambda rule: list(Severity).index(rule.severity))

RULES_BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}


def rules_of(model: type[Model]) -> list[Rule]:
    """Return the rules about the entries of a model, in their order."""
    return [rule for rule in RULES if rule.model is model]
