"""Files for a shell, which are read and never run; and secrets by reference."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.openstack.settings import (
    Account,
    account_of,
    read_settings,
    variable_of,
)
from cloudmesh_iac.settings.credentials import SecretReference, Secrets
from cloudmesh_iac.settings.openrc import read_openrc
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer

OPENRC = """#!/usr/bin/env bash
export OS_AUTH_URL=https://lab.example:5000/v3
export OS_PROJECT_NAME="My Project"
export OS_USERNAME='ada'   # me
export OS_USER_DOMAIN_NAME="Default"
if [ -z "$OS_PROJECT_ID" ]; then unset OS_PROJECT_ID; fi
echo "Please enter your password: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
touch /tmp/this-was-run
OS_REGION_NAME="One"
export OS_CACERT=$(pwd)/ca.pem
"""
APPLICATION = """
export OS_AUTH_TYPE=v3applicationcredential
export OS_AUTH_URL=https://lab.example:5000/v3
export OS_USERNAME=ada
export OS_PROJECT_NAME=lab
export OS_APPLICATION_CREDENTIAL_ID=4711
export OS_APPLICATION_CREDENTIAL_SECRET='hunter2$'
"""


def an_account(folder: Path, text: str, **options: object) -> Account:
    file = folder / "openrc.sh"
    file.write_text(text)
    site = Site(SiteName("lab-1"), "openstack", folder, {"openrc": str(file), **options})
    return account_of(site, a_computer(folder, environment={"LAB_PASSWORD": "hunter3"}))


def test_a_file_is_read_and_never_run(tmp_path: Path) -> None:
    # given
    file, mark = tmp_path / "openrc.sh", tmp_path / "this-was-run"
    file.write_text(OPENRC.replace("/tmp/this-was-run", str(mark)))

    # then
    assert read_openrc(file) == {
        "OS_AUTH_URL": "https://lab.example:5000/v3",
        "OS_PROJECT_NAME": "My Project",
        "OS_USERNAME": "ada",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_REGION_NAME": "One",
    }
    assert not mark.exists()


def test_an_application_credential_counts_more_than_a_user(tmp_path: Path) -> None:
    # when
    account = an_account(tmp_path, APPLICATION)

    # then
    assert account.configuration() == {
        "authUrl": "https://lab.example:5000/v3",
        "applicationCredentialId": "4711",
    }
    assert account.secret_variable == "OS_APPLICATION_CREDENTIAL_SECRET"
    assert account.secret() == "hunter2$"


def test_an_application_credential_that_is_named_keeps_its_user(tmp_path: Path) -> None:
    # when
    named = APPLICATION.replace("CREDENTIAL_ID=4711", "CREDENTIAL_NAME=mine")
    account = an_account(tmp_path, f"{named}export OS_USER_DOMAIN_NAME=Default\n")

    # then
    assert account.configuration() == {
        "authUrl": "https://lab.example:5000/v3",
        "applicationCredentialName": "mine",
        "userName": "ada",
        "userDomainName": "Default",
    }


def test_what_a_plugin_is_told_holds_no_secret(tmp_path: Path) -> None:
    account = an_account(tmp_path, OPENRC, secret={"env": "LAB_PASSWORD"})
    assert "hunter3" not in str(account.configuration())
    assert account.with_secret()["password"] == "hunter3"


def test_a_password_that_is_asked_for_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="does not hold OS_PASSWORD") as refused:
        an_account(tmp_path, OPENRC).secret()
    assert "secret: {env: NAME}" in str(refused.value.hint)


def test_each_site_has_a_variable_of_its_own(tmp_path: Path) -> None:
    site = Site(SiteName("lab-1"), "openstack", tmp_path)
    assert variable_of(site, "OS_PASSWORD") == "CMX_LAB_1_OS_PASSWORD"


@pytest.mark.parametrize("kind", ["env", "file", "command"])
def test_a_secret_is_fetched_from_where_it_is(tmp_path: Path, kind: str) -> None:
    # given
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    file.chmod(0o600)
    places = {"env": "S", "file": str(file), "command": f"cat {file}"}
    secrets = Secrets(a_computer(tmp_path, environment={"S": "hunter2"}))

    # then
    reference = SecretReference.model_validate({kind: places[kind]})
    assert secrets.fetch(reference, what="site lab") == "hunter2"


def test_paths_of_a_site_are_meant_as_in_the_rest_of_its_file(tmp_path: Path) -> None:
    # given
    options = {"openrc": "lab.sh", "secret": {"file": "lab.txt"}, "offers": "~/offers"}
    site = Site(SiteName("lab-1"), "openstack", tmp_path / "project", options)

    # when
    settings = read_settings(site, a_computer(tmp_path))

    # then
    assert settings.openrc == tmp_path / "project" / "lab.sh"
    assert settings.secret == SecretReference(file=tmp_path / "project" / "lab.txt")
    assert settings.offers == a_computer(tmp_path).home / "offers"


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    file.chmod(0o644)
    with pytest.raises(UsageProblem, match="can be read by others") as refused:
        Secrets(a_computer(tmp_path)).fetch(SecretReference(file=file), what="site lab")
    assert str(refused.value.hint).startswith("chmod 600")


@pytest.mark.parametrize("reference", [{}, {"env": "A", "command": "b"}])
def test_a_secret_has_exactly_one_place(reference: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="never the secret itself"):
        SecretReference.model_validate(reference)
