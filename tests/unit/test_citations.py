"""Articles and instruments in the words of a language."""

import pytest
from django.utils import translation

from registry.law.catalogue import mechanisms_by_code
from registry.law.citations import cite, cite_instrument


@pytest.mark.parametrize(
    ("articles", "english", "swedish"),
    [
        ("45", "Art. 45", "art. 45"),
        ("45(3)", "Art. 45(3)", "art. 45.3"),
        ("46(2)(c)", "Art. 46(2)(c)", "art. 46.2 c"),
        ("46(2)(b), 47", "Art. 46(2)(b), 47", "art. 46.2 b, 47"),
        ("49(1) second subparagraph", "Art. 49(1), second subparagraph", "art. 49.1 andra stycket"),
        ("44–49", "Art. 44–49", "art. 44–49"),
        ("Directive 95/46/EC 25(6)", "Article 25(6) of Directive 95/46/EC", "artikel 25.6 i direktiv 95/46/EG"),
        (
            "46(5), Directive 95/46/EC 26(4)",
            "Art. 46(5), Article 26(4) of Directive 95/46/EC",
            "art. 46.5, artikel 26.4 i direktiv 95/46/EG",
        ),
        ("national law", "national law", "national law"),
        ("", "", ""),
    ],
)
def test_articles(articles, english, swedish):
    for language, expected in (("en", english), ("sv", swedish)):
        with translation.override(language):
            assert cite(articles) == expected


@pytest.mark.parametrize(
    ("text", "swedish"),
    [
        ("2016/1250", "2016/1250"),
        ("2000/518/EC", "2000/518/EG"),
        ("2010/87/EU", "2010/87/EU"),
        ("2021/1772 as amended by 2025/2574", "2021/1772, ändrat genom 2025/2574"),
        ("C-703/25 P (appeal against T-553/23, pending)", "C-703/25 P (överklagande av T-553/23, pågår)"),
        ("2010/87/EU, end day by 2021/914 Art. 4", "2010/87/EU, slutdag genom 2021/914 art. 4"),
        ("EU accession, 2004-05-01", "EU-anslutningen, 2004-05-01"),
        ("C-311/18 (Schrems II), 2020-07-16", "C-311/18 (Schrems II), 2020-07-16"),
    ],
)
def test_instruments(text, swedish):
    with translation.override("sv"):
        assert cite_instrument(text) == swedish
    with translation.override("en"):
        assert cite_instrument(text) == text


def test_nothing_english_is_left_of_the_reference_data():
    english = ("Art.", "Directive", "as amended", "appeal", "pending", "end day", "accession", "clause", "/EC", "(")
    with translation.override("sv"):
        for known in mechanisms_by_code().values():
            cited = cite(known["article"]), *map(cite_instrument, (known["instrument"], known["ended_by"]))
            for text in cited:
                words = text.replace("(Schrems I)", "").replace("(Schrems II)", "")
                assert not [word for word in english if word in words], text
