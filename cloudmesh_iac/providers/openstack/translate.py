"""Turn inputs of `pulumi_openstack` into words of openstacksdk, and what it says into inputs."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloudmesh_iac.core.values import Properties, Value
from cloudmesh_iac.engine.asks import Found

_AUTH = {
    "authUrl": "auth_url",
    "userName": "username",
    "userId": "user_id",
    "password": "password",
    "tenantName": "project_name",
    "tenantId": "project_id",
    "token": "token",
    "userDomainName": "user_domain_name",
    "userDomainId": "user_domain_id",
    "projectDomainName": "project_domain_name",
    "projectDomainId": "project_domain_id",
    "applicationCredentialId": "application_credential_id",
    "applicationCredentialName": "application_credential_name",
    "applicationCredentialSecret": "application_credential_secret",
    "systemScope": "system_scope",
}
_OTHERS = {
    "cloud": "cloud",
    "region": "region_name",
    "cacertFile": "cacert",
    "cert": "cert",
    "key": "key",
    "endpointType": "interface",
}


def to_connection(configuration: Properties) -> Mapping[str, Any]:
    """Return what openstacksdk is called with for the configuration of a provider.

    What is not said there is taken from the environment and clouds.yaml, as the plugin does.
    Source: the provider's settings in pulumi-openstack 5; `openstack.connect`.
    """
    auth = {ours: configuration[key] for key, ours in _AUTH.items() if configuration.get(key)}
    for kind in ("Name", "Id"):
        domain = configuration.get(f"domain{kind}")
        for whose in ("user", "project") if domain else ():
            auth.setdefault(f"{whose}_domain_{kind.lower()}", domain)
    words = {ours: configuration[key] for key, ours in _OTHERS.items() if configuration.get(key)}
    if auth:
        words["auth"] = auth
    if "application_credential_secret" in auth:
        words["auth_type"] = "v3applicationcredential"
    if configuration.get("insecure") in {True, "true"}:
        words["verify"] = False
    return words


def to_found(
    asked: Properties, thing: Any, seen: Mapping[str, Value], *, id_: str | None = None
) -> Found:
    """Return an object as one that may be the one.

    `seen` are the inputs that the site shows; only those that the create gave are compared.
    """
    shown = {key: value for key, value in {**_tags(thing), **seen}.items() if key in asked}
    if "tags" in shown and set(_texts(shown["tags"])) == set(_texts(asked["tags"])):
        shown["tags"] = asked["tags"]  # the cloud keeps no order of them
    made_at = to_time(getattr(thing, "created_at", None))
    return Found(id_ or str(thing.id), {**asked, **shown}, made_at)


def _tags(thing: Any) -> Mapping[str, Value]:
    tags = getattr(thing, "tags", None)
    return {} if tags is None else {"tags": tuple(tags)}


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, tuple) else ()


def is_id(text: str) -> bool:
    """Say whether a text is an id and no name: OpenStack's are UUIDs, but for some flavors."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def to_time(text: str | None) -> datetime | None:
    """Return a time as OpenStack writes it, aware; without a zone it is UTC."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def to_server_inputs(server: Any) -> Mapping[str, Value]:
    image = (server.image or {}).get("id")
    flavor = server.flavor or {}
    return {
        "name": server.name,
        "imageId": image,
        "flavorName": flavor.get("original_name"),
        "keyPair": server.key_name,
        "metadata": dict(server.metadata or {}),
    }


def to_rule_inputs(rule: Any) -> Mapping[str, Value]:
    return {
        "securityGroupId": rule.security_group_id,
        "direction": rule.direction,
        "ethertype": rule.ether_type,
        "protocol": rule.protocol,
        "portRangeMin": rule.port_range_min,
        "portRangeMax": rule.port_range_max,
        "remoteIpPrefix": rule.remote_ip_prefix,
        "remoteGroupId": rule.remote_group_id,
    }
