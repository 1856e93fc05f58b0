"""Which lines of a program only hand on to the constructor of a base class?

The SDK names the line that calls the third constructor from inside. For a dynamic resource that is
still a line of its class, the same for all its resources: nobody finds the mistake there.
"""

import ast
from pathlib import Path


def constructor_calls(path: Path) -> tuple[tuple[int, int], ...]:
    """Return the first and last line of each call like `super().__init__(...)` in a file."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    return tuple(
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "__init__"
    )
