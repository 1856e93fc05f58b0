"""The documentation says of each type how its provider declares to look for what got lost."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pulumi.dynamic import ReadResult, ResourceProvider

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import FindsLost, Search
from cloudmesh_iac.engine.asks import FindAsk
from cloudmesh_iac.plugins.instance import PluginInstance
from cloudmesh_iac.providers.batch import handlers as batch
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.metal import handlers as metal
from tests.builders import a_urn

PAGE = Path(__file__).parents[2] / "docs" / "recovery.md"
BEGIN, END = (
    "<!-- made from the declarations in the code; a test compares -->\n\n",
    "\n\n<!-- end -->",
)
FINDERS: list[Any] = [  # classes that are FindsByToken
    point.load()
    for point in sorted(entry_points(group="cloudmesh_iac.finders"), key=lambda one: one.name)
]
HOW = {
    Search.TOKEN: "by a token that only this create has: it stands at the object",
    Search.KEY: "by its inputs: there cannot be a second one with the same",
    Search.EQUAL: "by its inputs, among what was made after the create began",
    Search.NONE: "not at all",
}


class Looking(ResourceProvider):
    def read(self, id_: str, props: Any) -> ReadResult:
        return ReadResult(id_, props)

    def find(self, _props: Any, _token: str) -> None:
        return None


def declared() -> Iterator[tuple[str, Search]]:
    for type_, search in {**batch.SEARCHES, **metal.SEARCHES}.items():
        yield f"`{type_}`", search
    yield (
        "a class with `find` and `read`, and an input `token`",
        of_class(Looking(), {"token": "t"}),
    )
    yield "a class with `find` and `read`", of_class(Looking(), {})
    for kind in FINDERS:
        yield from ((f"`{type_}`", search) for type_, search in kind.searches.items())
    assert not issubclass(PluginInstance, FindsLost)
    yield "another resource of a provider plugin", Search.NONE
    yield "a class without them", of_class(ResourceProvider(), {})


def of_class(handler: ResourceProvider, inputs: Properties) -> Search:
    type_ = ResourceType("pulumi-python:dynamic:Box")
    return HandlerCalls(handler).search(FindAsk(a_urn(), type_, inputs, {}))


def table(rows: list[tuple[str, str]]) -> str:
    """Return a table of two columns, filled up with spaces."""
    widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1]))
    return "\n".join(f"| {what:{widths[0]}} | {how:{widths[1]}} |" for what, how in rows)


def test_the_page_says_how_each_type_is_looked_for() -> None:
    rows = [(what, HOW[search]) for what, search in declared()]
    said = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert said == table([("what", "how it is looked for"), *rows])
