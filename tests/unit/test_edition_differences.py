"""What changed between two editions, as data and in words."""

from datetime import date

import pytest
from django.utils import translation

from registry.editions.content import EditionColumn, EditionRow, Publisher, content_of_json
from registry.editions.difference import CellChange, NamedRow, Renamed, TextChange, difference
from registry.editions.wording import LONGEST, by_vendor, in_words, shortened_pair
from tests.editions import COLUMNS, content, row

MAIL = row("Alfa", "Utskick", "e-post", "SE", "Avtal", activity=1)
PAY = row("Beta", "Betalning", "kort", "SE", "Avtal", activity=2)


def words(before, after, most=None, language="sv"):
    with translation.override(language):
        return in_words(difference(before, after), most)


def test_the_same_content_has_no_difference():
    changes = difference(content(MAIL, PAY), content(MAIL, PAY, number=2, day=date(2026, 2, 1)))
    assert changes.is_empty
    assert words(content(MAIL), content(MAIL)) == ["Ingenting i den har ändrats."]


def test_without_an_earlier_edition_all_is_new():
    changes = difference(None, content(MAIL, PAY))
    assert (changes.first, changes.is_empty, changes.vendors_added) == (True, False, ["Alfa", "Beta"])
    assert words(None, content(MAIL, PAY)) == ["Första utgåvan, med 2 rader."]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param([MAIL], [MAIL, PAY], ["Ny leverantör: Beta (Betalning, SE)."], id="a vendor came"),
        pytest.param([MAIL, PAY], [MAIL], ["Leverantör som inte längre är med: Beta."], id="a vendor went"),
        pytest.param(
            [MAIL, row("Beta Inc.", "Betalning")],
            [MAIL],
            ["Leverantör som inte längre är med: Beta Inc."],
            id="a vendor whose name ends with a full stop went",
        ),
        pytest.param(
            [MAIL],
            [MAIL, row("Alfa", "Enkäter", "", "US", activity=3)],
            ["Nytt: Alfa – Enkäter, US."],
            id="a row came",
        ),
        pytest.param(
            [MAIL, row("Alfa", "Enkäter", activity=3)], [MAIL], ["Inte längre med: Alfa – Enkäter."], id="a row went"
        ),
        pytest.param(
            [MAIL],
            [row("Alfa", "Utskick", "e-post", "US", "Avtal", activity=1)],
            ["Alfa – Utskick: land ändrat från SE till US."],
            id="a country",
        ),
        pytest.param(
            [MAIL],
            [row("Alfa", "Nyhetsbrev", "e-post", "SE", "Avtal", activity=1)],
            ["Alfa: ändamål ändrat från Utskick till Nyhetsbrev."],
            id="a purpose",
        ),
        pytest.param(
            [MAIL],
            [row("Alfa", "Utskick", "e-post, namn", "SE", "Samtycke", activity=1)],
            [
                "Alfa – Utskick: personuppgifter ändrade från e-post till ”e-post, namn”.",
                "Alfa – Utskick: laglig grund ändrad från Avtal till Samtycke.",
            ],
            id="two cells",
        ),
        pytest.param(
            [MAIL],
            [row("Alfa", "Utskick", "e-post", "", "Avtal", activity=1)],
            ["Alfa – Utskick: Land: anges inte längre, tidigare SE."],
            id="a country that is no longer stated",
        ),
        pytest.param(
            [row("Alfa", "Utskick", "e-post", "", "Avtal", activity=1)],
            [MAIL],
            ["Alfa – Utskick: Land: angavs inte tidigare, nu SE."],
            id="a country that was not stated",
        ),
        pytest.param(
            [MAIL, row("Alfa", "Enkäter", activity=3)],
            [
                row("Alfa Nordic", "Utskick", "e-post", "SE", "Avtal", activity=1),
                row("Alfa Nordic", "Enkäter", activity=3),
            ],
            ["Alfa heter nu Alfa Nordic."],
            id="a vendor renamed",
        ),
        pytest.param(
            [MAIL],
            [row("ALFA", "Utskick", "e-post", "SE", "Avtal", activity=1)],
            ["Alfa heter nu ALFA."],
            id="the case of a name",
        ),
        pytest.param(
            [MAIL, PAY],
            [MAIL, row("Alfa", "Betalning", "kort", "SE", "Avtal", activity=2)],
            [
                "Beta – Betalning: leverantör ändrad från Beta till Alfa.",
                "Leverantör som inte längre är med: Beta.",
            ],
            id="a row moved to a vendor that is there",
        ),
        pytest.param([MAIL, PAY], [PAY, MAIL], ["Raderna står i en annan ordning."], id="another order"),
        pytest.param(
            [MAIL], [row("Alfa", " Utskick", "e-\u00adpost", "SE", "Avtal", activity=9)],
            ["Ingenting i den har ändrats."], id="entered anew with the same words",
        ),
    ],
)  # fmt: skip
def test_changes_of_rows(before, after, said):
    assert words(content(*before), content(*after)) == said


