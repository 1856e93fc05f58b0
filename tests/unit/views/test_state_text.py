"""How recorded objects look."""

from collections.abc import Callable
from dataclasses import replace

from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.views.state_json import objects_dict
from cloudmesh_iac.views.state_text import findings_text, intent_text, record_text, state_text
from tests.builders import NOON, a_record, a_snapshot, a_ticket, an_intent
from tests.unit.views.builders import printed

SameAsGolden = Callable[[str, str], None]

NET = replace(a_record("net"), external=True, modified=NOON, created=NOON)
HEAD = replace(
    a_record(
        "head",
        inputs={"word": Secret("hunter2"), "__provider": "gANj", "size": 4, "text": "x" * 100},
        dependencies=(NET.urn,),
        protect=True,
    ),
    creation=2,
    init_errors=("it does not boot",),
    options=Options(protect=True),
    modified=NOON,
    created=NOON,
    parent=NET.urn,
    provider=f"{NET.urn}::id",
)
OLD = replace(HEAD, creation=1, doomed=True, pending_replacement=True, protect=False)
DISK = an_intent(a_record("disk", id="", inputs={"word": Secret("hunter2")}))
JOB = an_intent(a_record("job", id=""), ticket=a_ticket())
SNAPSHOT = a_snapshot(NET, OLD, HEAD, intents=(DISK, JOB, an_intent(HEAD, op=Op.UPDATE)))


def test_the_state_of_a_stack_is_one_line_per_object(same_as_golden: SameAsGolden) -> None:
    same_as_golden("state.txt", printed(state_text(SNAPSHOT, now=NOON)))


def test_one_object_tells_all_but_its_secrets(same_as_golden: SameAsGolden) -> None:
    text = record_text(HEAD, [an_intent(HEAD, op=Op.UPDATE)])
    same_as_golden("state-head.txt", printed(text))
    assert "hunter2" not in text.plain
    full = record_text(HEAD, [], full=True).plain
    assert "x" * 100 in full
    assert "gANj" in full


def test_what_is_not_made_yet_shows_what_it_was_to_be(same_as_golden: SameAsGolden) -> None:
    same_as_golden("state-disk.txt", printed(intent_text(DISK)))


def test_as_json_secrets_are_hidden_too() -> None:
    document = objects_dict(SNAPSHOT, [HEAD], [DISK])
    assert "hunter2" not in str(document)
    assert document["resources"][0]["inputs"]["word"] == "[secret]"
    assert document["open"][0]["inputs"]["word"] == "[secret]"


def test_findings_have_a_remedy_each(same_as_golden: SameAsGolden) -> None:
    findings = [
        Finding("others may read this file", "/home/ada/cmx.db", "chmod 600 /home/ada/cmx.db"),
        Finding("it stands on nothing", NET.urn, "cmx up"),
    ]
    same_as_golden("findings.txt", printed(findings_text(findings, stacks=2)))
    assert findings_text((), stacks=2).plain == "2 stacks: all is well"
