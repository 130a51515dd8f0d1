"""Libraries and the files in them."""

from __future__ import annotations

import math

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.engine.kinds import KINDS
from shotprint.errors import AccessDenied, CallerError, InvalidValue
from shotprint.service.types import FileFilter, Library, Modality

PAGE = 50
STRIP = 60  # pictures of a file at most


def index(call: Call) -> Response:
    """All libraries, and the form for a new one."""
    return _index(call)


def create(call: Call) -> Response:
    if call.me.library_ids is not None:
        raise AccessDenied("Your access key is for other libraries")
    name, description = call.form.get("name", "").strip(), call.form.get("description", "").strip()
    kind = call.form.get("kind", Modality.VIDEO.value)
    try:
        if kind not in KINDS:
            raise InvalidValue(f"There are no libraries of {kind!r}", parameter="kind")
        library = call.app.libraries.create(
            call.account_id, name, Modality(kind), description=description or None
        )
    except CallerError as error:
        return _index(call, problem=error.message, name=name, description=description, kind=kind)
    call.audit("library.create", library.name)
    return call.go(f"/libraries/{library.id}")


def show(call: Call) -> Response:
    """A library with its files, newest first, or those whose key has some text in it."""
    return _page(call, call.living_library())


def describe(call: Call) -> Response:
    library = call.living_library()
    description = call.form.get("description", "").strip()
    try:
        call.app.libraries.describe(call.account_id, library.id, description or None)
    except CallerError as error:
        return _page(call, library, problem=error.message)
    call.audit("library.describe", library.name)
    return call.go(f"/libraries/{library.id}")


def delete_files(call: Call) -> Response:
    """Ask for the removal of the files that are ticked."""
    library = call.living_library()
    try:
        call.app.deletions.delete_files(call.account_id, library.id, file_ids=call.form.getlist("file"))
    except CallerError as error:
        return _page(call, library, problem=error.message)
    call.audit("file.delete", f"{len(call.form.getlist('file'))} of {library.name}")
    return call.go("/tasks/deletions")


def show_file(call: Call) -> Response:
    """A stored file, with pictures of it."""
    library = call.living_library()
    file = call.app.files.get(call.account_id, library.id, call.path["file"])
    moments = call.app.pictures.moments(call.account_id, library.id, file.id)
    step = math.ceil(len(moments) / STRIP) or 1
    return call.page("file.html", library=library, file=file, moments=moments[::step])


def picture(call: Call) -> Response:
    """The picture next to a moment of a stored file."""
    library = call.living_library()
    data = call.app.pictures.nearest(call.account_id, library.id, call.path["file"], call.seconds("at"))
    # A file's pictures never change. Still only this browser may keep them: they are the account's.
    return Response(data, media_type="image/jpeg", headers={"cache-control": "private, max-age=86400"})


def _index(
    call: Call, *, problem: str = "", name: str = "", description: str = "", kind: str = Modality.VIDEO.value
) -> Response:
    page = call.app.libraries.page(
        call.account_id, call.query.get("after") or None, PAGE, call.me.library_ids
    )
    return call.page(
        "libraries.html", status=400 if problem else 200, page=page, problem=problem, name=name,
        description=description, kind=kind, kinds=[one.value for one in KINDS],
    )  # fmt: skip


def _page(call: Call, library: Library, *, problem: str = "") -> Response:
    text = call.query.get("q", "").strip()
    files = call.app.files.newest(
        call.account_id, library.id, FileFilter(key_part=text or None), call.query.get("after") or None, PAGE
    )
    return call.page(
        "library.html", status=400 if problem else 200, library=library, page=files, problem=problem,
        has_pictures=library.modality is Modality.VIDEO,
    )  # fmt: skip
