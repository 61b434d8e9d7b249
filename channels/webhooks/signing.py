"""Signs the request of a webhook by the Standard Webhooks scheme (https://www.standardwebhooks.com).

The rule of this file: the signature covers the id, the time and every byte of the body. So its receiver can refuse a
request that was changed, is old, or was seen before.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"  # of a key that is written in Base64
LEAST_BYTES: Final = 24  # of a key


def read_key(secret: str) -> bytes | None:
    """The key in its secret: whsec_ and Base64, or any other text as it is. None: it is too short, or no Base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else None
    except binascii.Error:
        return None
    key = secret.encode() if key is None else key
    return key if len(key) >= LEAST_BYTES else None


def sign(key: bytes, webhook_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers. `seconds`: since 1970 UTC."""
    signed = hmac.new(key, f"{webhook_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
