"""Registrations are read as the program meant them, with the line that they stand in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Value as WireValue
from pulumi.runtime.proto import alias_pb2, callback_pb2, resource_pb2, source_pb2

from cloudmesh_iac.core.hooks import NO_HOOKS, Hooks
from cloudmesh_iac.core.registrations import Alias, Options, Source
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import UNKNOWN, Secret
from cloudmesh_iac.errors import NotSupportedYet
from cloudmesh_iac.program.decode import Decoder
from cloudmesh_iac.wire.marks import UNKNOWN_TEXT
from cloudmesh_iac.wire.structs import to_struct
from tests.builders import STACK, a_urn

ROOT = Path("/home/ada/lab")
SDK = "file:///home/ada/lab/.venv/lib/python3.11/site-packages/pulumi"
OURS = "file:///home/ada/lab/.venv/lib/python3.11/site-packages/cloudmesh_iac"


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(STACK, project_dir=ROOT, foreign=[ROOT / ".venv"])


def a_trace(*frames: tuple[str, int]) -> Any:
    positions = [source_pb2.SourcePosition(uri=uri, line=line) for uri, line in frames]
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=pc) for pc in positions])


def a_request(**fields: Any) -> Any:
    given = {"type": "test:index:Thing", "name": "head", "custom": True, **fields}
    return resource_pb2.RegisterResourceRequest(**given)


def test_everything_that_the_engine_needs_is_read(decoder: Decoder) -> None:
    # given
    other, base = a_urn("other"), a_urn("base")
    dependencies = resource_pb2.RegisterResourceRequest.PropertyDependencies
    request = a_request(
        object=to_struct({"size": 4, "word": Secret("hush"), "to": UNKNOWN}),
        parent=a_urn("lab", type_="test:index:Lab"),
        dependencies=[other, base],
        propertyDependencies={
            "to": dependencies(urns=[other, base]),
            "size": dependencies(urns=[]),
        },
        provider="urn::id",
    )

    # when
    read = decoder.registration(request)

    # then
    assert read.urn == ("urn:pulumi:hello::lab::test:index:Lab$test:index:Thing::head")
    assert (read.type, read.name, read.custom, read.remote) == (
        "test:index:Thing",
        "head",
        True,
        False,
    )
    assert read.inputs == {"size": 4, "word": Secret("hush"), "to": UNKNOWN}
    assert read.parent == a_urn("lab", type_="test:index:Lab")
    assert read.dependencies == tuple(sorted([other, base]))
    assert read.property_dependencies == {"to": tuple(sorted([other, base]))}
    assert read.provider == "urn::id"
    assert read.options == Options()


def test_a_thing_without_a_parent_has_none(decoder: Decoder) -> None:
    read = decoder.registration(a_request(custom=False, remote=True))
    assert (read.parent, read.custom, read.remote) == (None, False, True)
    assert (read.source, read.from_apply) == (None, False)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"protect": True}, Options(protect=True)),
        ({"retainOnDelete": True}, Options(retain_on_delete=True)),
        (
            {
                "hooks": resource_pb2.RegisterResourceRequest.ResourceHooksBinding(
                    before_create=["one", "two"], on_error=["three"]
                )
            },
            Options(hooks=Hooks(before_create=("one", "two"), on_error=("three",))),
        ),
        ({"ignoreChanges": ["a", "b"]}, Options(ignore_changes=("a", "b"))),
        ({"replaceOnChanges": ["*"]}, Options(replace_on_changes=("*",))),
        ({"hideDiffs": ["a.b", "c"]}, Options(hide_diffs=("a.b", "c"))),
        ({"deleteBeforeReplace": True}, Options()),
        (
            {"deleteBeforeReplace": True, "deleteBeforeReplaceDefined": True},
            Options(delete_before_replace=True),
        ),
        ({"deleteBeforeReplaceDefined": True}, Options(delete_before_replace=False)),
        (
            {"additionalSecretOutputs": ["b", "a", "b"]},
            Options(additional_secret_outputs=("a", "b")),
        ),
        ({"deletedWith": a_urn("x")}, Options(deleted_with=a_urn("x"))),
        ({"importId": "i-1"}, Options(import_id="i-1")),
        (
            {"version": "1.2", "pluginDownloadURL": "u"},
            Options(version="1.2", plugin_download_url="u"),
        ),
        ({"replacement_trigger": WireValue(string_value="x")}, Options(replacement_trigger="x")),
        ({"replace_with": ["v", "u"]}, Options(replace_with=(Urn("u"), Urn("v")))),
        ({"aliasURNs": ["u"]}, Options(aliases=(Alias(urn=Urn("u")),))),
        (
            {
                "aliases": [
                    alias_pb2.Alias(urn="u"),
                    alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="old", parentUrn="p")),
                    alias_pb2.Alias(spec=alias_pb2.Alias.Spec(noParent=True)),
                ]
            },
            Options(
                aliases=(
                    Alias(urn=Urn("u")),
                    Alias(name="old", parent=Urn("p")),
                    Alias(no_parent=True),
                )
            ),
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_each_option_is_read(decoder: Decoder, field: dict[str, Any], expected: Options) -> None:
    assert decoder.registration(a_request(**field)).options == expected


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"state_migrations": [callback_pb2.Callback(token="t")]}, "state migrations"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_what_the_engine_cannot_obey_is_refused_with_its_line(
    decoder: Decoder, field: dict[str, Any], words: str
) -> None:
    # given
    trace = a_trace((f"file://{ROOT}/stacks/hello.py", 12))

    # when
    with pytest.raises(NotSupportedYet) as refused:
        decoder.registration(a_request(stackTrace=trace, **field))

    # then
    assert str(refused.value) == f"head (stacks/hello.py:12): {words}: not supported yet"


def test_empty_hooks_are_no_hooks(decoder: Decoder) -> None:
    empty = resource_pb2.RegisterResourceRequest.ResourceHooksBinding()
    assert decoder.registration(a_request(hooks=empty)).options.hooks == NO_HOOKS


@pytest.mark.parametrize(
    ("frames", "source", "from_apply"),
    [
        ([], None, False),
        ([(f"{SDK}/resource.py", 9)], None, False),
        ([("file:///elsewhere/hello.py", 9)], None, False),
        (
            [(f"{SDK}/resource.py", 9), (f"{OURS}/job.py", 3), (f"file://{ROOT}/stacks/a.py", 7)],
            Source("stacks/a.py", 7),
            False,
        ),
        (
            [(f"file://{ROOT}/parts.py", 4), (f"file://{ROOT}/stacks/a.py", 7)],
            Source("parts.py", 4),
            False,
        ),
        (
            [(f"file://{ROOT}/stacks/a.py", 7), (f"{SDK}/output.py", 200)],
            Source("stacks/a.py", 7),
            True,
        ),
        ([(f"file://{ROOT}/my%20stacks/a.py", 7)], Source("my stacks/a.py", 7), False),
    ],
    ids=["none", "SDK", "elsewhere", "below us", "a module", "apply", "a space"],
)
def test_a_source_is_the_first_line_that_is_the_programs_own(
    decoder: Decoder,
    frames: Sequence[tuple[str, int]],
    source: Source | None,
    *,
    from_apply: bool,
) -> None:
    read = decoder.registration(a_request(stackTrace=a_trace(*frames)))
    assert (read.source, read.from_apply) == (source, from_apply)


def test_a_message_says_what_it_is_about_as_far_as_it_knows(decoder: Decoder) -> None:
    # given
    trace = a_trace((f"file://{ROOT}/stacks/hello.py", 12))
    invoke = resource_pb2.ResourceInvokeRequest(tok="aws:index:getAmi")

    # then
    assert decoder.about(a_request(stackTrace=trace)) == "head (stacks/hello.py:12)"
    assert decoder.about(a_request()) == "head"
    assert decoder.about(invoke) == "aws:index:getAmi"
    assert decoder.about(resource_pb2.SupportsFeatureRequest()) == ""


def test_options_that_the_program_does_not_state_are_left_to_the_parent(decoder: Decoder) -> None:
    nothing = decoder.registration(a_request())
    everything = decoder.registration(
        a_request(protect=False, retainOnDelete=False, deletedWith="urn:pulumi:s::p::t::n")
    )
    assert nothing.unsaid == {"protect", "retain_on_delete", "deleted_with"}
    assert everything.unsaid == frozenset()


def test_what_is_only_read_is_read_with_its_id(decoder: Decoder) -> None:
    # given
    request = resource_pb2.ReadResourceRequest(
        type="test:index:Thing",
        name="net",
        id="i-1",
        parent=a_urn("lab", type_="test:index:Lab"),
        properties=to_struct({"size": 4}),
        dependencies=[a_urn("base")],
        provider="urn::id",
        additionalSecretOutputs=["b", "a", "b"],
        version="1.2.3",
        stackTrace=a_trace((f"{SDK}/runtime/resource.py", 9), (f"file://{ROOT}/hello.py", 12)),
    )

    # when
    read = decoder.reading(request)

    # then
    assert read.urn == "urn:pulumi:hello::lab::test:index:Lab$test:index:Thing::net"
    assert (read.read_id, read.custom, read.inputs) == ("i-1", True, {"size": 4})
    assert (read.dependencies, read.provider) == ((a_urn("base"),), "urn::id")
    assert read.options == Options(additional_secret_outputs=("a", "b"), version="1.2.3")
    assert (read.source, read.from_apply) == (Source("hello.py", 12), False)


def test_the_id_of_something_new_is_not_known_yet(decoder: Decoder) -> None:
    request = resource_pb2.ReadResourceRequest(type="t:i:T", name="net", id=UNKNOWN_TEXT)
    sought = resource_pb2.ExistsResourceRequest(type="t:i:T", id=UNKNOWN_TEXT)
    assert decoder.reading(request).read_id == UNKNOWN
    assert decoder.sought(sought).id == UNKNOWN
