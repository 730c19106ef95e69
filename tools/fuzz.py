"""Broken and hostile files against every reader: files of full size, files through the real door, a million by atheris.

Before them the properties of ``make test``, each with many more examples.

``python -m tools.fuzz`` installs atheris, which is built for few platforms, into the environment that runs it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tools.pythons import UV

LOCK = "requirements-fuzz.txt"
INPUTS = {"document": 300_000, "csv": 200_000, "json": 200_000, "xlsx": 110_000, "ods": 100_000, "tsv": 100_000}
THROUGH_THE_DOOR = 2_000
PROPERTIES = (
    "tests/unit/test_document_properties.py",
    "tests/unit/test_reading_files.py",
    "tests/integration/test_round_trips.py",
)
#: By how many times more examples than ``make test``: ``tests/examples.py``.
EXAMPLES_FACTOR = 60
TELLING = re.compile(r"DONE|stat::|ERROR|Uncaught|Test unit")


def fuzz(code: str, inputs: int) -> int:
    print(f"{code}: {inputs} inputs", flush=True)
    command = [sys.executable, "-m", "tests.load.fuzz", code, str(inputs)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = result.stdout.decode(errors="replace").splitlines()
    print("\n".join(filter(TELLING.search, lines)), flush=True)
    return result.returncode


def properties() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "hypothesis", *PROPERTIES]
    environment = {**os.environ, "DATABASE_URL": "", "EXAMPLES_FACTOR": str(EXAMPLES_FACTOR)}
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    python = sys.executable
    if properties():
        return 1
    for module, *arguments in (["tests.load.hostile"], ["tests.load.door", str(THROUGH_THE_DOOR)]):
        if subprocess.call([python, "-m", module, *arguments]):
            return 1
    subprocess.run([UV, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK], check=True)
    return int(any(fuzz(code, inputs) for code, inputs in INPUTS.items()))


if __name__ == "__main__":
    sys.exit(main())
