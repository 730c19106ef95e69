"""Where the texts of decisions and judgments are published. Pure: no Django."""

from __future__ import annotations

EUR_LEX = "https://eur-lex.europa.eu/legal-content/{language}/TXT/?uri=CELEX:{celex}"


def eur_lex(celex: str, language: str) -> str:
    """Return the address of a decision or a court judgment by its CELEX number; empty where that is."""
    return EUR_LEX.format(language=language[:2].upper(), celex=celex) if celex else ""
