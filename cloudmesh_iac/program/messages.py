"""What parent and child tell each other at the beginning and at the end, as JSON."""

from pydantic import BaseModel, ConfigDict


class Begin(BaseModel):
    """What the child is to run.

    `config` has full keys (`project:name`) and text values; `secret_keys` are the secret ones.
    """

    model_config = ConfigDict(frozen=True)

    project: str
    stack: str
    organization: str = "organization"
    root_directory: str
    program: str
    working_directory: str
    is_preview: bool
    config: dict[str, str] = {}
    secret_keys: list[str] = []


class Failed(BaseModel):
    model_config = ConfigDict(frozen=True)

    message: str
    traceback: str = ""
    place: str | None = None
    hint: str | None = None
    exit_code: int = 1


class Ended(BaseModel):
    """How the program ended, which configuration keys it asked for, which files it is made of."""

    model_config = ConfigDict(frozen=True)

    failed: Failed | None = None
    asked: list[str] = []
    files: list[str] = []
