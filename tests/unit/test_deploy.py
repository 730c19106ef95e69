"""What cannot be started here is at least read: the files of ``deploy/`` fit the product and each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

COMPOSE, DOCKERFILE = Path("compose.yaml").read_text(), Path("Dockerfile").read_text()
SETTINGS = Path("config/settings.py").read_text()
KNOWN = set(re.findall(r'(?:env_\w+\(|environ\.get\(|environ\[)"(\w+)"', SETTINGS))
GUNICORN = Path("deploy/gunicorn.conf.py").read_text()


def test_the_image_runs_as_somebody_without_rights_and_compose_lets_it_write_nowhere():
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index('CMD ["gunicorn')
    for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
        assert line in COMPOSE


def test_compose_sets_only_what_the_settings_know():
    of_the_register = COMPOSE[: COMPOSE.index("services:")]
    names = set(re.findall(r"^    ([A-Z_]+):", of_the_register, re.MULTILINE))
    assert names
    assert names <= KNOWN


def test_each_secret_of_compose_is_in_the_example_and_empty_there():
    example = dict(
        line.split("=", 1)
        for line in Path("deploy/example.env").read_text().splitlines()
        if "=" in line and line[0] != "#"
    )
    assert set(re.findall(r"\$\{(\w+):\?\}", COMPOSE)) == example.keys()
    assert [name for name, value in example.items() if value and name != "HOST_NAME"] == []


def test_the_image_has_the_postgresql_client_of_the_server():
    server = re.search(r"image: \S+/postgres:(\d+)$", COMPOSE, re.MULTILINE).group(1)
    assert re.search(r"^ARG POSTGRES=(\d+)$", DOCKERFILE, re.MULTILINE).group(1) == server
    assert "postgresql-client-$POSTGRES" in DOCKERFILE


def test_the_image_installs_the_locked_packages_with_those_for_postgresql_and_single_sign_on():
    assert re.findall(r"--require-hashes -r (\S+)", DOCKERFILE) == ["requirements.txt"]
    locked = re.findall(r"^([\w-]+)==", Path("requirements.txt").read_text(), re.MULTILINE)
    assert {"psycopg", "psycopg-binary", "psycopg-pool", "django-allauth"} <= set(locked)


def test_the_lock_names_no_host():
    for lock in Path().glob("requirements*.txt"):
        assert "://" not in lock.read_text()


def test_a_process_has_a_connection_for_each_thread():
    threads = int(re.search(r'"WEB_THREADS", "(\d+)"', GUNICORN).group(1))
    pool = int(re.search(r'"DATABASE_POOL", (\d+)', SETTINGS).group(1))
    assert threads <= pool


def test_whoever_stops_a_server_waits_longer_than_it_takes():
    graceful = int(re.search(r"graceful_timeout = (\d+)", GUNICORN).group(1))
    unit = int(re.search(r"TimeoutStopSec=(\d+)", Path("deploy/register.service").read_text()).group(1))
    compose = int(re.search(r"stop_grace_period: (\d+)s", COMPOSE).group(1))
    assert graceful < min(unit, compose)


def test_the_unit_is_one_that_systemd_reads(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    copy = tmp_path / "register.service"
    unit = Path("deploy/register.service").read_text()
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    result = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "register.service" not in result.stderr


def test_the_proxy_takes_what_is_sent_whole_before_it_passes_it_on():
    caddy = Path("deploy/Caddyfile").read_text()
    largest = re.search(r"max_size (\w+)", caddy).group(1)
    assert re.search(r"request_buffers (\w+)", caddy).group(1) == largest
