"""Broken and hostile files against every reader: files of full size, files through the real door, a million by atheris.

``python -m tools.fuzz`` installs atheris, which is built for few platforms, into the environment that runs it.
"""

from __future__ import annotations

import re
import subprocess
import sys

from tools.pythons import UV

LOCK = "requirements-fuzz.txt"
INPUTS = {"document": 300_000, "csv": 200_000, "json": 200_000, "xlsx": 110_000, "ods": 100_000, "tsv": 100_000}
THROUGH_THE_DOOR = 2_000
TELLING = re.compile(r"DONE|stat::|ERROR|Uncaught|Test unit")


def fuzz(code: str, inputs: int) -> int:
    print(f"{code}: {inputs} inputs", flush=True)
    command = [sys.executable, "-m", "tests.load.fuzz", code, str(inputs)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = result.stdout.decode(errors="replace").splitlines()
    print("\n".join(filter(TELLING.search, lines)), flush=True)
    return result.returncode


def main() -> int:
    python = sys.executable
    for module, *arguments in (["tests.load.hostile"], ["tests.load.door", str(THROUGH_THE_DOOR)]):
        if subprocess.call([python, "-m", module, *arguments]):
            return 1
    subprocess.run([UV, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK], check=True)
    return int(any(fuzz(code, inputs) for code, inputs in INPUTS.items()))


if __name__ == "__main__":
    sys.exit(main())
