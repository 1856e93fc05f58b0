"""Read a registration from the protocol's message."""

from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from google.protobuf.struct_pb2 import Struct

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.hooks import NO_HOOKS, Hooks
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Alias, Options, Registration, Sought, Source
from cloudmesh_iac.core.timeouts import NO_TIMEOUTS, Timeouts, parse_duration_s
from cloudmesh_iac.core.urns import ResourceType, Urn, make_urn
from cloudmesh_iac.core.values import UNKNOWN, Unknown, Value
from cloudmesh_iac.engine.asks import InvokeAsk
from cloudmesh_iac.engine.component_asks import CallAsk
from cloudmesh_iac.errors import ExperimentError, NotSupportedYet
from cloudmesh_iac.program.constructors import constructor_calls
from cloudmesh_iac.wire.marks import UNKNOWNS
from cloudmesh_iac.wire.structs import from_struct

_INSIDE_APPLY = "/pulumi/output.py"


class Decoder:
    """Turns messages of one evaluation into registrations.

    `project_dir` decides which source lines are the program's; `foreign` are folders inside it
    that are not (an installed package, an environment).
    """

    def __init__(self, stack: StackId, *, project_dir: Path, foreign: Iterable[Path]) -> None:
        self._stack = stack
        self._project_dir = project_dir
        self._foreign = tuple(foreign)
        self._file_of = lru_cache(maxsize=1024)(self._own_file)
        self._calls_in = lru_cache(maxsize=256)(constructor_calls)

    def registration(self, request: Any) -> Registration:
        """Errors: NotSupportedYet for options that the engine cannot obey yet."""
        parent = Urn(request.parent) if request.parent else None
        source, from_apply = self._origin(request.stackTrace)
        _refuse_unsupported(request, source)
        return Registration(
            urn=self._urn(request, parent),
            type=ResourceType(request.type),
            name=request.name,
            custom=request.custom,
            remote=request.remote,
            inputs=from_struct(request.object),
            parent=parent,
            dependencies=tuple(Urn(urn) for urn in sorted(request.dependencies)),
            property_dependencies={
                key: tuple(Urn(urn) for urn in sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
                if value.urns
            },
            provider=_provider(request.provider),
            providers={
                package: _provider(one) for package, one in sorted(request.providers.items())
            },
            options=_options(request),
            source=source,
            from_apply=from_apply,
            unsaid=_unsaid(request),
            env_var_mappings=tuple(sorted(request.envVarMappings.items())),
        )

    def reading(self, request: Any) -> Registration:
        """Return what is only looked at, as a registration with an id."""
        parent = Urn(request.parent) if request.parent else None
        source, from_apply = self._origin(request.stackTrace)
        return Registration(
            urn=self._urn(request, parent),
            type=ResourceType(request.type),
            name=request.name,
            custom=True,
            inputs=from_struct(request.properties),
            parent=parent,
            dependencies=tuple(Urn(urn) for urn in sorted(request.dependencies)),
            provider=_provider(request.provider),
            options=Options(
                additional_secret_outputs=tuple(sorted(set(request.additionalSecretOutputs))),
                version=request.version,
                plugin_download_url=request.pluginDownloadURL,
            ),
            source=source,
            from_apply=from_apply,
            read_id=_id(request.id, self.about(request)),
        )

    def _urn(self, request: Any, parent: Urn | None) -> Urn:
        return make_urn(
            stack=self._stack.name,
            project=self._stack.project,
            parent=parent,
            type_=ResourceType(request.type),
            name=request.name,
        )

    def sought(self, request: Any) -> Sought:
        return Sought(
            type=ResourceType(request.type),
            id=_id(request.id, request.type),
            inputs=from_struct(request.properties),
            parent=Urn(request.parent) if request.parent else None,
            provider=_provider(request.provider),
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
        )

    def about(self, request: Any) -> str:
        """Return which thing of the program a message is about: its name and line, as far known."""
        name = str(getattr(request, "name", "") or getattr(request, "tok", ""))
        trace = getattr(request, "stackTrace", None)
        source = self._origin(trace)[0] if trace is not None else None
        return f"{name} ({source})" if source else name

    def _origin(self, trace: Any) -> tuple[Source | None, bool]:
        """Return the program's line, and whether it ran while another value was handled."""
        found: list[Source] = []
        from_apply = False
        for frame in trace.frames:
            uri = frame.pc.uri
            from_apply = from_apply or uri.endswith(_INSIDE_APPLY)
            if file := self._file_of(uri):
                found.append(Source(file, frame.pc.line))
        return self._first_that_says_more(found), from_apply

    def _first_that_says_more(self, found: list[Source]) -> Source | None:
        """Pass over the lines that only hand on to the constructor of a base class."""
        for source in found:
            calls = self._calls_in(self._project_dir / source.file)
            if not any(first <= source.line <= last for first, last in calls):
                return source
        return found[0] if found else None

    def _own_file(self, uri: str) -> str:
        path = Path(unquote(urlsplit(uri).path))
        if not path.is_relative_to(self._project_dir):
            return ""
        if any(path.is_relative_to(folder) for folder in self._foreign):
            return ""
        return str(path.relative_to(self._project_dir))


def _provider(reference: str) -> str:
    """Return the reference of a provider; one that is only planned has no id yet."""
    urn, separator, id_ = reference.rpartition("::")
    return f"{urn}{separator}" if id_ in UNKNOWNS else reference


def _id(text: str, about: str) -> str | Unknown:
    """Errors: ExperimentError for an empty one."""
    if not text:
        raise ExperimentError(f"{about}: the id to look for is empty")
    return UNKNOWN if text in UNKNOWNS else text


def to_invoke(request: Any) -> InvokeAsk:
    return InvokeAsk(
        token=request.tok,
        args=from_struct(request.args),
        provider=_provider(request.provider),
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
        depends_on=tuple(Urn(urn) for urn in sorted(request.dependsOn)),
    )


def to_call(request: Any, caller: Caller) -> CallAsk:
    return CallAsk(
        token=request.tok,
        args=from_struct(request.args),
        caller=caller,
        dependencies={
            key: tuple(Urn(urn) for urn in sorted(value.urns))
            for key, value in sorted(request.argDependencies.items())
        },
        provider=_provider(request.provider),
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
    )


def _unsaid(request: Any) -> frozenset[str]:
    said = {
        "protect": request.HasField("protect"),
        "retain_on_delete": request.HasField("retainOnDelete"),
        "deleted_with": bool(request.deletedWith),
    }
    return frozenset(name for name, is_said in said.items() if not is_said)


def _options(request: Any) -> Options:
    before = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
    trigger: Value = None
    if request.HasField("replacement_trigger"):
        trigger = from_struct(Struct(fields={"trigger": request.replacement_trigger}))["trigger"]
    return Options(
        protect=request.protect,
        delete_before_replace=before,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replacement_trigger=trigger,
        additional_secret_outputs=tuple(sorted(set(request.additionalSecretOutputs))),
        retain_on_delete=request.retainOnDelete,
        deleted_with=Urn(request.deletedWith) if request.deletedWith else None,
        replace_with=tuple(Urn(urn) for urn in sorted(request.replace_with)),
        aliases=_aliases(request),
        import_id=request.importId or None,
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
        hooks=_hooks(request),
        timeouts=_timeouts(request),
        hide_diffs=tuple(request.hideDiffs),
    )


def _timeouts(request: Any) -> Timeouts:
    """Errors: ExperimentError for what is no duration."""
    if not request.HasField("customTimeouts"):
        return NO_TIMEOUTS
    given = request.customTimeouts
    try:
        return Timeouts(
            *map(parse_duration_s, (given.create, given.update, given.delete, given.read))
        )
    except ValueError as error:
        raise ExperimentError(f"{request.name}: custom_timeouts: {error}") from error


def _hooks(request: Any) -> Hooks:
    if not request.HasField("hooks"):
        return NO_HOOKS
    return Hooks(**{one.name: tuple(getattr(request.hooks, one.name)) for one in fields(Hooks)})


def _aliases(request: Any) -> tuple[Alias, ...]:
    whole = tuple(Alias(urn=Urn(urn)) for urn in request.aliasURNs)
    return whole + tuple(
        Alias(urn=Urn(one.urn))
        if one.WhichOneof("alias") == "urn"
        else Alias(
            name=one.spec.name,
            type=one.spec.type,
            stack=one.spec.stack,
            project=one.spec.project,
            parent=Urn(one.spec.parentUrn) if one.spec.parentUrn else None,
            no_parent=one.spec.noParent,
        )
        for one in request.aliases
    )


def _refuse_unsupported(request: Any, source: Source | None) -> None:
    used = {
        "state migrations": request.state_migrations,
    }
    named = [name for name, value in used.items() if value]
    if named:
        place = f" ({source})" if source else ""
        raise NotSupportedYet(f"{request.name}{place}: {', '.join(named)}: not supported yet")