@pytest.mark.parametrize(
    ("before", "after"), [pytest.param(None, 1, id="without a number before"), pytest.param(1, None, id="and after")]
)
def test_rows_without_a_number_are_matched_by_vendor_and_purpose(before, after):
    changes = difference(
        content(row("Alfa", "Utskick", "", "SE", activity=before), PAY),
        content(row("ALFA ", "utskick", "", "US", activity=after), PAY),
    )
    (change,) = changes.rows_changed
    assert CellChange("country", "Land", "SE", "US") in change.cells
    assert (changes.rows_added, changes.rows_removed) == ([], [])


def test_rows_with_other_numbers_and_other_words_are_other_activities():
    changes = difference(content(MAIL), content(row("Alfa", "Utskick", "allt", "US", activity=7)))
    assert len(changes.rows_added) == len(changes.rows_removed) == 1


def test_a_repeated_vendor_and_purpose_is_matched_once_each():
    rows = [row("Alfa", "Utskick", "", country) for country in ("SE", "NO")]
    changes = difference(content(*rows), content(*rows, row("Alfa", "Utskick", "", "US")))
    assert [each.country for each in changes.rows_added] == ["US"]
    assert not changes.rows_changed


def test_vendors_without_an_activity_count():
    before, after = content(MAIL), content(MAIL, vendors_without_activity=("Gamma", "alfa"))
    assert words(before, after) == ["Ny leverantör: Gamma, utan behandling."]
    assert difference(after, before).vendors_removed == ["Gamma"]


def test_a_row_without_a_vendor_is_no_vendor():
    changes = difference(content(), content(row("", "Utskick", activity=1)))
    assert (changes.vendors_added, len(changes.rows_added)) == ([], 1)


def test_columns_that_came_went_and_were_renamed():
    narrow = [EditionColumn("vendor", "Biträde"), EditionColumn("retention", "Lagringstid")]
    after = content(EditionRow(("Alfa", "ett år"), activity=1), columns=narrow)
    changes = difference(content(MAIL), after)
    assert [each.key for each in changes.columns_added] == ["retention"]
    assert [each.key for each in changes.columns_removed] == ["purpose", "personal_data", "country", "legal_ground"]
    assert changes.columns_renamed == [Renamed("Leverantör", "Biträde")]
    assert changes.rows_changed == []
    assert "Ny kolumn: Lagringstid." in words(content(MAIL), after)
    assert "Kolumnen Land finns inte längre." in words(content(MAIL), after)
    assert "Kolumnen Leverantör heter nu Biträde." in words(content(MAIL), after)


def test_an_edition_without_vendors_names_rows_by_their_first_words():
    columns = [EditionColumn("personal_data", "Uppgifter"), EditionColumn("retention", "Lagringstid")]
    before = content(EditionRow(("", "ett år"), activity=1), EditionRow(("", ""), activity=2), columns=columns)
    after = content(EditionRow(("e-post", "ett år"), activity=3), columns=columns)
    assert words(before, after) == ["Nytt: e-post.", "Inte längre med: ett år.", "Inte längre med: –."]


