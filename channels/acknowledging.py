"""Answers a provider whose webhook could not be stored.

The rule of this file: it is for every channel with webhooks, and knows no provider.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from aiohttp import web

log = structlog.get_logger()


@contextmanager
def unstored_is_503(key: str) -> Iterator[None]:
    """Wrap this around storing the notice with this key. If storing fails, the provider gets 503 and may come
    again."""
    try:
        yield
    except Exception as error:
        log.warning("webhook_not_stored", key=key, error=repr(error))
        raise web.HTTPServiceUnavailable(text="not stored") from error
