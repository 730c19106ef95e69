"""Nothing starts half-configured. Each case is a process of its own, as an operator would start it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.uncounted("settings, which coverage leaves out")

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-", "ALLOWED_HOSTS": "register.example.com"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **environment}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=bare, capture_output=True, text=True, check=False, timeout=600
    )


def evaluated(code: str, **environment: str) -> object:
    """What a process with this environment prints as JSON."""
    result = python("-c", f"import django, json; django.setup(); {code}", **environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        pytest.param({"SECRET_KEY": ""}, "SECRET_KEY is missing", id="no secret key"),
        pytest.param({"SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter than 32", id="a short secret key"),
        pytest.param({"SECRET_KEY": " " * 40}, "SECRET_KEY is missing", id="a blank secret key"),
        pytest.param({"ALLOWED_HOSTS": ""}, "Set it to the host names", id="no allowed hosts"),
        pytest.param({"ALLOWED_HOSTS": " , "}, "Set it to the host names", id="allowed hosts that name none"),
        pytest.param({"DATABASE_URL": "mysql://db/register"}, "use sqlite:/// or postgres://", id="another database"),
        pytest.param({"DATABASE_URL": "register.db"}, "DATABASE_URL", id="a database without a scheme"),
        pytest.param({"DEBUG": "maybe"}, "DEBUG='maybe' is neither yes", id="an unclear switch"),
    ],
)
def test_it_refuses_to_start_and_says_what_to_do(environment: dict[str, str], advice: str) -> None:
    result = python("manage.py", "check", **{**GOOD, **environment})
    assert result.returncode != 0
    assert advice in result.stderr.strip().splitlines()[-1]


def test_good_settings_pass_the_checks_for_deployment() -> None:
    result = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_development_needs_nothing_but_debug() -> None:
    result = python("manage.py", "check", "--fail-level", "WARNING", DEBUG="1")
    assert result.returncode == 0, result.stderr


def test_sqlite_needs_no_package_of_postgresql(tmp_path: Path) -> None:
    """All pages are imported, and a database is made, where psycopg cannot be imported."""
    code = (
        "import sys, django; sys.modules.update(psycopg=None, psycopg_pool=None); django.setup();"
        "from django.core.management import call_command; call_command('check'); call_command('migrate', verbosity=0)"
    )
    result = python("-c", code, DEBUG="1", DATABASE_URL=f"sqlite:///{tmp_path}/register.sqlite3")
    assert result.returncode == 0, result.stderr


def test_postgresql_says_which_package_it_needs() -> None:
    code = "import sys, django; sys.modules['psycopg'] = None; django.setup()"
    result = python("-c", code, **GOOD, DATABASE_URL="postgres://register@database/register")
    assert "pip install -r requirements.txt" in result.stderr.strip().splitlines()[-1]


def test_sqlite_waits_for_its_turn_and_checks_its_references(tmp_path: Path) -> None:
    values = evaluated(
        "from django.db import connection as c, transaction as t; k = c.cursor(); "
        "p = lambda name: k.execute('PRAGMA ' + name).fetchone()[0]; "
        "print(json.dumps([p('journal_mode'), p('foreign_keys'), p('busy_timeout'), c.transaction_mode]))",
        DATABASE_URL=f"sqlite:///{tmp_path / 'register.sqlite3'}",
        **GOOD,
    )
    assert values == ["wal", 1, 20_000, "IMMEDIATE"]


def test_postgresql_uses_a_pool_of_checked_connections() -> None:
    database = evaluated(
        "from django.conf import settings; print(json.dumps(settings.DATABASES['default']))",
        DATABASE_URL="postgres://register:word@db.example.com:5433/register?sslmode=require",
        **GOOD,
    )
    assert isinstance(database, dict)
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", 5433, "register")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] > 1
    assert database["CONN_HEALTH_CHECKS"] is True


def test_a_response_allows_nothing_from_elsewhere() -> None:
    policy = evaluated(
        "from django.test import Client; "
        "print(json.dumps(Client().get('/', secure=True, headers={'host': 'register.example.com'})"
        ".headers['Content-Security-Policy']))",
        **GOOD,
    )
    assert isinstance(policy, str)
    directives = policy.split("; ")
    assert "default-src 'self'" in directives
    assert "unsafe" not in policy


def test_plain_http_is_sent_to_https() -> None:
    location = evaluated(
        "from django.test import Client; "
        "print(json.dumps(Client().get('/admin/', headers={'host': 'register.example.com'}).headers['Location']))",
        **GOOD,
    )
    assert location == "https://register.example.com/admin/"


def test_cookies_are_this_host_s_and_nobody_else_reads_them() -> None:
    found = evaluated(
        "from django.conf import settings as s; "
        "print(json.dumps([[getattr(s, f'{kind}_COOKIE_{what}') for what in ('NAME', 'SECURE', 'HTTPONLY', 'SAMESITE')]"
        " for kind in ('SESSION', 'CSRF', 'LANGUAGE')]))",
        **GOOD,
    )
    assert found == [[f"__Host-{kind}", True, True, "Lax"] for kind in ("session", "csrf", "language")]


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        pytest.param({"TRUSTED_PROXIES": "10.0.0.0/33"}, "TRUSTED_PROXIES", id="no network"),
        pytest.param({"SESSION_HOURS": "never"}, "SESSION_HOURS", id="no number"),
        pytest.param({"REPLICA_URL": "sqlite:///x"}, "REPLICA_URL", id="a replica of SQLite"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(environment: dict[str, str], advice: str) -> None:
    result = python("manage.py", "check", **{**GOOD, **environment})
    assert result.returncode != 0
    assert advice in result.stderr.strip().splitlines()[-1]


def test_a_command_without_its_database_says_so_and_has_a_status_of_its_own():
    result = python("manage.py", "verify_history", DATABASE_URL="sqlite:////nowhere/register.sqlite3", **GOOD)
    assert result.returncode == 3
    assert result.stderr.startswith("The database does not answer")
    assert "Traceback" not in result.stderr
