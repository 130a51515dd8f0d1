"""The web server's whole site: the API, and the console beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from starlette.types import ASGIApp

from shotprint.api.app import create_app, create_gateway
from shotprint.api.call import Gateway
from shotprint.api.messages import compose
from shotprint.api.model import MPS, PRODUCTS, load_spec
from shotprint.api.wire_errors import job_code
from shotprint.cli.output import print_line
from shotprint.console import errors
from shotprint.console.app import console_routes
from shotprint.console.call import Explanation, Words
from shotprint.console.explorer import pages as explorer
from shotprint.wiring import App


def create_site(app: App, gateway: Gateway | None = None) -> ASGIApp:
    """The API at ``/`` and the console at ``/console``; `gateway` as for `create_app`."""
    gateway = gateway or create_gateway(app)
    site = create_app(app, gateway)
    operations = tuple(name for product in PRODUCTS for name in load_spec(product).operations)
    more = [*explorer.pages(gateway), *errors.pages(catalogue())]
    site.routes.extend(console_routes(app, Words(explain, compose, operations), more))
    return site


def explain(code: str) -> Explanation:
    """What callers of the API are told of an error with this ``code``."""
    return catalogue()[job_code(code)]


@cache
def catalogue() -> Mapping[str, Explanation]:
    """What is known of each code that callers of the API can see."""
    known = load_spec(MPS).errors
    return {
        code: Explanation(
            code,
            error.status,
            error.message,
            error.meaning,
            error.cause,
            error.cure,
            tuple(_near(code, known)),
        )
        for code, error in known.items()
    }


def _near(code: str, codes: Iterable[str]) -> Iterator[str]:
    """Codes that another product has for the same, and those of the same family."""
    renamed = [pair for product in PRODUCTS for pair in load_spec(product).codes.items()]
    same = {one for pair in renamed if code in pair for one in pair}
    family = code.partition(".")[0]
    for other in codes:
        if other != code and (other in same or other.partition(".")[0] == family):
            yield other


def link_url(base_url: str, token: str) -> str:
    """The address that signs in to the console once."""
    return f"{base_url.rstrip('/')}/console/enter?token={token}"


def print_first_link(app: App, base_url: str) -> None:
    """On the first start for the account, how to come in."""
    account = app.accounts.ensure(app.settings.account)
    token = app.sessions.make_first_link(account.id)
    if token is not None:
        print_line(f"shotprint console link: {link_url(app.settings.public_url or base_url, token)}")
