"""Let `pulumi up -s hello` run `hello.py`: a stack is named after its program, up to the dot."""

import runpy
from pathlib import Path

import pulumi

runpy.run_path(
    str(Path(__file__).with_name(f"{pulumi.get_stack().partition('.')[0]}.py")),
    run_name="__main__",
)