def test_texts_around_the_table_and_of_the_publisher():
    after = content(MAIL, title="Underbiträden", closing="Frågor?", publisher=Publisher("Exempel AB", contact="a@b.se"))
    assert difference(content(MAIL), after).texts == [
        TextChange("title", "Biträden", "Underbiträden"),
        TextChange("closing", "", "Frågor?"),
        TextChange("publisher_contact", "", "a@b.se"),
    ]
    assert words(content(MAIL), after)[0] == "Titel: ändrat från Biträden till Underbiträden."


def test_what_names_a_row():
    assert difference(None, content(MAIL)).rows_added == [NamedRow("Alfa", "Utskick", "SE", MAIL.cells)]


def test_sentences_are_limited_and_the_rest_is_counted():
    many = [row(f"Vendor {number:02}", "x", activity=10 + number) for number in range(7)]
    assert words(content(), content(*many), most=2)[2:] == ["Och 5 ändringar till."]
    assert words(content(), content(*many), most=6)[6:] == ["Och 1 ändring till."]
    assert len(words(content(), content(*many), most=7)) == 7


def test_a_new_vendor_with_many_rows_names_some():
    rows = [row("Alfa", f"P{number}", activity=number + 1) for number in range(8)]
    assert words(content(), content(*rows)) == ["Ny leverantör: Alfa (P0; P1; P2; P3; P4; 3 rader till)."]
    bare = content(EditionRow(("Alfa",), activity=1), columns=COLUMNS[:1])
    assert words(content(columns=COLUMNS[:1]), bare) == ["Ny leverantör: Alfa."]


def test_changes_are_grouped_by_vendor_in_order():
    after = content(row("beta", "x", activity=5), row("Alfa", "y", activity=6), title="Ny")
    with translation.override("sv"):
        groups = by_vendor(difference(content(), after))
    assert [group.vendor for group in groups] == ["", "Alfa", "beta"]


def test_in_english():
    changed = row("Alfa", "Utskick", "e-post", "US", "Avtal", activity=1)
    assert words(content(MAIL), content(changed), language="en") == ["Alfa – Utskick: country changed from SE to US."]


def test_long_texts_are_shortened_around_what_differs():
    before, after = "början " * 40 + "gamla ordet " + "slutet " * 40, "början " * 40 + "nya ordet " + "slutet " * 40
    first, then = shortened_pair(before, after)
    assert "gamla" in first
    assert "nya" in then
    assert max(len(first), len(then)) <= LONGEST + 2
    assert first.startswith("… ")
    assert first.endswith(" …")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a" * 300, "a" * 301, id="one letter more"),
        pytest.param("a" * 301, "a" * 300, id="one letter less"),
        pytest.param("b" + "a" * 300, "c" + "a" * 300, id="the first letter"),
        pytest.param("x " * 200, "y " * 200, id="all of it"),
        pytest.param("word " * 60 + "end", "word " * 60 + "fin", id="the last word"),
    ],
)
def test_shortened_texts_differ_and_fit(before, after):
    first, then = shortened_pair(before, after)
    assert first != then or len(before) != len(after)
    assert max(len(first), len(then)) <= LONGEST + 10


def test_other_line_breaks_only():
    with translation.override("sv"):
        assert shortened_pair("a\nb", "a b") == ("a b", "samma text med andra radbrytningar")


def test_ten_thousand_rows_are_compared_in_a_moment():
    rows = [row(f"V{number}", "p", "", "SE", activity=number + 1) for number in range(10_000)]
    renamed = [row(f"W{number}", "p", "", "US", activity=number + 1) for number in range(10_000)]
    changes = difference(content(*rows), content(*renamed))
    assert len(changes.vendors_renamed) == len(changes.rows_changed) == 10_000


OTHER_DATA = [b"{}", b"[]", b'{"form": "edition-2"}', b'{"form": "edition-1"}', b"no JSON", b"\xff"]


@pytest.mark.parametrize("data", OTHER_DATA)
def test_other_data_is_no_content_of_an_edition(data):
    with pytest.raises(ValueError):  # noqa: PT011 - of JSON, of the encoding, or ours
        content_of_json(data)


def test_the_content_is_read_as_it_was_written():
    written = content(MAIL, PAY, vendors_without_activity=["Gamma"])
    assert content_of_json(written.json).json == written.json
