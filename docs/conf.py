"""How sphinx builds these pages: `make docs`."""

from cloudmesh_iac import __version__

project = "cmx"
author = "the cmx developers"
release = version = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"cmx {__version__}"
myst_heading_anchors = 2
