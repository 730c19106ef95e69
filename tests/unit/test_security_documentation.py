"""What the checklist of docs/security.md refers to is there."""

import re
from pathlib import Path

import pytest

TEXT = Path("docs/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:unit/)?test_\w+\.py)(?:::(\w+))?`", TEXT)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part or "all")
def test_each_test_that_is_named_exists(file, name):
    path = Path("tests") / (file if file.startswith("unit/") else f"integration/{file}")
    assert path.is_file()
    assert not name or f"def {name}(" in path.read_text(encoding="utf-8")


def test_there_is_a_checklist():
    assert len(NAMED) > 30
