"""What happens on a simulated site with machines: what is there, and what is refused?"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Flavor, Image, Made, SeenMachine, Thing, Wanted
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.simulated.sharing import filed

_THINGS = TypeAdapter(dict[str, Made])
_USES: Mapping[Thing, tuple[str, ...]] = {
    Thing.VM: ("networks", "security_groups"),
    Thing.SUBNET: ("network",),
    Thing.ROUTER: ("subnets",),
    Thing.FLOATING_IP: ("vm",),
}
"""Which properties name other things, by id."""
_SEEN = ("name", "state", "address", "flavor", "image")


@dataclass
class SimulatedCloud:
    """The world behind a simulated site, as far as machines go. Tests keep a handle on it.

    `most_vms` is how many machines fit. With `path`, a file, it is there as long as the file is,
    and several processes share it; faults and `calls` belong to this process alone.
    """

    flavors: tuple[Flavor, ...] = ()
    images: tuple[Image, ...] = ()
    most_vms: int = 100
    path: Path | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    is_silent: bool = False
    _things: dict[str, Made] = field(default_factory=dict)
    _refusals: list[str] = field(default_factory=list)
    _lost_answers: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- faults -----------------------------------------------------------------------------------

    def refuse_next(self, message: str) -> None:
        """Let the next create be refused with the site's own sentence."""
        self._refusals.append(message)

    def lose_next_answer(self) -> None:
        """Make the next thing, but let nobody know: the connection breaks before the answer."""
        self._lost_answers += 1

    def things(self, thing: Thing | None = None) -> list[Made]:
        """Return what is there, the oldest first."""
        with self._open() as things:
            return [one for one in things.values() if thing in {None, one.thing}]

    def lose(self, id_: str) -> None:
        """Let a thing go, as when somebody deletes it by hand."""
        with self._open() as things:
            things.pop(id_, None)

    # --- what the provider asks -------------------------------------------------------------------

    def create(self, wanted: Wanted) -> Made:
        with self._open("create", wanted.token) as things:
            for one in things.values():
                if one.token == wanted.token:
                    return one
            self._refuse(wanted, things)
            number = _next_number(things)
            made = Made(
                f"{wanted.thing}-{number}",
                wanted.thing,
                _outputs(wanted, number),
                wanted.token,
            )
            things[made.id] = made
        if self._lost_answers:
            self._lost_answers -= 1
            raise SiteUnreachable("the connection broke before the answer")
        return made

    def change(self, id_: str, wanted: Wanted) -> Made:
        with self._open("change", id_) as things:
            old = things.get(id_)
            if old is None:
                raise SiteRefused(f"there is no {wanted.thing} {id_}")
            self._refuse_unknown(wanted, things)
            outputs = {**_outputs(wanted, _number_of(id_)), **_kept(old)}
            things[id_] = Made(id_, old.thing, outputs, old.token)
            return things[id_]

    def look(self, id_: str) -> Made | None:
        with self._open("look", id_) as things:
            return things.get(id_)

    def find(self, token: str) -> Made | None:
        with self._open("find", token) as things:
            return next((one for one in things.values() if one.token == token), None)

    def remove(self, id_: str) -> None:
        with self._open("remove", id_) as things:
            users = [one.id for one in things.values() if id_ in _used_by(one)]
            if users:
                raise SiteRefused(f"{id_} is still used by {', '.join(users)}")
            things.pop(id_, None)

    def _refuse(self, wanted: Wanted, things: Mapping[str, Made]) -> None:
        if self._refusals:
            raise SiteRefused(self._refusals.pop(0))
        if wanted.thing is Thing.VM:
            vms = sum(one.thing is Thing.VM for one in things.values())
            if vms >= self.most_vms:
                raise SiteRefused(
                    f"the site has room for {self.most_vms} machines, and all of it is taken",
                    hint="destroy one that nobody needs, or use another site",
                )
        self._refuse_unknown(wanted, things)

    def _refuse_unknown(self, wanted: Wanted, things: Mapping[str, Made]) -> None:
        props = wanted.props
        if wanted.thing is Thing.VM:
            _raise_unknown("image", props.get("image"), [one.name for one in self.images])
            _raise_unknown("flavor", props.get("flavor"), [one.name for one in self.flavors])
        for id_ in sorted(_named(wanted.thing, props) - things.keys()):
            forgets = "a simulated site without `world: FILE` is gone with the cmx that made it"
            raise SiteRefused(f"there is no {id_}", hint="" if self.path else forgets)

    @contextmanager
    def _open(self, call: str = "", what: str = "") -> Iterator[dict[str, Made]]:
        """Give what is there; nobody else sees or changes it inside the block."""
        with self._lock:
            if call:
                self.calls.append((call, what))
            if call and self.is_silent:
                raise SiteUnreachable("the site does not answer")
            if self.path is None:
                yield self._things
            else:
                with filed(self.path, _THINGS) as things:
                    yield things


def _outputs(wanted: Wanted, number: int) -> dict[str, object]:
    """Return what the site says of a new thing: what was wanted, and what it gave itself."""
    given: dict[str, object] = {}
    match wanted.thing:
        case Thing.VM:
            given = {"address": _address("10.0", number), "state": "ACTIVE"}
        case Thing.KEY_PAIR:
            given = {"fingerprint": f"simulated:{number:04x}"}
        case Thing.SUBNET:
            given = {"gateway": _address("10.1", number)}
        case Thing.FLOATING_IP:
            given = {"address": _address("192.168", number)}
        case Thing.NETWORK | Thing.ROUTER | Thing.SECURITY_GROUP:
            pass
    return {**wanted.props, **given}


def _kept(made: Made) -> dict[str, object]:
    """Return what a change leaves alone."""
    names = ("address", "state", "fingerprint", "gateway")
    return {name: made.outputs[name] for name in names if name in made.outputs}


def _address(start: str, number: int) -> str:
    return f"{start}.{number // 250}.{number % 250 + 1}"


def _next_number(things: Mapping[str, Made]) -> int:
    return 1 + max((_number_of(one) for one in things), default=0)


def _number_of(id_: str) -> int:
    return int(id_.rpartition("-")[2])


def _used_by(made: Made) -> set[str]:
    return _named(made.thing, made.outputs)


def _named(thing: Thing, props: Mapping[str, object]) -> set[str]:
    """Return the ids of the things that these properties name; other texts are names of a site."""
    found: set[str] = set()
    for key in _USES.get(thing, ()):
        value = props.get(key)
        names: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
        found |= {one for one in names if isinstance(one, str) and _is_id(one)}
    return found


def _is_id(text: str) -> bool:
    thing, dash, number = text.rpartition("-")
    return bool(dash) and number.isdecimal() and thing in list(Thing)


def _raise_unknown(key: str, value: object, known: list[str]) -> None:
    if value is None or value in known:
        return
    raise SiteRefused(
        f"there is no {key} {value!r}",
        hint=instead_of(str(value), known, otherwise=f"there are: {', '.join(known)}"),
    )


def seen_machine(made: Made) -> SeenMachine:
    """Return a machine as a list of all that is there shows it."""
    said = {key: str(made.outputs.get(key) or "") for key in _SEEN}
    tags = made.outputs.get("tags")
    stack = ""
    if isinstance(tags, Mapping) and "cmx_stack" in tags:
        stack = f"{tags.get('cmx_project', '')}/{tags['cmx_stack']}"
    return SeenMachine(id=made.id, stack=stack, **said)
