"""What a view gets, and what it answers with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shotprint.console import tokens
from shotprint.console.render import render
from shotprint.errors import AccessDenied, InvalidValue, LibraryNotFound
from shotprint.service.checks import MAX_PAGE_SIZE
from shotprint.service.notifications import Compose
from shotprint.service.sessions import Session
from shotprint.service.types import Comparison, ImportJob, Job, JobState, Library, LibraryState
from shotprint.wiring import App

__all__ = ["Call", "Explanation", "View", "Words"]

ROOT = "/console"


@dataclass(frozen=True)
class Explanation:
    """What is known of an error.

    Attributes
    ----------
    code : what callers of the API see.
    status : of HTTP, where a call is answered with it.
    message : the usual one.
    meaning, cause, cure : for people: what it says, what brings it about, and what to do.
    see : codes that say nearly the same, or the same in another product's words.
    """

    code: str
    status: int
    message: str
    meaning: str
    cause: str
    cure: str
    see: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """What the API calls things, which the console shows and sends.

    Attributes
    ----------
    explain : what is known of the ``code`` of one of our errors, as failed jobs keep it.
    compose : the text of a notification.
    operations : names of all operations.
    """

    explain: Callable[[str], Explanation]
    compose: Compose
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """One request for a page.

    Attributes
    ----------
    session : who is signed in; None where nobody need be.
    token : of the session, "" without one.
    form : what was sent; empty with GET.
    body : what was sent where it is no form.
    """

    app: App
    words: Words
    request: Request
    session: Session | None
    token: str
    form: QueryParams = field(default_factory=QueryParams)
    body: bytes = b""

    @property
    def me(self) -> Session:
        """Who is signed in, on pages that are for them alone."""
        if self.session is None:
            raise AccessDenied
        return self.session

    @property
    def account_id(self) -> str:
        return self.me.account.id

    def library(self, library_id: str) -> Library:
        """The account's library of that id, deleted or not; LibraryNotFound when it is kept from who is signed
        in."""
        allowed = self.me.library_ids
        if allowed is not None and library_id not in allowed:
            raise LibraryNotFound(f"There is no library {library_id!r}", parameter="library_id")
        return self.app.libraries.get(self.account_id, library_id)

    def living_library(self) -> Library:
        """The library that the page's path names; LibraryNotFound when it is none that who is signed in may use."""
        library = self.library(self.path["id"])
        if library.state is LibraryState.DELETED:
            raise LibraryNotFound(f"The library {library.name} was deleted", parameter="library_id")
        return library

    def failure(self, job: Job | Comparison | ImportJob) -> dict[str, str] | None:
        """Why a job failed and what can be done; None when it did not."""
        if job.state is not JobState.FAILED:
            return None
        known = self.words.explain(job.error_code or "")
        return {
            "code": known.code,
            "message": job.error_message or known.meaning,
            "cause": known.cause,
            "cure": known.cure,
        }

    def libraries(self) -> tuple[Library, ...]:
        """The account's living libraries to choose from, those that who is signed in may use: the first thousand."""
        return self.app.libraries.page(self.account_id, None, MAX_PAGE_SIZE, self.me.library_ids).items

    def library_names(self, ids: Iterable[str | None]) -> dict[str, str]:
        """The names of the libraries of these ids, deleted ones too."""
        wanted = [library_id for library_id in {*ids} if library_id is not None]
        return {one.id: one.name for one in self.app.libraries.list(self.account_id, wanted)}

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, str]:
        """The variable parts of the page's path."""
        return self.request.path_params

    def seconds(self, parameter: str) -> float:
        """The moment that the address asks for, 0 without one; InvalidValue when it is none."""
        text = self.query.get(parameter, "0")
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds):
            raise InvalidValue(f"{text!r} is no number of seconds", parameter=parameter)
        return seconds

    @property
    def address(self) -> str:
        """Where the request comes from. No header is trusted to say so."""
        client = self.request.client
        return client.host if client else "unknown"

    @property
    def is_secure(self) -> bool:
        """Whether the browser speaks HTTPS: with us, or with a proxy when the settings say so."""
        return self.request.url.scheme == "https" or self.app.settings.public_url.startswith("https://")

    def link(self, path: str) -> str:
        """The whole address of a page, for others: where the settings say that this server is, or as it was called."""
        url = self.request.url
        return f"{self.app.settings.public_url.rstrip('/') or f'{url.scheme}://{url.netloc}'}{ROOT}{path}"

    def audit(self, action: str, subject: str = "") -> None:
        """Note what whoever is signed in did."""
        self.app.audit.record(self.account_id, self.me.name, action, subject, address=self.address)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """The template as an answer."""
        return HTMLResponse(render(template, **self._frame(), **values), status)

    def go(self, path: str) -> Response:
        """On to another page of the console."""
        return RedirectResponse(f"{ROOT}{path}", 303)

    def _frame(self) -> dict[str, Any]:
        """What the frame around every page needs."""
        return {
            "call": self,
            "me": self.session,
            "csrf": tokens.masked(tokens.form_token(self.token)) if self.token else "",
            "theme": self.request.cookies.get("shotprint_theme", ""),
            "here": self.request.scope["path"].removeprefix(ROOT),
            "here_full": quote(self.request.url.path)
            + (f"?{self.request.url.query}" if self.request.url.query else ""),
        }


View: TypeAlias = Callable[[Call], Response]
