"""Names that are given once: a search for one then leads to the one thing that it means."""

import ast
from collections import defaultdict
from pathlib import Path

#: Names that something else asks for.
GIVEN = {"Command", "render", "main"}


def test_each_class_and_function_has_a_name_of_its_own():
    modules = defaultdict(list)
    for path in sorted(Path("registry").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                modules[node.name].append(str(path))
            elif isinstance(node, ast.TypeAlias):
                modules[node.name.id].append(str(path))
    assert {name: paths for name, paths in modules.items() if len(paths) > 1 and name not in GIVEN} == {}
