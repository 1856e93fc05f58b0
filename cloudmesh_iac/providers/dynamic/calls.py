"""Call the methods of a dynamic provider class as Pulumi's own host does."""

import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pulumi.dynamic import CreateResult, ResourceProvider, UpdateResult
from pulumi.output import Unknown as SdkUnknown

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import Properties, changed_keys
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Problem,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.errors import CmxError, SiteUnreachable
from cloudmesh_iac.providers.dynamic.convert import marked_again, to_properties, to_python
from cloudmesh_iac.providers.dynamic.provider_key import PROVIDER_KEY, with_provider
from cloudmesh_iac.providers.dynamic.seed import CURRENT_NUMBER, CURRENT_SEED

_TOKEN_KEY = "token"  # noqa: S105 - the name of an input
_Result = TypeVar("_Result")
_Answer = TypeVar("_Answer")


class HandlerCalls:
    """One handler object behind the Provider port. Exceptions become Failures.

    An exception says, as in Pulumi, that nothing was changed. Where the class can look, we do not
    take its word for it: then the Failure is not certain.
    """

    def __init__(self, handler: ResourceProvider) -> None:
        self._handler = handler
        self.checks = _has_own_check(handler)
        self._reads = type(handler).read is not ResourceProvider.read
        self._finds = self._reads and callable(getattr(handler, "find", None))

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        def answer() -> Checked | Refusal:
            seed, number = CURRENT_SEED.set(ask.seed), CURRENT_NUMBER.set(ask.number)
            try:
                result = self._handler.check(to_python(ask.olds), to_python(ask.news))
            finally:
                CURRENT_SEED.reset(seed)
                CURRENT_NUMBER.reset(number)
            if result.failures:
                problems = [Problem(str(one.property), str(one.reason)) for one in result.failures]
                return Refusal(tuple(problems))
            inputs = marked_again(to_properties(result.inputs), ask.news)
            notes = tuple(map(str, getattr(result, "notes", ())))
            return Checked(with_provider(inputs, ask.news), notes)

        return _guarded(answer)

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        def answer() -> Difference:
            olds, news = to_python(ask.old_outputs), to_python(ask.news)
            result = self._handler.diff(ask.id, olds, news)
            replaces = tuple(map(str, result.replaces or ()))
            keys = getattr(result, "keys", None)
            if keys is None:
                keys = changed_keys(_plain(ask.old_outputs, ask.news), _plain(ask.news))
            return Difference(
                has_changes=None if result.changes is None else bool(result.changes),
                keys=() if result.changes is None else tuple(keys),
                replaces=replaces,
                stables=tuple(map(str, result.stables or ())),
                delete_before_replace=bool(result.delete_before_replace),
                losses=tuple(getattr(result, "losses", ())),
                interrupts=bool(getattr(result, "interrupts", False)),
            )

        return _guarded(answer)

    def create(self, ask: CreateAsk) -> Created | Failure:
        def created(result: CreateResult) -> Created:
            if not result.id:
                raise ValueError("its create returned no id")
            outputs = marked_again(to_properties(result.outs), ask.inputs)
            return Created(str(result.id), with_provider(outputs, ask.inputs))

        return _changing(
            lambda: self._handler.create(to_python(ask.inputs)), created, can_look=self._finds
        )

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        def update() -> UpdateResult:
            return self._handler.update(ask.id, to_python(ask.old_outputs), to_python(ask.news))

        def updated(result: UpdateResult) -> Updated:
            outputs = marked_again(to_properties(result.outs), ask.news)
            return Updated(
                with_provider(outputs, ask.news),
                failed=bool(getattr(result, "failed", False)),
                note=str(getattr(result, "note", "")),
            )

        return _changing(update, updated, can_look=self._reads)

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        def answer() -> Deleted:
            self._handler.delete(ask.id, to_python(ask.outputs))
            return Deleted()

        return _guarded(answer, changes=True, can_look=self._reads)

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        """As in Pulumi: no id in the answer means gone; inputs only if the handler gives them.

        A class without a `read` of its own has looked at nothing.
        """

        def answer() -> Read | Gone:
            known = ask.outputs or ask.inputs
            result = self._handler.read(ask.id, to_python(known))
            if not result.id:
                return Gone()
            if result.outs is None:
                raise ValueError("its read returned an id and no outs")
            inputs = getattr(result, "inputs", None)
            if inputs is not None:
                read = marked_again(to_properties(inputs), ask.inputs)
                inputs = with_provider(read, ask.inputs)
            return Read(
                str(result.id),
                with_provider(marked_again(to_properties(result.outs), known), known),
                inputs,
                is_blind=not self._reads,
            )

        return _guarded(answer)

    def search(self, ask: FindAsk) -> Search:
        """A class that has `find` and `read` can look for what it may have made."""
        if not self._finds:
            return Search.NONE
        return Search.TOKEN if ask.inputs.get(_TOKEN_KEY) else Search.KEY

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        """`find(props, token)` returns an id, several, or None; the token is what `check` gave."""

        def answer() -> Sequence[Found]:
            props = to_python(ask.inputs)
            find: Any = getattr(self._handler, "find", None)
            found = find(props, str(props.get(_TOKEN_KEY) or ""))
            if found is None:
                return ()
            ids = [found] if isinstance(found, str) else list(found)
            return tuple(Found(str(one)) for one in ids)

        return _guarded(answer)


def _has_own_check(handler: ResourceProvider) -> bool:
    """Say whether a class has something to say of inputs: Pulumi's own check takes any."""
    return type(handler).check is not ResourceProvider.check or "check" in vars(handler)


def is_unknown(value: Any) -> bool:
    return isinstance(value, SdkUnknown)


def _plain(properties: Properties, like: Properties | None = None) -> Properties:
    """Leave out the pickled class; with `like`, also what the program never set."""
    return {
        key: value
        for key, value in properties.items()
        if key != PROVIDER_KEY and (like is None or key in like)
    }


def _changing(
    call: Callable[[], _Result], to_answer: Callable[[_Result], _Answer], *, can_look: bool
) -> _Answer | Failure:
    """Make a call that changes something; what came back and cannot be used has happened."""
    result = _guarded(call, changes=True, can_look=can_look)
    if isinstance(result, Failure):
        return result
    return _guarded(lambda: to_answer(result), changes=True, can_look=True)


def _guarded(
    answer: Callable[[], _Answer], *, changes: bool = False, can_look: bool = False
) -> _Answer | Failure:
    """Turn exceptions into a Failure; one of ours says itself that nothing was changed."""
    try:
        return answer()
    except CmxError as error:
        certain = not changes or not isinstance(error, SiteUnreachable)
        return Failure.of(error, is_certain=certain)
    except Exception as error:  # noqa: BLE001 - a handler is foreign code
        frames = _handler_frames(error)
        _say("Traceback (most recent call last):")
        for line in (*traceback.format_list(frames), *traceback.format_exception_only(error)):
            _say(line.rstrip())
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
        is_certain = not changes or not can_look
        return Failure(f"{type(error).__name__}: {error}{place}", is_certain=is_certain)


def _handler_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames from the handler's first one on."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [index for index, frame in enumerate(frames) if frame.filename == __file__]
    return list(frames[ours[-1] + 1 :]) if ours else list(frames)


def _say(line: str) -> None:
    """What the host process writes is shown as lines of the run's log."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
