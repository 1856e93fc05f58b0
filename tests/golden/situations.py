"""Situations that a plan can be of, each played by the real engine on things that cost nothing.

`SITUATIONS` are functions that take a fresh world and return the plan that a person would see.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import (
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    Needs,
    Reservation,
    Window,
)
from cloudmesh_iac.core.plans import ExpectedStart, NoRoom, Plan, RunAgain
from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import Properties, Secret, changed_keys
from cloudmesh_iac.engine.asks import DiffAsk, Difference
from cloudmesh_iac.engine.destroying import plan_destroy
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from tests.builders import STACK
from tests.lifecycle.script import (
    GROUP,
    STACK_THING,
    Out,
    ScriptedProgram,
    Thing,
    Written,
    a_job,
    machines,
    urn_of,
)
from tests.lifecycle.world import BLIND, SIM, FakeProvider, World, a_program

CANARY = "canary-5521"
_KEY = "5" * 64  # names and tokens come out the same in each run
_LOST_BY = {"image": "its disk is lost", "disk": "its disk is lost"}
_IN_PLACE = "kernel"

SITUATIONS: dict[str, Callable[[World], Plan]] = {}


def situation(play: Callable[[World], Plan]) -> Callable[[World], Plan]:
    SITUATIONS[play.__name__] = play
    return play


class Rebuilding(FakeProvider):
    """Things that lose their disk with another image; another kernel takes them away meanwhile."""

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        found = super().diff(ask)
        if isinstance(found, Failure):
            return found
        keys = changed_keys(ask.old_inputs, ask.news)
        losses = {_LOST_BY[key] for key in keys if key in _LOST_BY}
        is_rebuilt = _IN_PLACE in keys
        lost = (*sorted(losses), *(["its disk is lost"] if is_rebuilt and not losses else []))
        return replace(found, losses=lost, interrupts=is_rebuilt)


def preview(
    world: World,
    program: ScriptedProgram,
    *,
    looks_first: bool = False,
    selection: Selection | None = None,
    reruns: Mapping[Urn, Properties] | None = None,
) -> Plan:
    request = Request(STACK, seed_key=_KEY, refresh=looks_first, reruns=reruns or {})
    if selection is not None:
        request = replace(request, selection=selection)
    return EmbeddedEngine(world.parts).preview(program, request)


def up(world: World, *script: object) -> None:
    """Carry out a program thing by thing, so that the order of what is recorded is no chance."""
    for number in range(len(script) + 1):
        up_at_once(world, *script[:number])


def up_at_once(world: World, *script: object, patience_s: float | None = None) -> None:
    """Carry out a program, however it ends."""
    program = a_program(*script)
    request = Request(STACK, seed_key=_KEY, patience_s=patience_s)
    EmbeddedEngine(world.parts).up(program, request, preview(world, program))


def changed(world: World, before: tuple[object, ...], after: tuple[object, ...]) -> Plan:
    """Carry out one program, and preview another."""
    up(world, *before)
    return preview(world, a_program(*after))


LAB = Thing("lab", type_=GROUP, custom=False)


def cluster(image: str, nodes: int = 3) -> tuple[Thing, ...]:
    """Return a network, and nodes on it that are parts of a component."""
    net = Thing("net", {"range": "10.0.0.0/24"})
    at: Mapping[str, Written] = {"image": image, "size": 2, "net": Out("net", "id")}
    return (net, LAB, *(Thing(f"node-{n}", at, parent="lab") for n in range(nodes)))


@situation
def empty(world: World) -> Plan:
    return preview(world, a_program())


@situation
def create(world: World) -> Plan:
    return preview(world, a_program(*cluster("rocky-9"), Thing("dns", {"to": Out("node-0")})))


@situation
def nothing_changes(world: World) -> Plan:
    return changed(world, cluster("rocky-9"), cluster("rocky-9"))


@situation
def update(world: World) -> Plan:
    return changed(world, (Thing("vm", {"size": 2}),), (Thing("vm", {"size": 4.0}),))


@situation
def noise(world: World) -> Plan:
    """Order of keys, and 4 and 4.0, are no difference; the note is."""
    old: Mapping[str, Written] = {"a": {"x": 4, "y": (1, 2)}, "note": "one"}
    new: Mapping[str, Written] = {"note": "two", "a": {"y": (1.0, 2.0), "x": 4.0}}
    return changed(world, (Thing("vm", old),), (Thing("vm", new),))


@situation
def inside_maps_and_lists(world: World) -> Plan:
    old: Mapping[str, Written] = {
        "rules": ({"name": "ssh", "port": 22}, {"name": "web", "port": 80}),
        "labels": {"owner": "ann", "team": "io"},
        "zones": ("a", "b", "c"),
        "order": ("x", "y"),
    }
    new: Mapping[str, Written] = {
        "rules": ({"name": "dns", "port": 53}, {"name": "ssh", "port": 2222}),
        "labels": {"owner": "bob", "team": "io", "ttl": 8},
        "zones": ("new", "a", "b"),
        "order": ("y", "x"),
    }
    return changed(world, (Thing("vm", old),), (Thing("vm", new),))


@situation
def a_long_text(world: World) -> Plan:
    lines = [f"module load m{n}" for n in range(40)]
    old, new = "\n".join(lines), "\n".join([*lines[:20], "srun ./pi", *lines[20:]])
    return changed(world, (Thing("vm", {"script": old}),), (Thing("vm", {"script": new}),))


@situation
def a_secret_changes(world: World) -> Plan:
    def keys(text: str) -> Thing:
        users: Written = ({"name": "ann", "key": Secret(f"{text}-2")},)
        return Thing("vm", {"password": Secret(text), "users": users})

    return changed(world, (keys(CANARY),), (keys(f"{CANARY}-new"),))


@situation
def replace_one(world: World) -> Plan:
    return changed(world, (Thing("vm", {"image": "a"}),), (Thing("vm", {"image": "b"}),))


@situation
def replace_used(world: World) -> Plan:
    """What is replaced is used by others, which are only updated."""

    def program(image: str) -> tuple[Thing, ...]:
        users = [Thing(f"dns-{n}", {"to": Out("vm")}) for n in range(4)]
        return Thing("vm", {"image": image}), *users

    return changed(world, program("a"), program("b"))


def chain(**head: int | str) -> tuple[Thing, ...]:
    return (
        Thing("head", head),
        Thing("tail", {"image": Out("head")}),
        Thing("last", {"image": Out("tail")}),
        Thing("reader", {"at": Out("last")}),
    )


@situation
def replace_chain(world: World) -> Plan:
    return changed(world, chain(image="a"), chain(image="b"))


@situation
def delete_before_replace(world: World) -> Plan:
    return changed(world, chain(disk=1), chain(disk=2))


@situation
def rebuilt_in_place(world: World) -> Plan:
    user = Thing("dns", {"to": Out("vm")})
    return changed(world, (Thing("vm", {"kernel": 5}), user), (Thing("vm", {"kernel": 6}), user))


@situation
def dropped(world: World) -> Plan:
    return changed(world, cluster("rocky-9"), cluster("rocky-9", nodes=1))


@situation
def kept_on_the_site(world: World) -> Plan:
    return changed(world, (Thing("disk", options=Options(retain_on_delete=True)),), ())


@situation
def destroy_all(world: World) -> Plan:
    up(world, *cluster("rocky-9"))
    return plan_destroy(STACK, world.parts)


@situation
def destroy_a_part(world: World) -> Plan:
    up(world, *cluster("rocky-9"))
    return plan_destroy(STACK, world.parts, Selection(targets=("node-1",)))


@situation
def a_part_is_chosen(world: World) -> Plan:
    up(world, *cluster("rocky-8"))
    return preview(world, a_program(*cluster("rocky-9")), selection=Selection(targets=("node-1",)))


@situation
def asked_for(world: World) -> Plan:
    up(world, *cluster("rocky-9"))
    words = Selection(replaces=("node-1",))
    return preview(world, a_program(*cluster("rocky-9")), selection=words)


@situation
def not_known_yet(world: World) -> Plan:
    """An update that hangs on a value that only a run makes known."""
    before = Thing("vm", {"size": 1}), Thing("dns", {"to": Out("vm", "zone")})
    after = Thing("vm", {"size": 1}), Thing("new"), Thing("dns", {"to": Out("new")})
    world.things.zone = "z1"
    return changed(world, before, after)


@situation
def behind_an_unknown_value(world: World) -> Plan:
    """What was declared inside an apply may still be wanted: that is not decided."""

    def program(image: str) -> tuple[Thing, ...]:
        return Thing("vm", {"image": image}), Thing("inside", {}, appears_with=Out("vm"))

    up_at_once(world, *program("a"))  # what stands inside is only seen by the run after
    return changed(world, program("a"), program("b"))


@situation
def after_a_failed_create(world: World) -> Plan:
    world.things.faults["create", "node-1"] = Failure("no room")
    up(world, *cluster("rocky-9"))
    world.things.faults.clear()
    return preview(world, a_program(*cluster("rocky-9")))


@situation
def after_a_failed_delete(world: World) -> Plan:
    up(world, Thing("vm", {"image": "a"}))
    world.things.faults["delete", "vm"] = Failure("it is in use")
    up_at_once(world, Thing("vm", {"image": "b"}))
    world.things.faults.clear()
    return preview(world, a_program(Thing("vm", {"image": "b"})))


@situation
def not_ready_yet(world: World) -> Plan:
    world.things.unready["create", "vm"] = ("no address yet",)
    up(world, Thing("vm"))
    return preview(world, a_program(Thing("vm")))


@situation
def nobody_saw_the_end(world: World) -> Plan:
    world.things.silent.add(("create", "vm"))
    up_at_once(world, Thing("vm"), Thing("dns", {"to": Out("vm")}))
    world.things.silent.clear()
    return preview(world, a_program(Thing("vm"), Thing("dns", {"to": Out("vm")})))


@situation
def changed_outside(world: World) -> Plan:
    up(world, Thing("vm", {"size": 2}), Thing("blind", type_=BLIND))
    world.things.made["vm#1"] = {"size": 9}
    program = a_program(Thing("vm", {"size": 2}), Thing("blind", type_=BLIND))
    return preview(world, program, looks_first=True)


@situation
def gone_from_the_site(world: World) -> Plan:
    up(world, Thing("vm"), Thing("dns", {"to": Out("vm")}))
    del world.things.made["vm#1"]
    return preview(world, a_program(Thing("vm"), Thing("dns", {"to": Out("vm")})), looks_first=True)


@situation
def taken_over(world: World) -> Plan:
    world.things.made |= {"i-1": {"size": 7}, "i-2": {"size": 7}}
    import_it = Options(import_id="i-1")
    return preview(
        world,
        a_program(
            Thing("same", {"size": 7}, options=import_it),
            Thing("other", {"size": 9}, options=replace(import_it, import_id="i-2")),
            Thing("read", read_id="i-1"),
        ),
    )


@situation
def renamed(world: World) -> Plan:
    options = Options(aliases=(Alias(name="old"),))
    return changed(world, (Thing("old"),), (Thing("new", options=options),))


@situation
def hidden_differences(world: World) -> Plan:
    options = Options(hide_diffs=("script",))
    old = Thing("vm", {"script": "mine", "size": 1}, options=options)
    return changed(world, (old,), (replace(old, inputs={"script": "yours", "size": 2}),))


@situation
def a_parameter_changed(world: World) -> Plan:
    """The two parameters are put into the plan by hand: no program of a test asks for one."""
    plan = changed(world, (Thing("vm", {"size": 5}),), (Thing("vm", {"size": 3}),))
    old = Parameter("size", "5", "3", "int", "option")
    return replace(
        plan, old_parameters=(old,), parameters=(replace(old, value="3", origin="default"),)
    )


@situation
def a_job_is_new(world: World) -> Plan:
    return preview(world, a_program(Thing("vm"), a_job("pi", needs=("vm",)), a_job("tau")))


@situation
def jobs_are_expected_to_start(world: World) -> Plan:
    """The times are put into the plan by hand: a simulated site expects nothing."""
    plan = preview(world, a_program(*(a_job(name) for name in ("pi", "tau", "phi"))))
    asked = datetime(2026, 3, 1, 8, tzinfo=UTC)
    hours = {"pi": 2, "tau": 30}
    starts = {
        change.urn: ExpectedStart(asked + timedelta(hours=hours[name]), asked)
        for change in plan.changes
        if change.starts and (name := name_of(change.urn)) in hours
    }
    return replace(
        plan,
        no_room=(NoRoom("sim", jobs=3, room=2, limit="MaxSubmitJobs=2 of account science"),),
        changes=tuple(
            replace(change, expected_start=starts.get(change.urn)) for change in plan.changes
        ),
    )


@situation
def a_job_runs_again(world: World) -> Plan:
    return changed(world, (a_job("pi"), a_job("tau")), (a_job("pi", "false"), a_job("tau")))


@situation
def finished_work_runs_again(world: World) -> Plan:
    """The hours are put into the plan by hand: a job that took no time has none."""
    before, after = ((a_job("pi", text), a_job("tau", text)) for text in ("true", "false"))
    plan = changed(world, before, after)
    again = [change.urn for change in plan.changes if change.starts]
    return replace(
        plan,
        again=(RunAgain(again[0], 64.0), RunAgain(again[1], None)),
        changes=tuple(
            replace(change, losses=("finished work runs again",)) if change.starts else change
            for change in plan.changes
        ),
    )


@situation
def a_job_is_waited_for(world: World) -> Plan:
    world.clock.frozen = True
    up_at_once(world, a_job("pi"), Thing("tail", {"was": Out("pi", "state")}), patience_s=0.0)
    world.clock.frozen = False
    return preview(world, a_program(a_job("pi"), Thing("tail", {"was": Out("pi", "state")})))


@situation
def a_job_has_failed(world: World) -> Plan:
    world.scheduler.exit_codes["pi"] = 3
    program = a_job("pi"), Thing("tail", {"was": Out("pi", "state")})
    return changed(world, program, program)


@situation
def a_failed_job_is_asked_for(world: World) -> Plan:
    world.scheduler.exit_codes["pi"] = 3
    submission, _ = job = a_job("pi")
    up(world, job)
    reruns = {urn_of(submission, urn_of(STACK_THING)): {"run": 1.0}}
    return preview(world, a_program(job), reruns=reruns)


def pooled(world: World) -> None:
    """Put three machines into the pool of the simulated site; the last one is reserved."""
    names = [MachineName(f"i0{number}") for number in (1, 2, 3)]
    pool, now = world.site.pool, world.clock.now()
    pool.put(SIM, [Machine(name, f"02:00:00:00:00:{name[1:]}") for name in names])
    window = Window(now + timedelta(hours=30), now + timedelta(hours=40))
    reservation = Reservation("R1", SIM, (), window, user="bob")
    pool.reserve(reservation, needs=Needs(names=(names[1],)), now=now)


@situation
def machines_are_leased(world: World) -> Plan:
    pooled(world)
    return preview(world, a_program(machines()))


@situation
def machines_that_others_have(world: World) -> Plan:
    pooled(world)
    now = world.clock.now()
    world.site.pool.lease(
        LeaseId("lease-1"),
        SIM,
        needs=Needs(count=2),
        owner=LeaseOwner("bob", "hpc"),
        window=Window(now, now + timedelta(hours=5)),
        now=now,
    )
    return preview(world, a_program(machines()))


@situation
def machines_are_installed_anew(world: World) -> Plan:
    """Another profile, and a lease that ends sooner."""
    pooled(world)
    up(world, machines())
    return preview(world, a_program(machines(profile="rocky-9", hours=12)))


@situation
def other_machines_are_taken(world: World) -> Plan:
    pooled(world)
    up(world, machines(count=1))
    return preview(world, a_program(machines(count=3)))


@situation
def a_wide_sweep(world: World) -> Plan:
    jobs = [a_job(f"pi/n={n}") for n in range(100)]
    plot = Thing("plot", needs=tuple(f"pi/n={n}" for n in range(100)))
    return preview(world, a_program(*jobs, plot))


@situation
def nasty_names(world: World) -> Plan:
    names = (
        "</script><script>alert(1)</script>",
        "`x` | [y](z)",
        "@ann <!-- -->",
        "**a**\\|b",
        "ü 中",
    )
    old, new = (
        tuple(Thing(name, {"</b>": text}) for name in names) for text in ("<i>", "]]>&amp;")
    )
    return changed(world, old, new)


@situation
def ten_thousand_changes(world: World) -> Plan:
    """They are copies of ten that the engine has planned: it is not what is looked at here."""
    plan = changed(
        world,
        tuple(Thing(f"vm-{n}", {"image": "a"}) for n in range(10)),
        tuple(Thing(f"vm-{n}", {"image": "b"}) for n in range(5)),
    )
    return many(plan, 10_000)


def many(plan: Plan, times: int) -> Plan:
    """Return a plan with this many changes of things, each as one of the plan."""
    things = [change for change in plan.changes if change.custom]
    copies = tuple(
        replace(things[n % len(things)], urn=Urn(f"{things[n % len(things)].urn}/{n:05}"))
        for n in range(times)
    )
    return replace(plan, changes=copies)
