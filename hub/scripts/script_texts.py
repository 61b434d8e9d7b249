"""The hash by which a text of a script is stored.

The rule of this file: a text is stored before a run is pinned to it, and never changes.
"""

import hashlib

from scripts_library.script_parts import Script


def text_ref(script: Script) -> str:
    return hash_text(script.source)


def hash_text(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
