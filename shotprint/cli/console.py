"""The web server's whole site: the API, and the console beside it."""

from __future__ import annotations

from starlette.types import ASGIApp

from shotprint.api.app import create_app
from shotprint.api.messages import compose
from shotprint.api.model import MPS, PRODUCTS, load_spec
from shotprint.api.wire_errors import job_code
from shotprint.cli.output import print_line
from shotprint.console.app import console_routes
from shotprint.console.call import Explanation, Words
from shotprint.wiring import App


def create_site(app: App) -> ASGIApp:
    """The API at ``/`` and the console at ``/console``."""
    site = create_app(app)
    operations = tuple(name for product in PRODUCTS for name in load_spec(product).operations)
    site.routes.extend(console_routes(app, Words(explain, compose, operations)))
    return site


def explain(code: str) -> Explanation:
    """What callers of the API are told of an error with this ``code``."""
    known = load_spec(MPS).errors[job_code(code)]
    return Explanation(known.code, known.meaning, known.cause, known.cure)


def link_url(base_url: str, token: str) -> str:
    """The address that signs in to the console once."""
    return f"{base_url.rstrip('/')}/console/enter?token={token}"


def print_first_link(app: App, base_url: str) -> None:
    """On the first start for the account, how to come in."""
    account = app.accounts.ensure(app.settings.account)
    token = app.sessions.make_first_link(account.id)
    if token is not None:
        print_line(f"shotprint console link: {link_url(app.settings.public_url or base_url, token)}")
