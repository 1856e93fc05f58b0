"""The settings files of the services of a control plane."""

from collections.abc import Mapping

from tests.rigs.openstack.cloud.plan import PASSWORD, REGION, Plan

Sections = Mapping[str, Mapping[str, object]]

_UNLIMITED = -1


def write_settings(plan: Plan) -> None:
    for service, sections in _all(plan).items():
        folder = plan.etc / service
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file_name(service)).write_text(_to_ini(sections))
    nova_paste = plan.environment / "etc" / "nova" / "api-paste.ini"
    (plan.etc / "nova" / "api-paste.ini").write_text(nova_paste.read_text())
    (plan.etc / "rabbitmq.conf").write_text(_of_the_queue(plan))
    plan.clouds.write_text(clouds_yaml(plan, user="admin", project="admin"))


def file_name(service: str) -> str:
    return "glance-api.conf" if service == "glance" else f"{service}.conf"


def clouds_yaml(plan: Plan, *, user: str, project: str) -> str:
    """Return a file that names the cloud `lab`, as one user of one project sees it."""
    return f"""
clouds:
  lab:
    region_name: {REGION}
    auth:
      auth_url: {plan.identity_url}
      username: {user}
      password: {PASSWORD}
      project_name: {project}
      user_domain_name: Default
      project_domain_name: Default
""".lstrip()


def _all(plan: Plan) -> dict[str, Sections]:
    return {
        "keystone": {
            **_common(plan, "keystone"),
            "database": {"connection": plan.database_url("keystone")},
            "token": {"provider": "fernet"},
            "fernet_tokens": {"key_repository": plan.data / "keystone" / "fernet"},
            "credential": {"key_repository": plan.data / "keystone" / "credentials"},
            "cache": {"enabled": False},
            # Hashing a password as slowly as is safe was two thirds of what Keystone did all day.
            "identity": {"password_hash_rounds": 4},
        },
        "glance": _glance(plan),
        "placement": {
            **_common(plan, "placement"),
            "placement_database": {"connection": plan.database_url("placement")},
            "api": {"auth_strategy": "keystone"},
            "keystone_authtoken": _checks_tokens(plan, "placement"),
        },
        "neutron": _neutron(plan),
        "nova": _nova(plan),
    }


def _glance(plan: Plan) -> Sections:
    images = plan.folder / "images"
    paste = plan.environment / "etc" / "glance" / "glance-api-paste.ini"
    common = _common(plan, "glance")
    stores = {"bind_host": "127.0.0.1", "enabled_backends": "files:file"}
    return {
        **common,
        "DEFAULT": {**common["DEFAULT"], **stores, "show_multiple_locations": False},
        "glance_store": {"default_backend": "files"},
        "files": {"filesystem_store_datadir": images / "ready"},
        "os_glance_staging_store": {"filesystem_store_datadir": images / "staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": images / "tasks"},
        "database": {"connection": plan.database_url("glance")},
        "paste_deploy": {"flavor": "keystone", "config_file": paste},
        "keystone_authtoken": _checks_tokens(plan, "glance"),
    }


def _neutron(plan: Plan) -> Sections:
    """No agents and no server for them: the driver beside this module binds the ports."""
    common = _common(plan, "neutron")
    things = ("port", "network", "subnet", "router", "floatingip")
    groups = ("security_group", "security_group_rule")
    return {
        **common,
        "DEFAULT": {
            **common["DEFAULT"],
            "core_plugin": "ml2",
            "service_plugins": "router",
            "auth_strategy": "keystone",
            "state_path": plan.folder / "neutron",
            "api_paste_config": plan.environment / "etc" / "neutron" / "api-paste.ini",
            "notify_nova_on_port_status_changes": False,
            "notify_nova_on_port_data_changes": False,
            "api_workers": 1,
            "rpc_workers": 0,
        },
        "ml2": {
            "type_drivers": "flat,vxlan",
            "tenant_network_types": "vxlan",
            "mechanism_drivers": "cmx_binds_everything",
            "extension_drivers": "port_security",
        },
        "ml2_type_flat": {"flat_networks": "*"},
        "ml2_type_vxlan": {"vni_ranges": "1:4000"},
        "quotas": {f"quota_{thing}": _UNLIMITED for thing in (*things, *groups)},
        "securitygroup": {"enable_security_group": True},
        "database": {"connection": plan.database_url("neutron")},
        "keystone_authtoken": _checks_tokens(plan, "neutron"),
        "nova": _calls(plan, "nova"),
        "placement": _calls(plan, "placement"),
    }


