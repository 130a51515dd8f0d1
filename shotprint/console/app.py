"""The console: pages in a browser, at ``/console``.

Which page is where, and who may see it, is the table in `pages`. A request goes through `endpoint` (who asks, may
they, is it really their own page that asks), then to the page's view, a plain function from a `Call` to a response
that runs in a thread. Views ask the services and fill a template; nothing else happens here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from shotprint.console import (
    account,
    comparisons,
    deletions,
    docs,
    imports,
    jobs,
    keys,
    libraries,
    match_media,
    matches,
    overview,
    picker,
    pipelines,
    search,
    sign_in,
    submit,
    tasks,
    theme,
    uploads,
    users,
)
from shotprint.console.call import View, Words
from shotprint.console.endpoint import Endpoint, Page, get, not_here, post, put
from shotprint.console.guard import anyone, operation, signed_in, whole
from shotprint.console.headers import SecureHeaders
from shotprint.console.match_media import Load
from shotprint.wiring import App

__all__ = ["console_routes", "pages"]

ROOT = "/console"

_STATIC = Path(__file__).parent / "static"


def pages() -> list[Page]:
    """Every page: method, path below ``/console``, view, who may see it."""
    return [
        get("/login", sign_in.ask, anyone),
        post("/login", sign_in.sign_in, anyone),
        get("/enter", sign_in.ask_link, anyone),
        post("/enter", sign_in.enter, anyone),
        post("/logout", sign_in.sign_out, signed_in),
        post("/theme", theme.choose, anyone),
        get("/docs", docs.index, anyone),
        get("/docs/images/{name}", docs.image, anyone),
        get("/docs/{name:path}", docs.show, anyone),
        get("/", overview.show, signed_in),
        get("/tasks", tasks.jobs, operation("QueryFpShotJobList")),
        get("/tasks/live", tasks.live, operation("QueryFpShotJobList"), alive=False),
        *_imports(),
        get("/tasks/deletions", deletions.index, operation("QueryFpFileDeleteJobList")),
        get("/tasks/deletions/live", deletions.index, operation("QueryFpFileDeleteJobList"), alive=False),
        get("/tasks/deletions/new", deletions.ask, operation(deletions.FILES, deletions.LIBRARY)),
        post("/tasks/deletions/new", deletions.submit, operation(deletions.FILES, deletions.LIBRARY)),
        *_comparisons(),
        *_form(submit.HERE, submit.ask, submit.submit, "SubmitFpShotJob"),
        get("/tasks/{id}", jobs.show, operation("QueryFpShotJobList")),
        get("/tasks/{id}/live", jobs.live, operation("QueryFpShotJobList"), alive=False),
        *_match_pages("/tasks/{id}/matches/{n}", matches.of_job, "QueryFpShotJobList"),
        *_match_pages("/tasks/{id}/near/{n}", matches.near_of_job, "QueryFpShotJobList"),
        post("/tasks/{id}/cancel", jobs.cancel, operation("CancelFpShotJob")),
        post("/tasks/{id}/reports", jobs.report, operation("ReportFpShotJobResult")),
        post("/uploads", uploads.begin, operation(*uploads.FOR)),
        get("/uploads/{id}", uploads.show, operation(*uploads.FOR)),
        put("/uploads/{id}", uploads.append, operation(*uploads.FOR), max_bytes=uploads.MAX_CHUNK_BYTES),
        post("/uploads/{id}/delete", uploads.delete, operation(*uploads.FOR)),
        get("/libraries", libraries.index, operation("ListFpShotDB")),
        post("/libraries", libraries.create, operation("CreateFpShotDB")),
        get("/libraries/{id}", libraries.show, operation("ListFpShotFiles")),
        post("/libraries/{id}/description", libraries.describe, operation("CreateFpShotDB")),
        post("/libraries/{id}/delete-files", libraries.delete_files, operation("SubmitFpFileDeleteJob")),
        get("/libraries/{id}/search", search.ask, operation("SubmitFpShotJob")),
        post("/libraries/{id}/search", search.search, operation("SubmitFpShotJob")),
        get("/libraries/{id}/files/{file}", libraries.show_file, operation("ListFpShotFiles")),
        get("/libraries/{id}/files/{file}/picture", libraries.picture, operation("ListFpShotFiles")),
        get("/account", account.show, signed_in),
        get("/account/keys", keys.index, whole),
        post("/account/keys", keys.add, whole),
        post("/account/keys/{id}/disable", keys.disable, whole),
        post("/account/keys/{id}/enable", keys.enable, whole),
        get("/account/users", users.index, whole),
        post("/account/users", users.add, whole),
        post("/account/users/{id}/password", users.set_password, whole),
        post("/account/users/{id}/remove", users.remove, whole),
        get("/account/pipelines", pipelines.index, whole),
        post("/account/pipelines", pipelines.create, whole),
        get("/account/pipelines/{id}", pipelines.show, whole),
        post("/account/pipelines/{id}", pipelines.change, whole),
        post("/account/pipelines/{id}/test", pipelines.test, whole),
        post("/account/pipelines/{id}/delete", pipelines.delete, whole),
        post("/account/notifications/{id}/again", pipelines.send_again, whole),
        post("/account/notifications/{id}/discard", pipelines.discard, whole),
        get("/account/audit", account.audit, whole),
    ]


def _imports() -> list[Page]:
    """The pages of imports."""
    asks, reads = "ImportFpShotJob", operation("ListFpShotImportJob")
    return [
        get("/tasks/imports", imports.index, reads),
        get("/tasks/imports/live", imports.index, reads, alive=False),
        *_form(imports.HERE, imports.ask, imports.submit, asks),
        get("/tasks/imports/{id}", imports.show, reads),
        get("/tasks/imports/{id}/live", imports.show, reads, alive=False),
        get("/tasks/imports/{id}/result", imports.result, operation("QueryFpImportResult")),
        post("/tasks/imports/{id}/cancel", imports.cancel, operation(asks)),
    ]


def _comparisons() -> list[Page]:
    """The pages of comparisons."""
    asks, reads = "SubmitFpCompareJob", "QueryFpCompareJobList"
    return [
        get("/tasks/comparisons", comparisons.index, operation(reads)),
        get("/tasks/comparisons/live", comparisons.index, operation(reads), alive=False),
        *_form(comparisons.HERE, comparisons.ask, comparisons.submit, asks),
        get("/tasks/comparisons/{id}", comparisons.show, operation(reads)),
        get("/tasks/comparisons/{id}/live", comparisons.show, operation(reads), alive=False),
        *_match_pages("/tasks/comparisons/{id}/matches/{n}", matches.of_comparison, reads),
        *_match_pages("/tasks/comparisons/{id}/near/{n}", matches.near_of_comparison, reads),
    ]


def _form(path: str, ask: View, submit: View, asks: str) -> list[Page]:
    """A form that files are chosen on; `asks` is the operation that does the same."""
    may = operation(asks)
    return [
        get(path, ask, may),
        get(f"{path}/objects", picker.objects(path), may),
        post(path, submit, may),
    ]


def _match_pages(path: str, load: Load, reads: str) -> list[Page]:
    """The pages of what a task found, or nearly found; `reads` is the operation that tells of the task."""
    return [
        get(path, matches.show(load), operation(reads)),
        get(f"{path}/export", matches.export(load), operation(reads), media=True),
        *(
            get(f"{path}/{name}", view(load), operation(reads), alive=False, media=True)
            for name, view in (
                ("picture", match_media.picture),
                ("strip", match_media.strip),
                ("film", match_media.film),
                ("preview", match_media.preview),
            )
        ),
        post(f"{path}/verdicts", matches.judge(load), operation("ReportFpShotJobResult")),
    ]


def console_routes(app: App, words: Words, more: Sequence[Page] = ()) -> list[BaseRoute]:
    """The console's routes, to be served beside others.

    Parameters
    ----------
    words : what the API calls things.
    more : pages besides those of `pages`: they need what only the API has.
    """
    endpoint = Endpoint(app, words)
    console = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=_STATIC), name="static"),
            *(Route(page.path, endpoint.of(page), methods=[page.method]) for page in (*pages(), *more)),
        ],
        middleware=[Middleware(SecureHeaders), Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: not_here(endpoint)},
    )
    console.router.redirect_slashes = False
    return [Route(ROOT, lambda _: RedirectResponse(f"{ROOT}/", 307)), Mount(ROOT, console)]
