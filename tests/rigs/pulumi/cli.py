"""The `pulumi` program itself, and what its engine starts dynamic providers with."""

from pathlib import Path

from tests.rigs.pulumi.build import GoProgram, built

VERSION = "3.259.0"
_PROGRAM = GoProgram(
    about="the pulumi program",
    cache="pulumi-cli",
    name="pulumi",
    sources=Path(__file__).parent / "cli",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    linked=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}",
)
# Pulumi's stock host; the engine looks for this name on PATH, and the variable names the
# interpreter that has the SDK.
_HOST_NAME = "pulumi-resource-pulumi-python"
_HOST = '#!/bin/sh\nexec "${PULUMI_PYTHON_CMD:-python3}" -u -m pulumi.dynamic "$@"\n'


def pulumi_home(folder: Path) -> Path:
    """Make `folder` a place with `bin/pulumi` and the host beside it; return the folder of both.

    The first call on a computer compiles for some minutes. Errors: CannotStart.
    """
    program = built(_PROGRAM)
    programs = folder / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "pulumi").unlink(missing_ok=True)
    (programs / "pulumi").symlink_to(program)
    host = programs / _HOST_NAME
    host.write_text(_HOST)
    host.chmod(0o755)
    return programs
