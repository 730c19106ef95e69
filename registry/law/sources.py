"""Where the texts of decisions and judgments are published. Pure: no Django."""

from __future__ import annotations

EUR_LEX = "https://eur-lex.europa.eu/legal-content/{language}/TXT/?uri=CELEX:{celex}"


def eur_lex(celex: str, language: str) -> str:
    """Where the text of a decision or judgment is, by its CELEX number."""
    return EUR_LEX.format(language=language[:2].upper(), celex=celex) if celex else ""
