"""Start the interpreter that will run the program while we still load ourselves."""

from collections.abc import Mapping

from cloudmesh_iac.settings.computer import python, this_computer
from cloudmesh_iac.wire.children import Child, launch

_CHILD_MODULE = "cloudmesh_iac.program.child_start"


class Spares:
    """At most one child that waits for its program."""

    def __init__(self) -> None:
        self._ready: Child | None = None

    def prepare(self) -> None:
        """Start one, unless one is ready."""
        if self._ready is None:
            self._ready = launch(
                _CHILD_MODULE, python=python(), environment=this_computer().environment
            )

    def take(self, environment: Mapping[str, str] | None = None) -> Child:
        """Return the one that is ready, else a new one; in another environment always a new one."""
        own = this_computer().environment
        if environment is not None and environment != own:
            return launch(_CHILD_MODULE, python=python(), environment=environment)
        self.prepare()
        child, self._ready = self._ready, None
        assert child is not None
        return child

    def close(self) -> None:
        """End the one that nobody took."""
        if self._ready is not None:
            self._ready.stop()
            self._ready = None


SPARES = Spares()
"""Of this process: `cli.main` prepares, `cli.desk` takes."""
