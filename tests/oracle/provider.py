"""The provider of the histories on our side; `rigs/pulumi/go/provider.go` is the other."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.naming import Naming, NamingRules
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.plans import Detail, DetailKind
from cloudmesh_iac.core.urns import ResourceType, Urn, name_of, type_of
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Value, is_same
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    InvokeAsk,
    Invoked,
    Problem,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.instances import Instance
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.engine.provider_registry import Registry
from cloudmesh_iac.settings.naming import KEY, naming_rules
from tests.builders import STACK
from tests.oracle.case import Behaviour, Fault, Generation
from tests.oracle.marks import all_marked
from tests.oracle.outcome import Call


@dataclass
class World:
    """All that the provider knows; it lasts as long as a history. Satisfies Instance, Packages."""

    previews = True

    types: Mapping[str, Behaviour]
    calls: list[Call] = field(default_factory=list)
    _faults: Sequence[Fault] = ()
    _config: Mapping[str, str] = field(default_factory=dict)
    naming: NamingRules = field(default_factory=NamingRules)
    _is_preview: bool = False
    _made: dict[str, int] = field(default_factory=dict)
    _updated: dict[str, int] = field(default_factory=dict)
    _tries: dict[tuple[str, Urn], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, one: Generation, *, is_preview: bool) -> None:
        self._faults, self._config, self._is_preview = one.faults, one.config, is_preview
        self.naming = naming_rules({KEY: json.dumps(one.naming)} if one.naming else {}, STACK)
        self.calls = []
        self._tries = {}

    def registry(self) -> Registry:
        """Return the providers of an engine, among which this one serves the package `test`."""
        ids = count(1)
        return Registry(
            NoOthers(),
            self,
            configured=lambda _: self._config,
            new_id=lambda: str(UUID(int=next(ids))),
        )

    def load(self, _: Package) -> Instance | Failure:
        return self

    def close(self) -> None:
        """Nothing was started."""

    # --- configuration ------------------------------------------------------------------------

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        if self._wrong("check_config", ask.urn):
            return Refusal((Problem("region", "is not good"),))
        return Checked(ask.news)

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        """Say nothing but what needs a new provider, if anything does."""
        does, keys = self._does(ask.urn), changed(ask.old_inputs, ask.news)
        replaces = tuple(key for key in keys if key in does.replaces)
        deletes_first = any(key in does.deletes_first for key in replaces)
        return Difference(
            True if replaces else None, replaces=replaces, delete_before_replace=deletes_first
        )

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        return self._failure("configure", ask.urn)

    # --- calls --------------------------------------------------------------------------------

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        self.note(
            Call(
                "check",
                ask.urn,
                old_inputs=all_marked(ask.olds),
                inputs=all_marked(ask.news),
                naming=_told(ask.naming),
            )
        )
        match self._wrong("check", ask.urn):
            case "":
                return Checked(self._with_auto(ask))
            case "refusal":
                return Refusal((Problem("size", "is not good"),))
            case _:
                return Failure("check refused")

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        self.note(
            Call(
                "diff",
                ask.urn,
                ask.id,
                old_inputs=all_marked(ask.old_inputs),
                old_outputs=all_marked(ask.old_outputs),
                inputs=all_marked(ask.news),
                ignore_changes=ask.ignore_changes,
            )
        )
        if self._wrong("diff", ask.urn):
            return Failure("diff refused")
        does = self._does(ask.urn)
        if does.silent:
            return Difference(None)
        differ = changed(ask.old_inputs, ask.news)
        keys = tuple(key for key in differ if key not in does.indifferent)
        replaces = tuple(key for key in keys if key in does.replaces)
        return Difference(
            bool(keys),
            keys,
            replaces,
            stables=does.stables,
            delete_before_replace=any(key in does.deletes_first for key in replaces),
            details=_details(keys, replaces) if does.details else (),
        )

    def create(self, ask: CreateAsk) -> Created | Failure:
        if ask.is_preview:
            return Created("", self._expected(ask.inputs, {}, self._does(ask.urn)))
        self.note(
            Call("create", ask.urn, inputs=all_marked(ask.inputs), timeout=ask.timeout_s or 0)
        )
        failure = self._failure("create", ask.urn)
        if failure is not None and not self._is_partial("create", ask.urn):
            return failure
        name = name_of(ask.urn)
        with self._lock:
            self._made[name] = self._made.get(name, 0) + 1
            id_ = f"{name}#{self._made[name]}"
        outputs = self._outputs(id_, ask.inputs, self._does(ask.urn))
        return Created(id_, outputs, init_errors=self._reasons("create", ask.urn))

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        if ask.is_preview:
            return Updated(self._expected(ask.news, ask.old_outputs, self._does(ask.urn)))
        self.note(
            Call(
                "update",
                ask.urn,
                ask.id,
                old_inputs=all_marked(ask.old_inputs),
                old_outputs=all_marked(ask.old_outputs),
                inputs=all_marked(ask.news),
                ignore_changes=ask.ignore_changes,
                timeout=ask.timeout_s or 0,
            )
        )
        failure = self._failure("update", ask.urn)
        if failure is not None and not self._is_partial("update", ask.urn):
            return failure
        with self._lock:
            self._updated[ask.id] = self._updated.get(ask.id, 0) + 1
        outputs = self._outputs(ask.id, ask.news, self._does(ask.urn))
        return Updated(outputs, init_errors=self._reasons("update", ask.urn))

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        self.note(
            Call(
                "delete",
                ask.urn,
                ask.id,
                old_inputs=all_marked(ask.inputs),
                old_outputs=all_marked(ask.outputs),
                timeout=ask.timeout_s or 0,
            )
        )
        return self._failure("delete", ask.urn) or Deleted()

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        self.note(
            Call(
                "read",
                ask.urn,
                ask.id,
                old_inputs=all_marked(ask.inputs),
                old_outputs=all_marked(ask.outputs),
            )
        )
        match self._wrong("read", ask.urn):
            case "":
                if ask.outputs:
                    return Read(ask.id, ask.outputs, ask.inputs)
                found: Properties = {"size": "found"}
                return Read(ask.id, self._outputs(ask.id, found, self._does(ask.urn)), found)
            case "gone":
                return Gone()
            case "drift":
                return Read(ask.id, _drifted(ask.outputs), _drifted(ask.inputs))
            case _:
                return Failure(f"read of {name_of(ask.urn)}: refused")

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        raise AssertionError(f"no program has a {ask.registration.type}")

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        raise AssertionError(f"no program calls {ask.token}")

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        name = ask.token.rpartition(":")[2]
        self.note(Call(f"invoke {name}", "", inputs=all_marked(ask.args)))
        match self._fault("invoke", name, tries=0):
            case "":
                return Invoked({"size": ask.args.get("size", "none"), "address": f"of {name}"})
            case "refusal":
                return Refusal((Problem("size", "is not good"),))
            case _:
                return Failure("invoke refused")

    def search(self, _: FindAsk) -> Search:
        return Search.TOKEN

    def find(self, _: FindAsk) -> Sequence[Found]:
        """What failed has made nothing, whoever knew that."""
        return ()

    # --- behaviour ----------------------------------------------------------------------------

    def _does(self, urn: Urn) -> Behaviour:
        return self.types.get(type_of(urn), Behaviour())

    def note(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)
            key = (call.method, Urn(call.urn))
            self._tries[key] = self._tries.get(key, 0) + 1

    def _wrong(self, method: str, urn: Urn) -> str:
        return self._fault(method, name_of(urn), tries=self._tries.get((method, urn), 0))

    def _fault(self, method: str, name: str, *, tries: int) -> str:
        for fault in self._faults:
            is_now = not (fault.when == "update" and self._is_preview)
            is_over = 0 < fault.times < tries
            if fault.call == method and fault.name == name and is_now and not is_over:
                return fault.kind
        return ""

    def _failure(self, method: str, urn: Urn) -> Failure | None:
        match self._wrong(method, urn):
            case "":
                return None
            case "uncertain" | "partial":
                # Pulumi forgets such an update, ours looks again: that is for tests/lifecycle
                is_certain = method != "create"
                return Failure(f"{method} of {name_of(urn)}: nobody knows", is_certain=is_certain)
            case _:
                return Failure(f"{method} of {name_of(urn)}: refused")

    def _is_partial(self, method: str, urn: Urn) -> bool:
        return self._wrong(method, urn) == "partial"

    def _reasons(self, method: str, urn: Urn) -> tuple[str, ...]:
        return (f"half of {name_of(urn)}",) if self._is_partial(method, urn) else ()

    def _with_auto(self, ask: CheckAsk) -> Properties:
        inputs: dict[str, Value] = dict(ask.news)
        for key in self._does(ask.urn).auto:
            if key not in inputs:
                inputs[key] = ask.olds[key] if key in ask.olds else _made_up(ask)
        return inputs

    def _outputs(self, id_: str, inputs: Properties, does: Behaviour) -> Properties:
        outputs: dict[str, Value] = dict(inputs)
        outputs.update({key: f"{key} of {id_}" for key in does.computed})
        number = self._updated.get(id_, 0)
        outputs.update({key: f"{key} of {id_}, {number}" for key in does.recomputed})
        return outputs

    def _expected(self, inputs: Properties, old: Properties, does: Behaviour) -> Properties:
        """Return what a preview shows; a provider without previews shows the inputs."""
        if not does.previews:
            return inputs
        outputs: dict[str, Value] = dict(inputs)
        outputs.update({key: old.get(key, UNKNOWN) for key in does.computed})
        outputs.update(dict.fromkeys(does.recomputed, UNKNOWN))
        return outputs


class NoOthers:
    """No package but the one of the histories; satisfies `engine.ports.providers.Providers`."""

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        return Failure(f"nobody knows {type_} of {reference}")

    def close(self) -> None:
        """Nothing was started."""


def _made_up(ask: CheckAsk) -> str:
    return ask.naming.name if ask.naming is not None else f"seed:{ask.seed[:8]}"


def _told(naming: Naming | None) -> str:
    return f"{naming.mode} {naming.name}" if naming is not None else ""


def _details(keys: Sequence[str], replaces: Sequence[str]) -> tuple[Detail, ...]:
    kinds = {True: DetailKind.UPDATE_REPLACE, False: DetailKind.UPDATE}
    return tuple(Detail(key, kinds[key in replaces]) for key in keys)


def changed(olds: Properties, news: Properties) -> tuple[str, ...]:
    keys = sorted({*olds, *news})
    return tuple(key for key in keys if not is_same(olds.get(key), news.get(key)))


def _drifted(properties: Properties) -> Properties:
    """Return them with another value, which is as secret as the one before."""
    is_secret = isinstance(properties.get("size"), Secret)
    return {**properties, "size": Secret("drifted") if is_secret else "drifted"}
