"""What tells organisations apart."""

import pytest

from registry.core.organisations import has_legal_form, host_of, legal_form, name_without_form, registration_digits


@pytest.mark.parametrize(
    "name",
    [
        *("Exempel", "EXEMPEL", "Exempel AB", "Exempel Aktiebolag", "Exempel AB (publ)", "AB Exempel"),
        *("Aktiebolaget Exempel", "Exempel HB", "Exempel KB", "Exempel, Inc.", "Exempel Inc", "Exempel LLC"),
        *("Exempel L.L.C.", "Exempel Ltd.", "Exempel Limited", "Exempel GmbH", "Exempel GmbH & Co. KG", "Exempel BV"),
        *("Exempel B.V.", "Exempel Oy", "Exempel A/S", "Exempel AS", "Exempel ApS", "Exempel SA", "Exempel S.A."),
        *("Exempel SARL", "Exempel S.à r.l.", "Exempel SAS", "Exempel S.p.A.", "Exempel S.r.l.", "Exempel Pty Ltd"),
        *("Exempel Pty. Limited", "Exempel ekonomisk förening", "Exempel Co., Ltd."),
    ],
)
def test_a_legal_form_is_no_part_of_a_name(name):
    assert name_without_form(name) == "exempel"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Åhléns AB", "ahlens"),
        ("Ab", "ab"),
        ("AB AB", "ab"),
        ("Company Co", "company"),
        ("Data & Co Nordic AB", "data & co nordic"),
        ("Asana", "asana"),
        ("Søstrene Grene ApS", "sostrene grene"),
        ("Exempel Två AB", "exempel tva"),
        ("(?)", ""),
    ],
)
def test_the_rest_of_a_name_stays(name, plain):
    assert name_without_form(name) == plain


@pytest.mark.parametrize("number", ["556677-8899", "5566778899", "16556677-8899", "SE556677889901", "se 556677889901"])
def test_a_swedish_number_is_the_same_in_each_form(number):
    assert registration_digits(number) == "5566778899"


def test_other_numbers_keep_all_their_digits():
    assert registration_digits("HRB 123 456 B") == "123456"
    assert registration_digits("DE123456789") == "123456789"
    assert registration_digits("") == ""


@pytest.mark.parametrize(
    ("website", "host"),
    [
        ("https://www.example.com/sv?x=1", "example.com"),
        ("http://EXAMPLE.com:8080", "example.com"),
        ("example.com/om", "example.com"),
        ("www.example.com", "example.com"),
        ("https://support.example.com", "support.example.com"),
        ("https://", ""),
        ("https://[", ""),
        ("exam", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_website(website, host):
    assert host_of(website) == host


@pytest.mark.parametrize(
    ("name", "form"), [("Exempel AB", "ab"), ("Exempel GmbH & Co. KG", "gmbh & co kg"), ("Exempel", ""), ("Ab", "")]
)
def test_legal_forms(name: str, form: str) -> None:
    assert legal_form(name) == form
    assert has_legal_form(name) is bool(form)
