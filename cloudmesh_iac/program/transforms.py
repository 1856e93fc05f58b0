"""Run the transforms that a program has registered, before anything else is done with a request.

The order is Pulumi's: those of the resource itself, then those of its parents from the nearest
outwards, then those of the stack.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.program.callbacks import Callbacks
from cloudmesh_iac.program.transforming import (
    settle_dependencies,
    take_transformed,
    take_transformed_invoke,
    to_invoke_transform,
    to_transform,
    with_output_values,
)
from cloudmesh_iac.wire.protos import resource_pb2


class Transforms:
    """Used by the conversation's reader only; the answers of functions arrive there too."""

    def __init__(self, callbacks: Callbacks, *, about: Callable[[Any], str]) -> None:
        self._callbacks = callbacks
        self._about = about
        self._of_stack: list[str] = []
        self._of_invokes: list[str] = []
        self._of_resource: dict[Urn, tuple[str, ...]] = {}
        self._parents: dict[Urn, Urn] = {}

    def add(self, token: str) -> None:
        self._of_stack.append(token)

    def add_of_invokes(self, token: str) -> None:
        self._of_invokes.append(token)

    def remember(self, urn: Urn, request: Any) -> None:
        """Keep what a resource hands on to its children."""
        if request.parent:
            self._parents[urn] = Urn(request.parent)
        if request.transforms:
            self._of_resource[urn] = tuple(one.token for one in request.transforms)

    def for_resource(self, request: Any, then: Callable[[Any], None]) -> Future[None]:
        """Change a registration in place, then go on with it; the future has the error, if any."""
        tokens = [one.token for one in request.transforms]
        parent = Urn(request.parent)
        while parent:
            tokens += self._of_resource.get(parent, ())
            parent = self._parents.get(parent, Urn(""))
        tokens += self._of_stack
        is_own = bool(request.transforms)
        if tokens:
            with_output_values(request, with_sources=is_own)

        def take(body: bytes) -> None:
            answer = resource_pb2.TransformResponse.FromString(body)
            take_transformed(request, answer, is_own=is_own)

        def finish() -> None:
            if tokens:
                settle_dependencies(request, is_own=is_own)
            then(request)

        show = partial(to_transform, request)
        return self._run(tokens, request, show=show, take=take, finish=finish)

    def for_invoke(self, request: Any, then: Callable[[Any], None]) -> Future[None]:
        """Change an invoke in place, then go on with it; the future has the error, if any."""

        def take(body: bytes) -> None:
            answer = resource_pb2.TransformInvokeResponse.FromString(body)
            take_transformed_invoke(request, answer)

        show = partial(to_invoke_transform, request)
        finish = partial(then, request)
        return self._run(self._of_invokes, request, show=show, take=take, finish=finish)

    def _run(
        self,
        tokens: Sequence[str],
        request: Any,
        *,
        show: Callable[[], Any],
        take: Callable[[bytes], None],
        finish: Callable[[], None],
    ) -> Future[None]:
        """Call one function after the other; nobody waits meanwhile."""
        done: Future[None] = Future()
        left = list(tokens)

        def go_on(answer: Future[bytes] | None = None) -> None:
            try:
                if answer is not None:
                    take(self._answered(request, answer))
                if left:
                    self._callbacks.ask(left.pop(0), show()).add_done_callback(go_on)
                    return
                finish()
            except Exception as error:  # noqa: BLE001 - a future swallows what its callbacks throw
                done.set_exception(error)
            else:
                done.set_result(None)

        go_on()
        return done

    def _answered(self, request: Any, answer: Future[bytes]) -> bytes:
        """Errors: CmxError that says whose transform failed."""
        try:
            return answer.result()
        except CmxError as error:
            words = f"{self._about(request)}: a transform failed: {error}"
            raise CmxError(words) from error
