"""What have machines, networks and all that belongs to them in common?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from cloudmesh_iac.components.context import CURRENT
from cloudmesh_iac.components.deciding import PROGRAM, decide
from cloudmesh_iac.components.declaring import DeclaredThing, declares, find_nodes_site
from cloudmesh_iac.components.job import below_experiment
from cloudmesh_iac.components.naming import about
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.core.site_names import DEFAULT_SCHEMA, filled_schema, problem_of_schema
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.defaults import Settled
from cloudmesh_iac.settings.sites import Site

Text = str | pulumi.Output[str]


class SiteThing(pulumi.ComponentResource):
    """One thing on a site: what was decided for it, and the resource that the kind of site has.

    `id` is the site's own, `name_on_site` the name that it has there, `raw` everything that the
    provider says of it. Tags say whose it is: owner, experiment, project, stack, urn.
    """

    id: pulumi.Output[str]
    name_on_site: pulumi.Output[str]
    raw: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        class_: str,
        thing: Thing,
        name: str,
        *,
        on: On,
        group: str | None,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(f"cmx:index:{class_}", name, {}, below_experiment(opts))
        self.thing = thing
        self.name = name
        self._group = group
        with self._about():
            self.site = find_nodes_site(on)

    def _about(self) -> Any:
        return about(f"{self.thing} {self.name!r}")

    def _choose(
        self,
        decided: Mapping[str, Settled | None],
        *,
        as_name: str | None,
        asked: Mapping[str, Any] | None = None,
        doubts: Mapping[str, str] | None = None,
    ) -> Mapping[str, pulumi.Output[Any]]:
        """Fix what is decided when the thing is first declared; return it by key.

        `asked` is what the program says itself, where a decision comes from it and is another
        value: a pattern, a size. `doubts` say of a key that the site does not have that: what is
        settled already stays all the same.
        """
        owner = Settled(this_computer().user, "who declared it first")
        known = {key: one for key, one in {**decided, "owner": owner}.items() if one is not None}
        said = {key: one.value for key, one in known.items() if one.origin == PROGRAM}
        props = {
            "asked": {**said, **(asked or {})},
            "found": {key: one.value for key, one in known.items()},
            "origins": {key: one.origin for key, one in known.items()},
            "kind": str(self.thing),
            "site": str(self.site.name),
            **({"doubts": dict(doubts)} if doubts else {}),
            **({"name": as_name} if as_name else {"schema": self._schema()}),
        }
        options = pulumi.ResourceOptions(parent=self)
        choice = declares(self.site).declare_choice(self.name, props, opts=options)
        self._found = choice.found
        self.name_on_site = choice.name
        return {key: choice.found[key] for key in known}

    def _declare(
        self,
        props: Mapping[str, Any],
        *,
        provider_args: Mapping[str, Any] | None,
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> DeclaredThing:
        given = {**props, "tags": self._tags()}
        if provider_args:
            given["provider_args"] = dict(provider_args)
        declared = declares(self.site).declare_thing(
            self.thing,
            self.name,
            given,
            site=self.site,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )
        self.resource = declared.resource
        self.id = declared.outputs["id"]
        self.raw = declared.outputs["raw"]
        return declared

    def _tags(self) -> dict[str, Any]:
        experiment = CURRENT.get()
        return {
            "cmx_owner": self._found["owner"],
            "cmx_experiment": experiment.name if experiment is not None else "",
            "cmx_project": pulumi.get_project(),
            "cmx_stack": pulumi.get_stack(),
            # Without its resource: what is inside of a component cannot depend on all of it.
            "cmx_urn": pulumi.Output.from_input(self.urn.future()),
        }

    def _schema(self) -> str:
        schema = decide("names", None, self.site)
        text = DEFAULT_SCHEMA if schema is None else str(schema.value)
        problem = problem_of_schema(text)
        if problem is not None:
            raise ExperimentError(f"names: {text!r}: {problem}")
        group = decide("group", self._group, self.site)
        experiment = CURRENT.get()
        fields = {
            "experiment": experiment.name if experiment is not None else "",
            "group": "" if group is None else str(group.value),
            "user": this_computer().user,
            "kind": str(self.thing),
            "name": self.name,
            "stack": pulumi.get_stack(),
            "project": pulumi.get_project(),
        }
        return filled_schema(text, fields)


def id_of(thing: "SiteThing | Text") -> Any:
    """Return the id of a component, or what the program itself calls it by."""
    return thing.id if isinstance(thing, SiteThing) else thing


def name_of(thing: "SiteThing | Text") -> Any:
    return thing.name_on_site if isinstance(thing, SiteThing) else thing


def same_site(things: Sequence[object], site: Site) -> None:
    """Errors: ExperimentError for a thing of another site."""
    for thing in things:
        if isinstance(thing, SiteThing) and thing.site.name != site.name:
            raise ExperimentError(
                f"{thing.thing} {thing.name!r} is on {thing.site.name}, not on {site.name}",
                hint="say the same on= for both",
            )
