"""Which calls each version of Cobbler gets. For 4.0 there is no server: these cases are all."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.cobbler.dialects import Dialect, dialect_of
from cloudmesh_iac.providers.cobbler.translate import TOKEN, What, Write

_CASES = sorted((Path(__file__).parent / "calls").glob("*.yaml"))


class Scripted:
    """Answers the calls of a case in their order, and takes no other."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self._version = case["version"]
        self._calls: Iterator[Any] = iter(case["calls"])

    def __call__(self, method: str, *arguments: Any) -> Any:
        if method == "extended_version":
            return {"version_tuple": self._version}
        asked = [method, *("TOKEN" if one == TOKEN else one for one in arguments)]
        expected, answer = next(self._calls, (None, None))
        assert asked == expected
        if isinstance(answer, dict) and "refuses" in answer:
            raise SiteRefused(answer["refuses"])
        return answer

    @property
    def left(self) -> list[Any]:
        return list(self._calls)


@pytest.mark.parametrize("path", _CASES, ids=lambda path: path.stem)
def test_a_dialect_makes_the_calls_of_its_case(path: Path) -> None:
    # given
    case = yaml.safe_load(path.read_text())
    script = Scripted(case)
    dialect = dialect_of(script)

    # when
    try:
        result = _do(dialect, case)
    except SiteRefused as refused:
        outcome = {"refused": refused.message}
    else:
        outcome = {"result": result}

    # then
    assert outcome == {key: case[key] for key in ("result", "refused") if key in case}
    assert script.left == []


def _do(dialect: Dialect, case: Mapping[str, Any]) -> Any:
    match case["do"]:
        case "write":
            writes = [Write(**{**one, "what": What(one["what"])}) for one in case["writes"]]
            return list(dialect.write(writes))
        case "fetch":
            return dialect.fetch(What(case["what"]), case["name"])
        case "remove":
            dialect.remove(What(case["what"]), case["name"])
            return None
        case _:
            return dialect.power(case["name"], case["action"])


def test_all_records_of_a_kind_are_read_in_both_dialects() -> None:
    # given
    answer = [{"name": "debian", "kernel": "/k"}]

    # when
    found = [
        dialect_of(Scripted({"version": version, "calls": [[["get_items", "distro"], answer]]}))
        for version in ([3, 3, 10], [4, 0, 0])
    ]

    # then
    assert [list(one.items(What.DISTRO)) for one in found] == [answer, answer]


def test_another_version_is_refused_by_its_number() -> None:
    # when
    with pytest.raises(SiteRefused) as refused:
        dialect_of(lambda _: {"version": "2.8.5", "version_tuple": [2, 8, 5]})

    # then
    assert refused.value.message == "Cobbler 2.8.5 is not supported"
    assert refused.value.hint == "supported are 3.3 and 4.0"
