"""Where the child begins: without the garbage collector, which only looks through its imports.

Nothing heavy is imported before it is off. Started by `wire.children`, as `child` says.
"""

import gc
from importlib import import_module


def main() -> None:
    gc.disable()
    import_module("cloudmesh_iac.program.child").main()


if __name__ == "__main__":
    main()
