"""A command with values in it remembers where each value comes from."""

from collections.abc import Callable

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.components.text import Text, fmt
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.providers.batch.identity import rendered_command
from tests.unit.components.conftest import Evaluate


def rendered(text: Text) -> str:
    return rendered_command({"command": text.template, "arguments": text.arguments})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (fmt("ior -t {} -N {}", "1m", 4), "ior -t 1m -N 4"),
        (fmt("{1} {0} {1}", "a", "b"), "b a b"),
        (fmt("{size} {size}", size=4), "4 4"),
        (fmt("{} {name} {}", 1, 2, name="x"), "1 x 2"),
        (fmt("{:.3f} {:>4} {x:04d}", 0.5, 7, x=3), "0.500    7 0003"),
        (fmt("{!r} {!s} {!a} {!s:>6}", "it's", 1, "é", [1]), "\"it's\" 1 '\\xe9'    [1]"),
        (fmt("awk '{{print ${}}}'", 2), "awk '{print $2}'"),
        (fmt("{} {}", "{0}", "{{"), "{0} {{"),
        (fmt("{00}", "a"), "a"),
        (fmt("{} {x} {}", None, 1.0, x=True), "None True 1.0"),
    ],
)
def test_a_template_with_its_values_is_the_command(text: Text, wanted: str) -> None:
    assert rendered(text) == wanted


def test_the_values_stand_beside_the_template() -> None:
    assert fmt("ior -t {xfer} {}", 4, xfer="1m") == Text(
        "ior -t {0} {1}", {"0": "1m", "1": "4"}, {}
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: fmt("{} {}", 1), "wants a value for {1}"),
        (lambda: fmt("{name}"), "wants a value for {name}"),
        (lambda: fmt("{²}", 1, 2, 3), "wants a value for {²}"),
        (lambda: fmt("{}", 1, 2), "no place for value 1"),
        (lambda: fmt("{}", 1, 2, x=3), "no place for value 1, x"),
        (lambda: fmt("plain", 1), "no place for value 0"),
        (lambda: fmt("awk '{print $1}'"), "wants a value for {print $1}"),
        (lambda: fmt("a { b"), "expected '}' before end of string"),
        (lambda: fmt("a } b"), "Single '}' encountered"),
        (lambda: fmt("{:d}", "x"), "'x' cannot be written so"),
        (lambda: fmt("{:>3}", [1]), "cannot be written so"),
        (lambda: fmt("{!x}", 1), "cannot be written so"),
        (lambda: fmt("{0.real}", 1), "wants a value for {0.real}"),
    ],
)
def test_places_and_values_that_do_not_fit_are_refused(
    wrong: Callable[[], Text], says: str
) -> None:
    with pytest.raises(ExperimentError) as refused:
        wrong()
    assert says in refused.value.message


@given(st.lists(st.text() | st.integers() | st.booleans(), max_size=6), st.data())
def test_it_writes_plain_values_as_str_format_does(
    values: list[object], data: st.DataObject
) -> None:
    literals = [data.draw(st.text()) for _ in range(len(values) + 1)]
    doubled = [literal.replace("{", "{{").replace("}", "}}") for literal in literals]
    template = "{}".join(doubled)
    text = fmt(template, *values)
    if values:  # without values there is nothing to render: the component takes the braces off
        assert rendered(text) == template.format(*values)


def test_a_value_of_another_resource_is_placement(run: Evaluate) -> None:
    # given
    seen: list[Text] = []

    def program() -> None:
        host = pulumi.Output.from_input("node7")
        seen.append(fmt("ior -t {} -o {}:/scratch {}", "1m", host, 3))

    # when
    run(program)

    # then
    [text] = seen
    assert text.template == "ior -t {0} -o {1}:/scratch {2}"
    assert text.arguments == {"0": "1m", "2": "3"}
    assert list(text.placement) == ["1"]


def test_a_value_of_another_resource_takes_no_format(run: Evaluate) -> None:
    with pytest.raises(ExperimentError, match="takes no format"):
        run(lambda: fmt("{:>8}", pulumi.Output.from_input("node7")))


def test_a_resource_is_no_value(run: Evaluate) -> None:
    with pytest.raises(ExperimentError, match="ComponentResource is a resource"):
        run(lambda: fmt("{}", pulumi.ComponentResource("cmx:index:Thing", "head")))
