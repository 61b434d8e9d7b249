"""Makes a start short: imports two libraries without optional parts that the hub does not use.

The rule of this file: it comes before every other import. It hides only modules that the library itself treats as
optional: the library tries the import and works without it. Until `gc.enable()` no garbage collection examines the
imported objects, which all stay alive. Together this saves a quarter of a start.
"""

import gc
import sys

gc.disable()

# python-socketio: managers over Redis (the hub has its own bus). structlog: coloured tracebacks.
_LEFT_OUT = ("redis", "valkey", "rich")

_hidden = [name for name in _LEFT_OUT if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # None means "not installed" to the import system
try:
    import socketio  # noqa: F401  # later imports find it loaded, without the extras
    import structlog  # noqa: F401  # as above
finally:
    for _name in _hidden:
        del sys.modules[_name]
