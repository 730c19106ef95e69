"""List the targets of the Makefile with what stands behind ``##``."""

import re
from pathlib import Path


def main() -> None:
    makefile = Path("Makefile").read_text(encoding="utf-8")
    for target, meaning in re.findall(r"^([a-z-]+):[^#\n]*## (.*)$", makefile, re.MULTILINE):
        print(f"  make {target:14} {meaning}")


if __name__ == "__main__":
    main()
