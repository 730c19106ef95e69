"""Text that was once read with the wrong encoding is recognised; what only looks like it is left alone."""

import pytest

from registry.document import decode, put_right

TEXTS = ["Leverantör", "Åhléns Öppet AB", "à la carte – “så”", "5 € per år", "Ärende·§ 3", "Müller™", "Crème brûlée"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf_8_read_as_windows_1252_is_put_right(text, encoding):
    misread = "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())
    assert misread != text
    assert put_right(misread) == text


def test_utf_8_read_as_mac_roman_is_put_right():
    assert put_right("Åhléns Öppet år".encode().decode("mac_roman")) == "Åhléns Öppet år"


def test_what_was_misread_twice_is_put_right():
    assert put_right("Leverantör".encode().decode("cp1252").encode().decode("cp1252")) == "Leverantör"


def test_every_sequence_that_is_put_right_can_be():
    leads, following = "ÃÂ√â", [chr(number) for number in range(0x80, 0x2200)]
    for lead in leads:
        for character in following:
            assert put_right(f"{lead}{character}") is not None
            assert put_right(f"{lead}€{character}") is not None


@pytest.mark.parametrize(
    "text",
    ["Leverantör", "SÃO PAULO", "«ÖÅ»", "À la Mode", "CHÂTEAU", "PÂTÉ", "√2", "Ã", "Ã¶ och Ãx", "naïve", "Łódź", "ÃO"],
)
def test_names_that_only_look_like_it_stay(text):
    assert put_right(text) == text


SWEDISH = "Leverantör;Orsak;Uppgifter;Land;Laglig grund\nÅhléns AB;Lön;Namn för anställda;SE;Avtal\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_swedish_is_decoded_from_every_encoding_in_use(encoding):
    assert decode(SWEDISH.encode(encoding)) == SWEDISH


@pytest.mark.parametrize("text", ["Leverantör", "Säljare på väg", "Namn\tår\tlägg", "tjänst"])
def test_mac_roman_is_recognised_from_few_letters(text):
    assert decode(text.encode("mac_roman")) == text


@pytest.mark.parametrize("text", ["Tomáš Šimek", "Škoda", "5 € – “så”…", "Žižek, šálek", "Œuvre", "naïve café", "Åre"])
def test_windows_1252_stays_what_it_is(text):
    assert decode(text.encode("cp1252")) == text
