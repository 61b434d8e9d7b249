"""The JSON requests of the page `/sandbox`, and the form of a refusal.

The rule of this file: only a body of application/json is read. That keeps the forms of other sites out.
"""

from typing import Annotated, Final, Literal, TypeVar

import orjson
from aiohttp import web
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from channels.sandbox.shapes import Json
from channels.wording import say_error, written

MOST_BYTES: Final = 20 * 1024 * 1024

Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewFile(Body):
    name: Annotated[str, Field(max_length=200), written(r"[^/\\\x00-\x1f]+", "a file's name without slashes")]
    content_type: Annotated[str, written(r"[a-z]+/[a-z0-9.+-]+", "a type of content, such as image/png")]
    base64: Base64Bytes


class Nothing(Body):
    pass


class Dial(Body):
    to: str = ""  # one of the hub's numbers; empty: the first


class Speech(Body):
    text: Text


class Digits(Body):
    digits: Annotated[str, written(r"[0-9*#]{1,32}", "1 to 32 of the keys 0 to 9, * and #")]


class NewText(Body):
    text: Annotated[str, Field(max_length=1600)]
    media: Annotated[list[NewFile], Field(max_length=10)] = []


class NewMail(Body):
    subject: Annotated[str, Field(max_length=500), written(r"[^\r\n\x00]*", "one line")] = ""
    text: Annotated[str, Field(max_length=200_000)]
    attachments: Annotated[list[NewFile], Field(max_length=20)] = []
    answers: str | None = None


class NewFault(Body):
    where: Literal["rest", "leg", "text", "smtp", "sound"]
    kind: str
    count: int = 1
    seconds: float = 0.0
    to: str = ""


class PageRefused(Exception):
    """The request cannot be carried out. `code` is for the page, `detail` for its reader."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


AnyBody = TypeVar("AnyBody", bound=Body)


async def read_body(model: type[AnyBody], request: web.Request) -> AnyBody:
    """A checked body. Raises PageRefused."""
    if request.content_type != "application/json":
        raise PageRefused(415, "bad_request", "the body is not application/json")
    data = bytearray()
    async for chunk in request.content.iter_any():  # not request.read(): the hub's own limit is for webhooks
        data += chunk
        if len(data) > MOST_BYTES:
            raise PageRefused(413, "bad_request", "the body is too large")
    try:
        return model.model_validate_json(bytes(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise PageRefused(400, "bad_request", f"{where}: {say_error(first)}") from None


def answer(status: int, json: Json) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(json), content_type="application/json")


def refuse(refused: PageRefused) -> web.Response:
    return answer(refused.status, {"error": refused.code, "detail": refused.detail})
