"""Drives ``alibabacloud_mts20140618``, any version, or ``alibabacloud_ice20201109``: ``python tea.py URL VERSION``."""

from __future__ import annotations

import asyncio
import functools
import sys
from typing import Any
from urllib.parse import urlsplit

import lines
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

URL, VERSION = urlsplit(sys.argv[1]), sys.argv[2]

try:
    from alibabacloud_mts20140618 import models
    from alibabacloud_mts20140618.client import Client
except ModuleNotFoundError:
    from alibabacloud_ice20201109 import models
    from alibabacloud_ice20201109.client import Client


class RecordingClient(Client):
    """Keeps what arrived, which the models then take apart."""

    received: Any = None

    def do_request(self, *arguments: Any) -> Any:
        return self._keep(super().do_request(*arguments))

    def do_rpcrequest(self, *arguments: Any) -> Any:
        return self._keep(super().do_rpcrequest(*arguments))

    async def do_request_async(self, *arguments: Any) -> Any:
        return self._keep(await super().do_request_async(*arguments))

    async def do_rpcrequest_async(self, *arguments: Any) -> Any:
        return self._keep(await super().do_rpcrequest_async(*arguments))

    def _keep(self, arrived: Any) -> Any:
        self.received = arrived["body"]
        return arrived


@functools.cache
def client_with(key_id: str, secret: str, token: str, signature: str) -> RecordingClient:
    options = {"signature_algorithm": signature} if signature else {}
    if token:
        options["security_token"] = token
    return RecordingClient(
        Config(
            access_key_id=key_id,
            access_key_secret=secret,
            protocol=URL.scheme.upper(),
            endpoint=URL.netloc,
            region_id="cn-shanghai",
            **options,
        )
    )


def answer(call: lines.Call) -> lines.Outcome:
    client = client_with(*call["key"], call["signature"])
    client.received = None
    request = None if call["generic"] else typed_request(call["operation"], call["parameters"])
    outcome: lines.Outcome = {"typed": request is not None}
    try:
        if request is None:
            outcome["answer"] = generic_call(client, call)
        else:
            outcome["answer"] = typed_call(client, call, request).body.to_map()
    except AlibabaCloudException as exc:
        outcome["error"] = {
            "code": exc.code,
            "message": exc.message,
            "status": exc.status_code,
            "request_id": exc.request_id,
        }
    outcome["received"] = client.received
    return outcome


def typed_request(operation: str, parameters: dict[str, Any]) -> Any:
    """The client's own request, or None when it has no such class or the class lacks a parameter."""
    request_class = getattr(models, f"{operation}Request", None)
    if request_class is None:
        return None
    request = request_class().from_map(parameters)
    return request if request.to_map() == parameters else None


def typed_call(client: Client, call: lines.Call, request: Any) -> Any:
    """Through ``create_fp_shot_db`` for ``CreateFpShotDB``, or ``create_fp_shot_db_async``."""
    names = {name.replace("_", ""): name for name in dir(client) if not name.startswith("_")}
    name = names[call["operation"].lower()]
    if call["asynchronous"]:
        return asyncio.run(getattr(client, f"{name}_async")(request))
    return getattr(client, name)(request)


def generic_call(client: Client, call: lines.Call) -> Any:
    params = Params(
        action=call["operation"],
        version=VERSION,
        protocol=URL.scheme.upper(),
        pathname="/",
        method=call["method"],
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json" if call["format"] == "JSON" else "string",
    )
    query = {name: str(value) for name, value in call["parameters"].items()}
    form = query if call["form"] else None
    query = {} if call["form"] else query
    if call["format"] != "JSON":
        query["Format"] = call["format"]
    return client.call_api(params, OpenApiRequest(query=query, body=form), RuntimeOptions())["body"]


if __name__ == "__main__":
    lines.serve(answer)
