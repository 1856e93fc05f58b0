"""Random histories: a world of a few names, edited from one generation to the next.

`Supported` says what both engines can do today. What is True there is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st

from tests.oracle.case import (
    GROUP,
    THING,
    Alias,
    Behaviour,
    Declared,
    Fault,
    Generation,
    Given,
    History,
    Programmed,
    RunOptions,
    Written,
    ref,
    secret,
)
from tests.oracle.contents import with_files
from tests.oracle.functions import asking, hooked
from tests.oracle.limited import NAMES, limited
from tests.oracle.readers import reading
from tests.oracle.refusing import refused
from tests.oracle.served import served
from tests.oracle.taken_over import importing

OTHER = "test:index:Other"
_KEYS = ("size", "image", "disk", "tag")
_VALUES = ("1", "2", 3, True)
_LONGEST = 4


class Supported:
    """What the histories may hold; a False is work to do, or a difference on purpose."""

    delete_before_replace = True
    delete_faults_before_replace = False  # Pulumi hangs
    secret_marks_that_change = True
    ignore_changes = True
    ignore_changes_of_the_unknown = True
    replace_on_changes = True
    retain_on_delete = True
    protect = True
    inherited_options = True  # what a child does not say is its parent's
    additional_secret_outputs = True
    deleted_with = True
    components = True
    faults = True
    uncertain_faults = True
    partial_faults = True
    check_faults = True
    aliases = True
    renamed_in_refreshes = False  # Pulumi panics, or forgets who needs what was renamed
    renamed_companions = False  # Pulumi leaves the old name of a replace_with in its state
    replacement_trigger = True
    replace_with = True
    refreshes = True
    destroys_with_program = True
    targets = True  # and excluded ones, and new objects that a person asks for
    hooks = True
    functions = True
    reads = True
    files = True
    providers = True
    imports = True
    previews = False  # a provider that is asked in previews what will come out


def behaviours() -> Mapping[str, Behaviour]:
    thing = Behaviour(
        replaces=("image", "disk"),
        deletes_first=("disk",) if Supported.delete_before_replace else (),
        computed=("address",),
        recomputed=("version",),
        indifferent=("tag",),
        previews=Supported.previews,
    )
    return {THING: thing, OTHER: Behaviour(silent=True, computed=("address",))}


_MORE = (
    None,
    None,
    *((limited, limited) if Supported.targets else ()),
    *((hooked,) if Supported.hooks else ()),
    *((asking,) if Supported.functions else ()),
    *((reading,) if Supported.reads else ()),
    *((with_files,) if Supported.files else ()),
    *((served,) if Supported.providers else ()),
    *((importing,) if Supported.imports else ()),
    *((refused,) if Supported.check_faults else ()),
)


# A strategy that is made is also checked, which takes longer than to draw from it: they are kept.
_ONE_MORE = st.sampled_from(_MORE)
_ONE_VALUE = st.sampled_from(_VALUES)


@cache
def _one_of(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


@cache
def _some_of(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True)


@dataclass(frozen=True)
class _Placed:
    """What is declared already: what a later resource may be below, or use."""

    customs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ("",)


@st.composite
def histories(draw: st.DrawFn) -> History:
    generations: list[Generation] = []
    resources: tuple[Declared, ...] = ()
    may_rename = Supported.aliases
    for _ in range(draw(st.integers(2, _LONGEST))):
        if draw(st.integers(0, 9)) == 0 and generations:
            with_program = generations[-1].operation == "update"
            end = _end(draw, resources, with_program=with_program, may_rename=may_rename)
            generations.append(end)
            continue
        if Supported.refreshes and draw(st.integers(0, 5)) == 0 and generations:
            generations.append(_look(draw, resources))
            continue
        resources = _edited(draw, resources, may_rename=may_rename)
        may_rename = may_rename and not _has_companions(resources)
        refresh = Supported.refreshes and draw(st.integers(0, 7)) == 0
        operation = "preview" if draw(st.integers(0, 14)) == 0 else "update"
        generations.append(
            Generation(
                operation,
                RunOptions(refresh=refresh),
                program=Programmed(resources),
                faults=(
                    *_faults(draw, resources, *_calls_that_fail()),
                    *(draw(_sights()) if refresh else ()),
                ),
            )
        )
    history = History("random", tuple(generations), types=behaviours())
    more = draw(_ONE_MORE)
    return history if more is None else draw(more(history))


def _look(draw: st.DrawFn, resources: Sequence[Declared]) -> Generation:
    """Look at everything: as it is recorded, or while the program declares what it declared."""
    has_renamed = any(one.options.aliases for one in resources)
    may_run = Supported.renamed_in_refreshes or not has_renamed
    runs_program = may_run and draw(st.booleans())
    return Generation(
        "refresh",
        RunOptions(run_program=runs_program),
        program=Programmed(tuple(resources) if runs_program else ()),
        faults=draw(_sights()),
    )


def _end(
    draw: st.DrawFn, resources: Sequence[Declared], *, with_program: bool, may_rename: bool
) -> Generation:
    """Take everything away: as it is recorded, or with what the program says now."""
    faults = _faults(draw, resources, "delete")
    if not (Supported.destroys_with_program and with_program) or draw(st.booleans()):
        return Generation("destroy", faults=faults)
    now = Programmed(_edited(draw, resources, may_rename=may_rename))
    return Generation("destroy", RunOptions(run_program=True), now, faults=faults)


@cache
def _sights() -> st.SearchStrategy[tuple[Fault, ...]]:
    """Return what is not as it was recorded."""
    kinds = st.sampled_from(("gone", "drift", "drift"))
    one = st.builds(Fault, st.just("read"), st.sampled_from(NAMES), kinds)
    return st.lists(one, max_size=2, unique_by=_call_and_name).map(tuple)


def _calls_that_fail() -> tuple[str, ...]:
    first = Supported.delete_before_replace and not Supported.delete_faults_before_replace
    return ("create", "update") if first else ("create", "update", "delete")


def _edited(
    draw: st.DrawFn, before: Sequence[Declared], *, may_rename: bool
) -> tuple[Declared, ...]:
    """Keep most resources as they are, change some, drop some, add some; references stay sound."""
    old = {one.called: one for one in before}
    placed, found = _Placed(), list[Declared]()
    for name in NAMES:
        known = old.get(name)
        choice = draw(st.integers(0, 9))
        if known is not None and choice < 6 and _is_sound(known, placed):
            one = replace(known, options=replace(known.options, aliases=()))
        elif known is not None and choice == 6 and may_rename and _is_sound(known, placed):
            one = _renamed(draw, known, placed)
        elif choice == 9 or (known is None and choice < 3):
            continue
        else:
            one = _declared(draw, name, known, placed=placed)
        found.append(one)
        customs = placed.customs if one.component else (*placed.customs, name)
        placed = _Placed(customs, (*placed.parents, name))
    return tuple(found)


def _has_companions(resources: Sequence[Declared]) -> bool:
    is_trouble = not Supported.renamed_companions
    return is_trouble and any(one.options.replace_with for one in resources)


def _is_sound(one: Declared, placed: _Placed) -> bool:
    used = {value["$ref"][0] for value in one.inputs.values() if _is_reference(value)}
    options = one.options
    used |= {*options.depends_on, *options.replace_with}
    used |= {options.deleted_with} if options.deleted_with else set()
    return one.parent in placed.parents and used <= set(placed.customs)


def _renamed(draw: st.DrawFn, known: Declared, placed: _Placed) -> Declared:
    """Give it another name, or another parent, and say what it was before."""
    if draw(st.booleans()):
        name = known.called if known.name != known.called else f"{known.called}{known.called}"
        one, alias = replace(known, name=name), Alias(name=known.name)
    else:
        parent = draw(_one_of(placed.parents))
        one = replace(known, parent=parent)
        alias = Alias(parent=known.parent, no_parent=not known.parent)
    return replace(one, key=known.called, options=replace(one.options, aliases=(alias,)))


def _is_reference(value: Written) -> bool:
    return isinstance(value, Mapping) and "$ref" in value


def _declared(draw: st.DrawFn, name: str, known: Declared | None, *, placed: _Placed) -> Declared:
    """Return a resource, in most cases of the same type and parent as before."""
    stays = known is not None and known.parent in placed.parents and draw(st.integers(0, 4)) > 0
    if stays and known is not None:
        parent, component, type_ = known.parent, known.component, known.type
    else:
        parent = draw(_one_of(placed.parents))
        component = Supported.components and draw(st.integers(0, 4)) == 0
        type_ = GROUP if component else draw(_one_of((THING, THING, THING, OTHER)))
    inputs = draw(_inputs(() if component else placed.customs))
    options = Given() if component else _options(draw, placed)
    if any(map(_is_reference, inputs.values())) and not Supported.ignore_changes_of_the_unknown:
        options = replace(options, ignore_changes=())
    if not Supported.inherited_options:
        options = replace(
            options,
            protect=bool(options.protect),
            retain_on_delete=bool(options.retain_on_delete),
        )
    outputs = {"o": draw(_one_of(("1", "2")))} if component and draw(st.booleans()) else {}
    return Declared(
        name,
        type_,
        component=component,
        parent=parent,
        inputs=inputs,
        outputs=outputs,
        options=options,
    )


@cache
def _inputs(used: Sequence[str]) -> st.SearchStrategy[Mapping[str, Written]]:
    """Return inputs, some of which are what is `used`."""
    values: st.SearchStrategy[Written] = st.sampled_from(_VALUES)
    if Supported.secret_marks_that_change:
        values = values | st.sampled_from(_VALUES).map(secret)
    if used:
        keys = st.sampled_from(("address", "address", "version", "id", "size"))
        values = values | st.builds(ref, st.sampled_from(used), keys)
    return st.dictionaries(st.sampled_from(_KEYS), values, max_size=3)


def _options(draw: st.DrawFn, placed: _Placed) -> Given:
    options = _bonds(draw, placed)
    if Supported.protect and draw(st.integers(0, 7)) == 0:
        options = replace(options, protect=True)
    if Supported.retain_on_delete and draw(st.integers(0, 7)) == 0:
        options = replace(options, retain_on_delete=True)
    if Supported.ignore_changes and draw(st.integers(0, 5)) == 0:
        options = replace(options, ignore_changes=(draw(_one_of(_KEYS)),))
    if Supported.replace_on_changes and draw(st.integers(0, 7)) == 0:
        options = replace(options, replace_on_changes=(draw(_one_of((*_KEYS, "*"))),))
    if Supported.replacement_trigger and draw(st.integers(0, 7)) == 0:
        options = replace(options, replacement_trigger=draw(_ONE_VALUE))
    if Supported.delete_before_replace and draw(st.integers(0, 7)) == 0:
        options = replace(options, delete_before_replace=draw(st.booleans()))
    if Supported.additional_secret_outputs and draw(st.integers(0, 7)) == 0:
        options = replace(options, additional_secret_outputs=("address",))
    return options


def _bonds(draw: st.DrawFn, placed: _Placed) -> Given:
    """Return the options that name other resources."""
    options = Given()
    if not placed.customs:
        return options
    others = _one_of(placed.customs)
    if draw(st.integers(0, 3)) == 0:
        needed = draw(_some_of(placed.customs))
        options = replace(options, depends_on=tuple(sorted(needed)))
    if Supported.replace_with and draw(st.integers(0, 7)) == 0:
        options = replace(options, replace_with=(draw(others),))
    if Supported.deleted_with and draw(st.integers(0, 7)) == 0:
        options = replace(options, deleted_with=draw(others))
    return options


def _faults(draw: st.DrawFn, resources: Sequence[Declared], *calls: str) -> tuple[Fault, ...]:
    if not Supported.faults or draw(st.integers(0, 2)) > 0:
        return ()
    return tuple(draw(_failures(calls)))


@cache
def _failures(calls: Sequence[str]) -> st.SearchStrategy[list[Fault]]:
    kinds = ["certain"]
    kinds += ["uncertain"] if Supported.uncertain_faults else []
    one = st.builds(Fault, st.sampled_from(calls), st.sampled_from(NAMES), st.sampled_from(kinds))
    if Supported.partial_faults:
        made = st.sampled_from(("create", "update"))
        one |= st.builds(Fault, made, st.sampled_from(NAMES), st.just("partial"))
    return st.lists(one, max_size=2, unique_by=_call_and_name)


def _call_and_name(fault: Fault) -> tuple[str, str]:
    return fault.call, fault.name
