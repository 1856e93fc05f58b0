"""Write names.json anew, for another version of pulumi_openstack or of the Terraform provider.

Use: go run ./names | python names.py > names.json

What Pulumi calls a resource stands in the source of its Python class; the two names differ in case,
in the version at the end, and for some modules in the module's name.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi_openstack

_TOKEN = re.compile(r"'(openstack:(\w+)/\w+:(\w+))'")
_OTHERWISE = {"lb": "loadbalancer", "fw": "firewall", "db": "database"}


def main() -> None:
    tokens = dict(_tokens(Path(pulumi_openstack.__file__).parent))
    found: dict[str, dict[str, str]] = {"functions": {}, "resources": {}}
    for line in sys.stdin:
        kind, name = line.split()
        token = _token_of(kind, name, tokens)
        if token is not None:
            found[kind][name] = token
    json.dump(found, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


def _tokens(package: Path) -> Iterator[tuple[str, str]]:
    for source in package.rglob("*.py"):
        for token, module, name in _TOKEN.findall(source.read_text()):
            yield f"{module}{name}".lower(), token


def _token_of(kind: str, name: str, tokens: Mapping[str, str]) -> str | None:
    module, _, rest = name.removeprefix("openstack_").partition("_")
    verb = "get" if kind == "functions" else ""
    for spelling in (re.sub(r"_v\d+$", "", rest), rest):
        for place in (module, _OTHERWISE.get(module, module)):
            token = tokens.get(f"{place}{verb}{spelling.replace('_', '')}")
            if token is not None:
                return token
    return None


if __name__ == "__main__":
    main()
