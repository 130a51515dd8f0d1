"""Where this server is for whoever calls it: the links that answers hold start there."""

from __future__ import annotations

import re
from typing import Final

from shotprint.api.call import HttpRequest
from shotprint.settings import Settings

__all__ = ["ERROR_PAGES", "base_url", "error_page_url"]

ERROR_PAGES: Final = "/console/errors/"
"""The path of the pages about error codes; each has its code behind it."""

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url(settings: Settings, http: HttpRequest) -> str:
    """Scheme and host, without a slash at the end: those of the settings, or those that the request names; empty
    where what it names cannot be a host."""
    host = http.header.get("host", "")
    called = f"{http.scheme}://{host}" if _HOST.fullmatch(host) else ""
    return settings.public_url.rstrip("/") or called


def error_page_url(settings: Settings, http: HttpRequest, code: str) -> str:
    """The page about an error code: of this server, or of wherever the settings say; empty when neither is known."""
    if settings.error_pages_url:
        return settings.error_pages_url + code
    base = base_url(settings, http)
    return f"{base}{ERROR_PAGES}{code}" if base else ""
