"""Ask one running plugin what the engine wants to know: the port `Instance`."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import grpc

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import Urn
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
    Gone,
    InvokeAsk,
    Invoked,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.plugins.accepting import Accepts
from cloudmesh_iac.plugins.answers import (
    to_accepts_late,
    to_checked,
    to_created,
    to_created_half,
    to_difference,
    to_invoked,
    to_read,
    to_read_half,
    to_updated,
    to_updated_half,
)
from cloudmesh_iac.plugins.connection import Connection, limit_s
from cloudmesh_iac.plugins.parts import call_request, construct_request, to_called, to_constructed
from cloudmesh_iac.plugins.questions import (
    PLAIN,
    check_request,
    configure_request,
    create_request,
    delete_request,
    diff_request,
    invoke_request,
    is_known,
    read_request,
    update_request,
)
from cloudmesh_iac.plugins.refusals import is_unimplemented, missing_keys
from cloudmesh_iac.plugins.schemas import Schema

_CANNOT_NAME = (
    "its name is not made as pulumi:autonaming says: this version of the plugin knows no such rules"
)
_ANSWER_S = 300.0  # a question that changes nothing; some of them ask the network


class PluginInstance:
    """One process that serves one package. Satisfies `engine.instances.Instance`.

    `accepts` is what the plugin has said in its handshake, None for one that knows none: then it
    says that when it is configured. `schema` returns what the package says of its types: a preview
    goes by it where a plugin that has refused its configuration cannot answer. That takes its time,
    so it is called once. `warn` tells people something about a resource.
    """

    def __init__(
        self,
        connection: Connection,
        accepts: Accepts | None,
        schema: Callable[[], Schema | None],
        *,
        warn: Callable[[Urn, str], None],
    ) -> None:
        self._connection = connection
        self._stub = connection.stub
        self._accepts = accepts or PLAIN
        self._has_said = accepts is not None
        self._is_known = True
        self._has_refused = False
        self._schema = cache(schema)
        self._schema_turn = threading.Lock()
        self._warn = warn
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def previews(self) -> bool:
        return self._accepts.previews

    # --- its configuration ------------------------------------------------------------------------

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        """Secrets are sent in clear, and marked again in the answer."""

        def answer() -> Checked | Refusal:
            try:
                reply = self._stub.CheckConfig(check_request(ask, PLAIN), timeout=_ANSWER_S)
            except grpc.RpcError as error:
                if not is_unimplemented(error):
                    raise
                return Checked(ask.news)
            return to_checked(reply, ask, PLAIN)

        return self._connection.ask(answer)

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        """A plugin that cannot tell leaves the comparison to the engine, and replaces nothing.

        It does not hear the id: Pulumi's engine says none.
        """
        request = diff_request(replace(ask, id=""), PLAIN)

        def answer() -> Difference:
            try:
                reply = self._stub.DiffConfig(request, timeout=_ANSWER_S)
            except grpc.RpcError as error:
                if not is_unimplemented(error):
                    raise
                return Difference(None)
            return to_difference(reply)

        return self._connection.ask(answer)

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        """With inputs that are not known yet the plugin is not asked, now or later."""
        self._is_known = is_known(ask.inputs)
        if not self._is_known:
            return None

        def answer() -> Failure | None:
            try:
                reply = self._stub.Configure(configure_request(ask), timeout=_ANSWER_S)
            except grpc.RpcError as error:
                missing = missing_keys(error)
                if not missing:
                    raise
                return _lacks(missing)
            if not self._has_said:
                self._accepts = to_accepts_late(reply)
            return None

        failure = self._connection.ask(answer)
        self._has_refused = failure is not None
        return failure

    # --- its resources ----------------------------------------------------------------------------

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        if not self._is_known:
            return Checked(ask.news)
        accepts = self._accepts
        if ask.naming is not None and ask.naming.is_expected and not accepts.naming:
            self._warn(ask.urn, _CANNOT_NAME)
        answer = self._connection.ask(
            lambda: to_checked(
                self._stub.Check(check_request(ask, accepts), timeout=_ANSWER_S), ask, accepts
            )
        )
        return Checked(ask.news) if self._cannot_say(answer) else answer

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        """Without its configuration nobody can tell: then it counts as changed."""
        if not self._is_known:
            return Difference(has_changes=True)
        request = diff_request(ask, self._accepts)
        answer = self._connection.ask(
            lambda: to_difference(self._stub.Diff(request, timeout=_ANSWER_S))
        )
        if not self._cannot_say(answer):
            return answer
        with self._schema_turn:
            schema = self._schema()
        return answer if schema is None else schema.difference(ask.type, ask.old_inputs, ask.news)

    def create(self, ask: CreateAsk) -> Created | Failure:
        accepts = self._accepts
        if ask.is_preview and not self._is_known:
            return Created("", {})
        if ask.is_preview and not accepts.previews:
            return Created("", ask.inputs)
        answer = self._connection.ask(
            lambda: to_created(
                self._stub.Create(create_request(ask, accepts), timeout=limit_s(ask.timeout_s)),
                ask,
                accepts,
            ),
            changes=not ask.is_preview,
            half=lambda half: to_created_half(half, ask, accepts),
        )
        return Created("", ask.inputs) if ask.is_preview and self._cannot_say(answer) else answer

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        accepts = self._accepts
        if ask.is_preview and not self._is_known:
            return Updated({})
        if ask.is_preview and not accepts.previews:
            return Updated(ask.news)
        answer = self._connection.ask(
            lambda: to_updated(
                self._stub.Update(update_request(ask, accepts), timeout=limit_s(ask.timeout_s)),
                ask,
                accepts,
            ),
            changes=not ask.is_preview,
            half=lambda half: to_updated_half(half, ask, accepts),
        )
        return Updated(ask.news) if ask.is_preview and self._cannot_say(answer) else answer

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        def answer() -> Deleted:
            request = delete_request(ask, self._accepts)
            self._stub.Delete(request, timeout=limit_s(ask.timeout_s))
            return Deleted()

        return self._connection.ask(answer, changes=True)

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        """Without its configuration nobody has looked."""
        accepts = self._accepts
        if not self._is_known:
            return Read(ask.id, ask.outputs, is_blind=True)
        limit = limit_s(ask.timeout_s)
        return self._connection.ask(
            lambda: to_read(
                self._stub.Read(read_request(ask, accepts), timeout=limit), ask, accepts
            ),
            half=lambda half: to_read_half(half, ask, accepts),
        )

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        accepts = self._accepts
        if not self._is_known:
            return Invoked({}, is_unknown=True)
        request = invoke_request(ask, accepts)
        return self._connection.ask(lambda: to_invoked(self._stub.Invoke(request), ask, accepts))

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        """It ends when all parts are there: there is no limit."""
        caller = ask.registration.caller
        assert caller is not None
        if not self._is_known:
            return Failure("the settings of its provider are not known yet")
        return self._connection.ask(
            lambda: to_constructed(self._stub.Construct(construct_request(ask, caller))),
            changes=not caller.is_preview,
            in_turn=False,
        )

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        if not self._is_known:
            return Failure("the settings of its provider are not known yet")
        return self._connection.ask(
            lambda: to_called(self._stub.Call(call_request(ask))),
            changes=not ask.caller.is_preview,
            in_turn=False,
        )

    def _cannot_say(self, answer: object) -> bool:
        """Say whether a question failed that a plugin with its configuration might answer."""
        return self._has_refused and isinstance(answer, Failure)

    def close(self) -> None:
        with self._lock:
            is_closed, self._is_closed = self._is_closed, True
        if not is_closed:
            self._connection.close()


def _lacks(missing: list[tuple[str, str]]) -> Failure:
    """Name everything that is missing at once, and the command that sets it."""
    said = "; ".join(f"{name} ({about})" if about else name for name, about in missing)
    commands = ", ".join(f"`cmx config set {name} VALUE`" for name, _ in missing)
    return Failure(f"it lacks settings: {said}", f"set them: {commands}")
