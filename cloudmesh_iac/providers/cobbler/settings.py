"""What may be said about a Cobbler site, and what holds where nothing is said?"""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.credentials import SecretReference
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site


class CobblerSettings(BaseModel):
    """Times in seconds.

    `url` is where Cobbler's XML-RPC answers, `user` and `secret` log in to it. `web` is where
    machines get their files from: only checksums of a distribution are looked up there.

    `idle_profile` is what Cobbler's record of a machine is set to that nobody has. `login` is the
    user whom an installed machine lets in by ssh at `ssh_port`, `identity` the private key for that
    where it is not one that ssh finds itself; `nonce_file` is the file of the machine in which its
    installation has left the word that it was given.

    `poll_s` and `poll_max_s` are the shortest and the longest pause between two looks at machines
    that are being installed. `timeout_s` is how long one answer of Cobbler may take: for a machine
    whose controller is silent it tries three times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    user: str = Field(default="cobbler", min_length=1)
    secret: SecretReference
    web: str | None = None
    idle_profile: str | None = Field(default=None, min_length=1)
    wipe_profile: str | None = Field(default=None, min_length=1)
    power_type: str = Field(default="ipmilan", min_length=1)
    login: str = Field(default="root", min_length=1)
    ssh_port: int = Field(default=22, gt=0, lt=65536)
    identity: Path | None = None
    nonce_file: str = "/etc/cmx/nonce"
    poll_s: float = Field(default=5.0, gt=0)
    poll_max_s: float = Field(default=30.0, gt=0)
    install_limit_s: float = Field(default=3600.0, gt=0)
    timeout_s: float = Field(default=120.0, gt=0)

    @field_validator("url", "web")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://none")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it must look like http://HOST:25151 or https://HOST/cobbler_api")
        if parts.username or parts.password:
            raise ValueError("no login in an address: say user and secret")
        return value

    @field_validator("nonce_file")
    @classmethod
    def _is_plain_path(cls, value: str) -> str:
        if not value.startswith("/") or not all(sign.isalnum() or sign in "/._-" for sign in value):
            raise ValueError("it must be a whole path, of letters, digits, dots and dashes")
        return value


def read_settings(site: Site, computer: Computer) -> CobblerSettings:
    """Check a site's options and make its paths absolute.

    Errors: UsageProblem, with every wrong key at once.
    """
    read = read_options(CobblerSettings, site, site.options)
    if read.identity is None:
        return read
    return read.model_copy(update={"identity": absolute(read.identity, site, computer)})