def _nova(plan: Plan) -> Sections:
    """The hypervisor pretends; it has two cores and 8 GB, so that they are given many times."""
    common = _common(plan, "nova")
    return {
        **common,
        "DEFAULT": {
            **common["DEFAULT"],
            "my_ip": "127.0.0.1",
            "host": "pretended",
            "state_path": plan.data / "nova",
            # Only drivers of Nova itself can be named. This one keeps its identity in a file.
            "compute_driver": "fake.PredictableNodeUUIDDriver",
            "initial_cpu_allocation_ratio": 256,
            "initial_ram_allocation_ratio": 64,
            "initial_disk_allocation_ratio": 64,
            "force_config_drive": False,
            "vif_plugging_is_fatal": False,
            "vif_plugging_timeout": 0,
            "service_down_time": 300,
            "allow_resize_to_same_host": True,
        },
        "api": {"auth_strategy": "keystone"},
        "wsgi": {"api_paste_config": plan.etc / "nova" / "api-paste.ini"},
        "api_database": {"connection": plan.database_url("nova_api")},
        "database": {"connection": plan.database_url("nova")},
        "glance": {"api_servers": plan.endpoints()["glance"][1]},
        "conductor": {"workers": 1},
        "scheduler": {"workers": 1, "discover_hosts_in_cells_interval": -1},
        "vnc": {"enabled": False},
        "quota": dict.fromkeys(
            ("instances", "cores", "ram", "key_pairs", "server_groups"), _UNLIMITED
        ),
        "filter_scheduler": {"track_instance_changes": False},
        "cinder": {"catalog_info": "volumev3::publicURL"},
        "keystone_authtoken": _checks_tokens(plan, "nova"),
        "placement": _calls(plan, "placement"),
        "neutron": _calls(plan, "neutron"),
        "service_user": {**_calls(plan, "nova"), "send_service_user_token": True},
    }


def _common(plan: Plan, service: str) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {
            "transport_url": plan.queue_url,
            "log_file": plan.logs / f"{service}-own.log",
            "use_stderr": False,
        },
        "oslo_concurrency": {"lock_path": plan.folder / "locks"},
        "oslo_messaging_notifications": {"driver": "noop"},
        "oslo_messaging_rabbit": {"heartbeat_in_pthread": False},
    }


def _account(plan: Plan, user: str) -> dict[str, object]:
    return {
        "auth_url": plan.identity_url,
        "auth_type": "password",
        "username": user,
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "region_name": REGION,
    }


def _checks_tokens(plan: Plan, user: str) -> dict[str, object]:
    """How a service checks the tokens that it is given."""
    return {
        **_account(plan, user),
        "www_authenticate_uri": plan.identity_url,
        "service_token_roles": "service",
        "service_token_roles_required": True,
    }


def _calls(plan: Plan, user: str) -> dict[str, object]:
    """How a service calls another one."""
    return {**_account(plan, user), "valid_interfaces": "public"}


def _of_the_queue(plan: Plan) -> str:
    return (
        f"listeners.tcp.1 = 127.0.0.1:{plan.ports.queue}\n"
        "loopback_users = none\n"
        "vm_memory_high_watermark.absolute = 512MB\n"
        "disk_free_limit.absolute = 50MB\n"
    )


def _to_ini(sections: Sections) -> str:
    lines = []
    for name, options in sections.items():
        lines += [f"[{name}]", *(f"{key} = {value}" for key, value in options.items()), ""]
    return "\n".join(lines)
