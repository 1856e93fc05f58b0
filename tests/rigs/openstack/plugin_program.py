"""A real provider plugin for OpenStack, built from source: the one to download is not for tests."""

from pathlib import Path

from tests.rigs.pulumi.build import GoProgram, built

VERSION = "5.5.3"  # of pulumi_openstack, whose names it has
_PROGRAM = GoProgram(
    about="the OpenStack plugin",
    cache="openstack-plugin",
    name="openstack",
    sources=Path(__file__).parent / "plugin",
    linked=f"-X main.version={VERSION}",
)


def install_openstack(plugins: Path) -> Path:
    """Put the plugin into a folder of plugins; return its program.

    The first call on a computer compiles for some minutes. Errors: CannotStart.
    """
    program = plugins / f"resource-openstack-v{VERSION}" / "pulumi-resource-openstack"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.unlink(missing_ok=True)
    program.symlink_to(built(_PROGRAM))
    return program
