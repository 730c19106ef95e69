"""Look up known vulnerabilities of the locked dependencies.

A vulnerability fails. A package that could not be looked up does not fail, and is counted: it is not known to be good.
"""

from __future__ import annotations

import re
import subprocess
import sys

LOCK = "requirements.txt"
COMMAND = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "-r", LOCK]
NOT_LOOKED_UP = "could not be audited"
VULNERABLE = re.compile(r"^Found \d+ known vulnerabilit", re.MULTILINE)


def main() -> int:
    result = subprocess.run(
        [sys.executable, *COMMAND], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    lines = result.stdout.splitlines()
    print("\n".join(line for line in lines if NOT_LOOKED_UP not in line))
    skipped = sum(NOT_LOOKED_UP in line for line in lines)
    if skipped:
        print(f"Not looked up, because the service did not answer: {skipped} packages.", file=sys.stderr)
    return int(bool(result.returncode and VULNERABLE.search(result.stdout)))


if __name__ == "__main__":
    sys.exit(main())
