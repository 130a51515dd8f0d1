"""Files that come from a browser: begun, sent in chunks, looked after. Answers are JSON, for ``submit.js``."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from shotprint.console.call import Call
from shotprint.errors import InvalidValue
from shotprint.service.uploads import Upload

MAX_CHUNK_BYTES = 8 * 2**20
FOR = ("SubmitFpShotJob", "ImportFpShotJob", "SubmitFpCompareJob")
"""Operations that files are sent for: who may call one may send."""


def begin(call: Call) -> Response:
    upload = call.app.uploads.begin(
        call.account_id, call.form.get("name", ""), _whole_number(call.form.get("size", ""), "size")
    )
    return _told(upload)


def show(call: Call) -> Response:
    return _told(call.app.uploads.get(call.account_id, call.path["id"]))


def append(call: Call) -> Response:
    offset = _whole_number(call.query.get("offset", ""), "offset")
    upload = call.app.uploads.append(call.account_id, call.path["id"], offset, call.body)
    if upload.finished is not None:
        call.audit("upload.finish", upload.name)
    return _told(upload)


def delete(call: Call) -> Response:
    upload = call.app.uploads.delete(call.account_id, call.path["id"])
    call.audit("upload.delete", upload.name)
    return call.go("/tasks/new#uploads" if call.me.may_call("SubmitFpShotJob") else "/")


def _told(upload: Upload) -> Response:
    return JSONResponse(
        {
            "id": upload.id,
            "name": upload.name,
            "size": upload.size_bytes,
            "received": upload.received_bytes,
            "finished": upload.finished is not None,
        }
    )


def _whole_number(text: str, parameter: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidValue(f"{text!r} is no whole number", parameter=parameter)
    return int(text)
