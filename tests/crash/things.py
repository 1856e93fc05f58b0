"""Things in a folder, one file each: a simulated site that outlives the process that made them."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Properties, Value, changed_keys
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
    Read,
    ReadAsk,
    UpdateAsk,
    Updated,
)

REPLACING = ("image", "disk")


class FiledThings:
    """A new `image` needs a new thing, a new `disk` has no room beside the old one.

    Each create makes a file of its own, whatever there is already; deleting what is gone is an
    error. So whatever is done twice is seen.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def there(self) -> dict[str, Properties]:
        """Return what there is, by id; others may be at work with it."""
        seen = {file.name: self._read(file.name) for file in self._folder.glob("*#*")}
        return {id_: inputs for id_, inputs in seen.items() if inputs is not None}

    def check(self, ask: CheckAsk) -> Checked:
        return Checked({**ask.news, "token": ask.olds.get("token") or ask.seed[:16]})

    def diff(self, ask: DiffAsk) -> Difference:
        keys = changed_keys(ask.old_inputs, ask.news)
        replaces = tuple(key for key in keys if key in REPLACING)
        return Difference(None, keys, replaces, delete_before_replace="disk" in replaces)

    def create(self, ask: CreateAsk) -> Created:
        id_ = f"{name_of(ask.urn)}#{os.urandom(4).hex()}"
        self._write(id_, ask.inputs)
        return Created(id_, _outputs(id_, ask.inputs))

    def update(self, ask: UpdateAsk) -> Updated:
        self._write(ask.id, ask.news)
        return Updated(_outputs(ask.id, ask.news))

    def delete(self, ask: DeleteAsk) -> Deleted:
        (self._folder / ask.id).unlink()
        return Deleted()

    def read(self, ask: ReadAsk) -> Read | Gone:
        inputs = self._read(ask.id)
        return Gone() if inputs is None else Read(ask.id, _outputs(ask.id, inputs), inputs)

    def search(self, _: FindAsk) -> Search:
        return Search.TOKEN

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        token = ask.inputs["token"]
        return [Found(id_) for id_, inputs in self.there().items() if inputs["token"] == token]

    def _read(self, id_: str) -> Properties | None:
        try:
            inputs: Properties = json.loads((self._folder / id_).read_text())
        except FileNotFoundError:
            return None
        return inputs

    def _write(self, id_: str, inputs: Properties) -> None:
        """Write the file in one step: a kill leaves it as it was, or as it will be."""
        draft = self._folder / f".{os.urandom(4).hex()}"
        draft.write_text(json.dumps(dict(inputs)))
        draft.rename(self._folder / id_)


def _outputs(id_: str, inputs: Properties) -> dict[str, Value]:
    return {**inputs, "address": f"at {id_}"}
