"""A program of a history, played at the Registrar port without a child process.

It registers one resource after the other and waits for each answer, as the program on the other
side does: both engines then see the same order.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cloudmesh_iac.core.hooks import Hooks
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Alias, Options, Registered, Registration
from cloudmesh_iac.core.timeouts import Timeouts
from cloudmesh_iac.core.urns import STACK_TYPE, ResourceType, Urn, make_urn
from cloudmesh_iac.core.values import UNKNOWN, Properties, Value, has_unknown, without_secrets
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Refusal
from cloudmesh_iac.engine.conclusions import Conclusion
from cloudmesh_iac.engine.ports.program import Asked, Evaluation, Registrar
from cloudmesh_iac.errors import ExperimentError, ProgramFailed
from cloudmesh_iac.program.digests import with_digests
from tests.oracle import case
from tests.oracle.case import Declared, Given, Programmed, Written
from tests.oracle.hooks import made_hook
from tests.oracle.marks import all_marked, references, resolved
from tests.oracle.outcome import Answer
from tests.oracle.provider import World

DEADLINE_S = 20.0
_STACK_KEY = ""


class CannotPlay(Exception):
    """Our engine has no words for what the history wants."""


@dataclass
class Script:
    """Satisfies `engine.ports.program.Program`; `played` is the last evaluation."""

    program: Programmed
    world: World
    folder: Path
    played: "Playing | None" = None
    concluded: Mapping[Urn, Conclusion] = field(default_factory=dict)  # what an up came to
    path: str = "stacks/hello.py"
    digest: str = "d1"

    def start(self, evaluation: Evaluation, registrar: Registrar) -> "Playing":
        self.played = Playing(self.program, evaluation, registrar, self.world, self.folder)
        self.played.play()
        return self.played

    def declared(self) -> Mapping[Urn, Op]:
        """Return what is done with each resource of the last evaluation if nothing changes."""
        if self.played is None:
            return {}
        reads = {one.called for one in self.program.resources if one.read}
        return {urn: Op.READ if key in reads else Op.SAME for key, urn in self.played.urns.items()}

    def customs(self) -> set[Urn]:
        """Return the resources of the last evaluation that have an object of their own."""
        if self.played is None:
            return set()
        keys = {one.called for one in self.program.resources if not (one.component or one.read)}
        return {urn for key, urn in self.played.urns.items() if key in keys}

    def asked(self) -> Asked:
        return Asked(frozenset())


@dataclass
class Playing:
    """One evaluation, over before `start` returns.

    Satisfies `engine.ports.program.RunningProgram`.
    """

    program: Programmed
    evaluation: Evaluation
    registrar: Registrar
    world: World
    folder: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    urns: dict[str, Urn] = field(default_factory=dict)
    left_out: list[Urn] = field(default_factory=list)  # answered as not there
    _registered: dict[str, Registered] = field(default_factory=dict)
    has_ended_badly: bool = False
    _invoked: dict[str, Invoked] = field(default_factory=dict)
    _sources_of: dict[str, tuple[Urn, ...]] = field(default_factory=dict)  # of calls of functions

    def is_quiet(self) -> bool:
        return True

    def stop(self) -> None:
        """It has ended."""

    def play(self) -> None:
        stack = self.evaluation.stack
        self._declare(
            _STACK_KEY, Declared(f"{stack.project}-{stack.name}", STACK_TYPE, component=True)
        )
        for hook in self.program.hooks:
            self.registrar.add_hook(made_hook(hook, self.world))
        try:
            has_ended = self._declare_all()
        except ExperimentError as error:  # a file that is not there
            self.has_ended_badly = has_ended = True
            self.registrar.finish(ProgramFailed(str(error)))
        if has_ended:
            return
        self.registrar.set_outputs(self.urns[_STACK_KEY], self._values(self.program.outputs))
        self.registrar.finish(None)

    def _declare_all(self) -> bool:
        """Say whether the program ended with an error on its way."""
        for one in self.program.resources:
            if one.invoke:
                self._invoke(one.called, one)
            else:
                self._declare(one.called, one)
            if self.has_ended_badly or self._ends(one.called):
                return True
        return self._ends(_STACK_KEY)

    def _ends(self, after: str) -> bool:
        end = self.program.error
        if end is None or end.after != after:
            return False
        if self.evaluation.is_preview and not end.in_preview:
            return False
        self._fail("the program ends with an error")
        return True

    def _fail(self, words: str) -> None:
        self.has_ended_badly = True
        self.registrar.finish(ProgramFailed(words))

    def _invoke(self, key: str, one: Declared) -> None:
        """Call a function as the output form does: not before all that it needs is known."""
        needed = tuple(self.urns[name] for name in one.options.depends_on)
        args = self._values(one.inputs)
        sources = self._sources([one.inputs[name] for name in args])
        self._sources_of[key] = tuple(sorted({*sources, *needed}))
        ask = InvokeAsk(
            f"test:index:{one.name}",
            {name: without_secrets(value) for name, value in args.items()},
            depends_on=needed,
        )
        answer: Invoked | Refusal | Failure = Invoked({}, is_unknown=True)
        if not has_unknown(args):
            answer = self.registrar.invoke(ask).result(DEADLINE_S)
        if not isinstance(answer, Invoked):
            self._fail(f"{one.called}: {answer}")
            return
        self._invoked[key] = answer
        self.answers[key] = Answer("", all_marked(answer.result), "SUCCESS")

    def _declare(self, key: str, one: Declared) -> None:
        registration = self._registration(key, one)
        self.urns[key] = registration.urn
        future: Future[Registered] = self.registrar.register(registration)
        answer = future.result(DEADLINE_S)
        self._registered[key] = answer
        self.urns[key] = answer.urn  # what is left out may keep its former name
        self.left_out += [answer.urn] if answer.is_unknown else []
        if key != _STACK_KEY:
            result = "FAIL" if answer.failed else "SUCCESS"
            self.answers[key] = Answer(
                answer.id, all_marked(answer.outputs), result, component=one.component
            )
            if one.component and not (answer.failed or answer.is_unknown):
                self.registrar.set_outputs(registration.urn, self._values(one.outputs))

    def _registration(self, key: str, one: Declared) -> Registration:
        parent = None if key == _STACK_KEY else self.urns[one.parent]
        inputs = self._values(one.inputs)
        by_key = {name: self._sources(one.inputs[name]) for name in inputs}
        used = {urn for urns in by_key.values() for urn in urns}
        used |= {self.urns[needed] for needed in one.options.depends_on}
        return Registration(
            urn=urn_of(one, parent, self.evaluation.stack),
            type=ResourceType(one.type),
            name=one.name,
            custom=not one.component,
            inputs=inputs,
            parent=parent,
            dependencies=tuple(sorted(used)),
            property_dependencies={name: urns for name, urns in by_key.items() if urns},
            options=self._options(one.options),
            provider=self._provider(one.options.provider),
            providers={
                package: self._provider(key) for package, key in one.options.providers.items()
            },
            read_id=one.read,
            unsaid=_unsaid(one.options),
            env_var_mappings=tuple(sorted(one.options.env_var_mappings.items())),
        )

    def _provider(self, key: str) -> str:
        if not key:
            return ""
        return f"{self.urns[key]}::{self._registered[key].id}"

    def _options(self, given: Given) -> Options:
        trigger = given.replacement_trigger
        return Options(
            protect=bool(given.protect),
            delete_before_replace=given.delete_before_replace,
            ignore_changes=given.ignore_changes,
            replace_on_changes=given.replace_on_changes,
            hide_diffs=given.hide_diffs,
            replacement_trigger=resolved(trigger, self._look) if trigger is not None else None,
            additional_secret_outputs=given.additional_secret_outputs,
            retain_on_delete=bool(given.retain_on_delete),
            deleted_with=self.urns[given.deleted_with] if given.deleted_with else None,
            replace_with=tuple(self.urns[key] for key in given.replace_with),
            aliases=tuple(map(self._alias, given.aliases)),
            import_id=given.import_id or None,
            version=given.version,
            hooks=Hooks(**asdict(given.hooks)),
            timeouts=Timeouts(
                create_s=given.timeouts.create or None,
                update_s=given.timeouts.update or None,
                delete_s=given.timeouts.delete or None,
            ),
        )

    def _alias(self, other: case.Alias) -> Alias:
        parent = Urn(other.parent_urn) if other.parent_urn else self.urns.get(other.parent or "-")
        return Alias(
            urn=Urn(other.urn) if other.urn else None,
            name=other.name,
            type=other.type,
            parent=parent,
            no_parent=other.no_parent,
        )

    def _sources(self, written: Written) -> tuple[Urn, ...]:
        found: set[Urn] = set()
        for key in references(written):
            found |= {self.urns[key]} if key in self.urns else set(self._sources_of[key])
        return tuple(sorted(found))

    def _values(self, written: Mapping[str, Written]) -> Properties:
        """Resolve them; as in the SDK, one that is nothing is not there, nor are its sources."""
        values = {key: resolved(value, self._look) for key, value in written.items()}
        given = {key: value for key, value in values.items() if value is not None}
        return with_digests(given, folder=self.folder, about="the program")

    def _look(self, key: str, output: str) -> Value:
        """Return what a program sees of a resource: nothing of one that failed."""
        if key in self._invoked:
            invoked = self._invoked[key]
            return UNKNOWN if invoked.is_unknown else invoked.result.get(output)
        answer = self._registered[key]
        if answer.failed or answer.is_unknown:
            return UNKNOWN
        if output == "id":
            return answer.id or UNKNOWN
        absent: Value = UNKNOWN if self.evaluation.is_preview else None
        return answer.outputs.get(output, absent)


def urn_of(one: Declared, parent: Urn | None, stack: StackId) -> Urn:
    return make_urn(
        stack=stack.name,
        project=stack.project,
        parent=parent,
        type_=ResourceType(one.type),
        name=one.name,
    )


def _unsaid(given: Given) -> frozenset[str]:
    said = {
        "protect": given.protect is not None,
        "retain_on_delete": given.retain_on_delete is not None,
        "deleted_with": bool(given.deleted_with),
    }
    return frozenset(name for name, is_said in said.items() if not is_said)
