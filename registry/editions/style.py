"""The style of the pages of editions, which stands within each page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from django.utils.safestring import SafeString, mark_safe

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #767676; --soft: #f2f2f2; --link: #0b4f8a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eee; --paper: #161616; --line: #9a9a9a; --soft: #262626; --link: #9ccbff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); overflow-wrap: break-word; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
code { overflow-wrap: anywhere; font-size: .9em; }
pre { white-space: pre-wrap; background: var(--soft); padding: .6rem; }
.notice { border-left: .4rem solid var(--line); background: var(--soft); padding: .6rem 1rem; }
.wide { white-space: pre-line; }
input, button { font: inherit; padding: .4rem; color: inherit; background: var(--paper);
  border: 1px solid var(--line); }
@page { margin: 18mm; }
@media print { body { max-width: none; padding: 0; } thead { display: table-header-group; } tr { break-inside: avoid; }
  form { display: none; } }
"""


@cache
def style() -> SafeString:
    """Return the text between the tags of the element."""
    return mark_safe(STYLE)  # noqa: S308 - of the project


@cache
def style_hash() -> str:
    """Return the hash by which a Content-Security-Policy allows it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()}"
