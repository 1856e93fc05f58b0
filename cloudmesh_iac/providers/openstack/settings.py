"""What may be said about an OpenStack site, and what holds where nothing is said?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.credentials import SecretReference, Secrets
from cloudmesh_iac.settings.openrc import read_openrc
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site

_DAY_S = 86400.0
_APPLICATION = ("OS_APPLICATION_CREDENTIAL_ID", "OS_APPLICATION_CREDENTIAL_NAME")
# What a login of our own is told beside that.
_SECRETS: Mapping[str, str] = {
    "OS_APPLICATION_CREDENTIAL_SECRET": "applicationCredentialSecret",
    "OS_PASSWORD": "password",
    "OS_TOKEN": "token",
}
# What the plugin is told, by the variable of an openrc file: names and places, never a secret.
_ARGUMENTS: Mapping[str, str] = {
    "OS_AUTH_URL": "authUrl",
    "OS_REGION_NAME": "region",
    "OS_CACERT": "cacertFile",
    "OS_APPLICATION_CREDENTIAL_ID": "applicationCredentialId",
    "OS_APPLICATION_CREDENTIAL_NAME": "applicationCredentialName",
    "OS_USERNAME": "userName",
    "OS_USER_ID": "userId",
    "OS_PROJECT_NAME": "tenantName",
    "OS_PROJECT_ID": "tenantId",
    "OS_USER_DOMAIN_NAME": "userDomainName",
    "OS_USER_DOMAIN_ID": "userDomainId",
    "OS_PROJECT_DOMAIN_NAME": "projectDomainName",
    "OS_PROJECT_DOMAIN_ID": "projectDomainId",
}
_OF_A_PROJECT = (
    "OS_PROJECT_NAME",
    "OS_PROJECT_ID",
    "OS_PROJECT_DOMAIN_NAME",
    "OS_PROJECT_DOMAIN_ID",
)
_OF_A_USER = ("OS_USERNAME", "OS_USER_ID", *_OF_A_PROJECT)


class OpenStackSettings(BaseModel):
    """`cloud` is a name in clouds.yaml; the site's own where nothing is said.

    Or `openrc`, a file that is read and never run, with `secret`, where the password or the secret
    of its application credential is, if not in that file. `region` counts more than theirs. What
    the site offers is asked again after `offers_s` seconds and kept in the folder `offers`;
    `timeout_s` is how long one answer may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cloud: str | None = Field(default=None, min_length=1)
    openrc: Path | None = None
    secret: SecretReference | None = None
    region: str | None = None
    timeout_s: float = Field(default=60.0, gt=0)
    offers_s: float = Field(default=_DAY_S, ge=0)
    offers: Path

    @model_validator(mode="after")
    def _has_one_account(self) -> "OpenStackSettings":
        if self.cloud is not None and self.openrc is not None:
            raise ValueError("say either cloud or openrc")
        if self.secret is not None and self.openrc is None:
            raise ValueError("secret belongs to openrc; clouds.yaml has its own")
        return self


class Account:
    """How one site is logged in to: what its plugin is told, and the secret that it is not."""

    def __init__(self, site: Site, settings: OpenStackSettings, computer: Computer) -> None:
        """Errors: UsageProblem for an openrc file that cannot be used."""
        self._site = site
        self._settings = settings
        self._secrets = Secrets(computer)
        self._openrc = {} if settings.openrc is None else self._read(settings.openrc)

    def configuration(self) -> dict[str, str]:
        """Return what the plugin is configured with: names and places, never a secret."""
        region = {} if self._settings.region is None else {"region": self._settings.region}
        if self._settings.openrc is None:
            return {"cloud": self._settings.cloud or str(self._site.name), **region}
        told = {_ARGUMENTS[key]: self._openrc[key] for key in _ARGUMENTS if key in self._openrc}
        return {**told, **region}

    def with_secret(self) -> dict[str, Any]:
        """Return the configuration with the secret, for a login of our own.

        Errors: UsageProblem where the secret cannot be had.
        """
        if self._settings.openrc is None:
            return dict(self.configuration())
        return {**self.configuration(), _SECRETS[self.secret_variable]: self.secret()}

    @property
    def secret_variable(self) -> str:
        """Return the variable in which the plugin looks for the secret; empty for clouds.yaml."""
        if self._settings.openrc is None:
            return ""
        if any(key in self._openrc for key in _APPLICATION):
            return "OS_APPLICATION_CREDENTIAL_SECRET"
        return "OS_TOKEN" if "OS_TOKEN" in self._openrc else "OS_PASSWORD"

    def secret(self) -> str:
        """Errors: UsageProblem where the secret cannot be had."""
        if self._settings.secret is not None:
            return self._secrets.fetch(self._settings.secret, what=f"site {self._site.name}")
        found = self._openrc.get(self.secret_variable)
        if found:
            return found
        raise UsageProblem(
            f"site {self._site.name}: {self._settings.openrc} does not hold {self.secret_variable}",
            subject=str(self._site.name),
            hint="say where it is, for example `secret: {env: NAME}` beside `openrc:`",
        )

    def _read(self, file: Path) -> dict[str, str]:
        """Return what counts of the file: an application credential more than a user."""
        try:
            said = dict(read_openrc(file))
        except ValueError as error:
            raise UsageProblem(
                f"site {self._site.name}: openrc: {error}", place=self._site.origin
            ) from error
        if "OS_AUTH_URL" not in said:
            raise UsageProblem(
                f"site {self._site.name}: {file} sets no OS_AUTH_URL",
                hint="download the OpenStack RC file from the cloud's own pages again",
            )
        needless: tuple[str, ...] = ()
        if "OS_APPLICATION_CREDENTIAL_ID" in said:
            needless = _OF_A_USER
        elif "OS_APPLICATION_CREDENTIAL_NAME" in said:
            needless = _OF_A_PROJECT  # the name is one of the names of its user
        return {key: value for key, value in said.items() if key not in needless}


def read_settings(site: Site, computer: Computer) -> OpenStackSettings:
    """Check a site's options and make its paths absolute.

    Errors: UsageProblem, with every wrong key at once.
    """
    offers = computer.home / ".cloudmesh" / "offers"
    read = read_options(OpenStackSettings, site, {"offers": offers, **site.options})
    paths = {"offers": absolute(read.offers, site, computer)}
    if read.openrc is not None:
        paths["openrc"] = absolute(read.openrc, site, computer)
    secret = read.secret
    if secret is not None and secret.file is not None:
        secret = secret.model_copy(update={"file": absolute(secret.file, site, computer)})
    return read.model_copy(update={**paths, "secret": secret})


def account_of(site: Site, computer: Computer) -> Account:
    """Errors: UsageProblem for wrong settings."""
    return Account(site, read_settings(site, computer), computer)


def variable_of(site: Site, variable: str) -> str:
    """Return under which name a site's secret is handed to its plugin, and to no other."""
    name = "".join(sign if sign.isalnum() else "_" for sign in str(site.name).upper())
    return f"CMX_{name}_{variable}"
