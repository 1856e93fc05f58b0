"""Serve one of OpenStack's APIs on a port of this computer: `serve.py MODULE PORT`.

Run in the environment of the control plane. The service finds its settings by itself, through
variables such as OS_NOVA_CONFIG_DIR.
"""

import importlib
import sys

_THREADS = 8


def main(module: str, port: int) -> None:
    sys.argv = [module]  # the services read the arguments of whoever imports them
    application = importlib.import_module(module).application
    # Only now: a service may replace parts of the standard library first.
    waitress = importlib.import_module("waitress")
    waitress.serve(application, host="127.0.0.1", port=port, threads=_THREADS, ident=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
