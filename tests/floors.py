"""Imports between the packages point downwards and are relative: `make lint` runs this, which names each that is not.

The packages stand on floors, and one imports only from floors below its own; `results` imports none of the others.
The ground floor is single files at the root; they import none of the packages.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

GROUND = {"cache": 0, "names": 0}
FLOORS = GROUND | {"space": 1, "proxies": 2, "search": 2, "train": 2, "results": 3, "reports": 4, "bench": 5}
ALONE = {"results"}
DATA = Path("results/studies")  # kept studies, with users' files among them


def imported(node: ast.AST, folder: Path) -> Iterator[tuple[str, ...]]:
    """The dotted names that a statement imports, of a file in `folder`, which is relative to the root."""
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = ("zsbench", *folder.parts)
        base = parents[: len(parents) + 1 - node.level] if node.level else ()
        yield from ((*base, *(node.module or "").split("."), alias.name) for alias in node.names)


def violations(root: Path) -> Iterator[str]:
    """A line for each import that points upwards or is absolute."""
    for own, floor in FLOORS.items():
        for path in sorted([*(root / own).rglob("*.py"), *root.glob(f"{own}.py")]):
            file = path.relative_to(root)
            if DATA in file.parents:
                continue
            for node in ast.walk(ast.parse(path.read_text(), str(path))):
                for name in imported(node, file.parent):
                    package, *rest = (part for part in name if part)
                    if package != "zsbench":
                        continue
                    place, target = f"{file}:{node.lineno}: {own}", rest[0] if rest else "zsbench"
                    if isinstance(node, ast.Import) or not node.level:
                        yield f"{place} imports {target} by its full name, not relatively"
                    elif target != own and (own in ALONE or FLOORS.get(target, floor) >= floor):
                        yield f"{place} imports {target}, which is not below it"


if __name__ == "__main__":
    found = list(violations(Path(__file__).resolve().parents[1]))
    sys.exit("\n".join(found) or None)
