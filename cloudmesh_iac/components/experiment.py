"""The frame around everything that an experiment declares."""

from collections.abc import Collection, Mapping
from contextvars import Token
from types import TracebackType
from typing import Any, Self

import pulumi

from cloudmesh_iac.components.context import CURRENT
from cloudmesh_iac.components.deciding import known_defaults
from cloudmesh_iac.components.parameters import Asked, P, ask
from cloudmesh_iac.errors import ExperimentError, UsageProblem


class Experiment(pulumi.ComponentResource):
    """A named experiment; what is declared inside its `with` block belongs to it.

    `project` is the allocation that jobs are charged to (a Slurm account). `ttl` and `budget` are
    recorded and shown. `defaults` say what machines and networks of the experiment are made of
    where nothing else is said: `image`, `flavor`, `key` and what else `cmx default` knows.
    """

    def __init__(
        self,
        name: str,
        *,
        project: str | None = None,
        ttl: str | None = None,
        budget: str | None = None,
        note: str = "",
        defaults: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        said = {"project": project, "ttl": ttl, "budget": budget, "note": note or None}
        super().__init__(
            "cmx:index:Experiment",
            name,
            {key: value for key, value in said.items() if value is not None},
            opts,
        )
        self.name = name
        self.project = project
        self.defaults = known_defaults(name, defaults or {})
        self._asked: dict[str, Asked] = {}
        self._wanted: set[str] = set()
        self._met: set[str] = set()
        self._token: Token[Experiment | None] | None = None

    def param(self, name: str, default: P, help: str = "") -> P:  # noqa: A002 - its name in docs
        """Ask for a value by name; `cmx up PROGRAM --NAME VALUE` gives it.

        Errors: UsageProblem for a value of another type; ExperimentError for a name asked twice
        with another default.
        """
        value, asked = ask(name, default, help)
        known = self._asked.get(name)
        if known is not None and not _is_same(known.default, asked.default):
            raise ExperimentError(f"parameter {name} was asked for before with another default")
        self._asked[name] = asked
        return value

    def look_for(self, axes: Collection[str], *, among: Collection[str]) -> None:
        """Remember that a person named axes, and which of them a sweep has."""
        self._wanted.update(axes)
        self._met.update(among)

    def export(self, name: str, value: Any) -> None:
        """Give the stack an output: `cmx outputs` prints it."""
        pulumi.export(name, value)

    def __enter__(self) -> Self:
        self._token = CURRENT.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            CURRENT.reset(self._token)
        if error is None and (missing := sorted(self._wanted - self._met)):
            raise UsageProblem(
                f"no sweep of {self.name} has an axis {', '.join(missing)}",
                hint=f"the axes: {', '.join(sorted(self._met)) or 'none'}",
            )
        if error is None:
            self.register_outputs({"parameters": [one.to_plain() for one in self._asked.values()]})


def _is_same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def current_experiment() -> Experiment:
    """Return the experiment of the `with` block, else one named after the program."""
    current = CURRENT.get()
    if current is None:
        current = Experiment(pulumi.get_stack().partition(".")[0])
        CURRENT.set(current)
    return current
