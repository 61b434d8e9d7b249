"""Headers of every answer: what a browser may do with it, and where it may be shown or stored.

The rule of this file: a header that an answer sets itself stays; all others are set here and nowhere else. The
sources are Fetch (Cross-Origin-Resource-Policy), HTML (Cross-Origin-Opener-Policy), RFC 6797 (HSTS) and RFC 9111
(no-store).
"""

from collections.abc import Awaitable, Callable

from aiohttp import web, web_response

YEAR = 365 * 24 * 3600  # seconds
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # for answers that are no page
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}
# Answers to the screens are nearly always about persons: no cache may store them and no other site load them
_PERSONAL = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}


def set_headers(app: web.Application, *, is_public: bool) -> None:
    """`is_public`: people reach the hub by https, so browsers are told to use nothing else for a year."""
    everywhere = dict(_EVERYWHERE)
    if is_public:
        everywhere["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    # aiohttp writes its own version and Python's into every answer, also to broken requests, which no application
    # sees
    web_response.SERVER_SOFTWARE = "hub"  # type: ignore[attr-defined]  # imported there, not exported
    app.on_response_prepare.append(_build_hook(everywhere))


def _build_hook(everywhere: dict[str, str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        for name, value in everywhere.items():
            headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            for name, value in _PERSONAL.items():
                headers.setdefault(name, value)
        if response.content_type == "text/html":
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")

    return add
