"""Makes a start short: imports two libraries without what they bring along for uses that the hub has not.

The rule of this file: it comes before every other import, and leaves out only what the library itself treats as
optional, by trying the import and going on without. Until `gc.enable()` no collection looks at what imports make,
which all stays. Together that is a quarter of a start.
"""

import gc
import sys

gc.disable()

# python-socketio: managers over Redis, where the hub has a bus of its own. structlog: coloured tracebacks.
_LEFT_OUT = ("redis", "valkey", "rich")

_hidden = [name for name in _LEFT_OUT if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # "not installed", as the import system writes it
try:
    import socketio  # noqa: F401  # imported for all others, while the extras are hidden
    import structlog  # noqa: F401  # as above
finally:
    for _name in _hidden:
        del sys.modules[_name]
