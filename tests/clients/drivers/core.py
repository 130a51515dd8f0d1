"""Drives ``aliyun-python-sdk-mts`` on ``aliyun-python-sdk-core``: ``python core.py URL VERSION``."""

from __future__ import annotations

import functools
import importlib
import json
import sys
import warnings
from typing import Any
from urllib.parse import urlsplit

import lines
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import AcsRequest, CommonRequest

URL, VERSION = urlsplit(sys.argv[1]), sys.argv[2]
# The very object, or the client takes it for HTTP.
PROTOCOL = protocol_type.HTTPS if URL.scheme == "https" else protocol_type.HTTP


@functools.cache
def client_with(key_id: str, secret: str, token: str) -> AcsClient:
    if token:
        return AcsClient(region_id="cn-shanghai", credential=StsTokenCredential(key_id, secret, token))
    return AcsClient(key_id, secret, "cn-shanghai")


def answer(call: lines.Call) -> lines.Outcome:
    client = client_with(*call["key"])
    request = None if call["generic"] else typed_request(call["operation"], call["parameters"])
    outcome: lines.Outcome = {"typed": request is not None, "received": None}
    request = request or common_request(call)
    request.set_endpoint(URL.netloc)
    request.set_protocol_type(PROTOCOL)
    request.set_method(call["method"])
    if call["format"] != "JSON":
        outcome["answer"] = text_answer(client, request, call["format"])
        return outcome
    try:
        outcome["answer"] = outcome["received"] = json.loads(client.do_action_with_exception(request))
    except ServerException as exc:
        outcome["error"] = {
            "code": exc.get_error_code(),
            "message": exc.get_error_msg(),
            "status": exc.get_http_status(),
            "request_id": exc.get_request_id(),
        }
    return outcome


def typed_request(operation: str, parameters: dict[str, Any]) -> AcsRequest | None:
    """The client's own request, or None when it has no such class or the class lacks a parameter."""
    try:
        module = importlib.import_module(f"aliyunsdkmts.request.v20140618.{operation}Request")
    except ModuleNotFoundError:
        return None
    request = getattr(module, f"{operation}Request")()
    if not all(hasattr(request, f"set_{name}") for name in parameters):
        return None
    for name, value in parameters.items():
        getattr(request, f"set_{name}")(value)
    return request


def common_request(call: lines.Call) -> CommonRequest:
    request = CommonRequest(domain=URL.netloc, version=VERSION, action_name=call["operation"])
    for name, value in call["parameters"].items():
        (request.add_body_params if call["form"] else request.add_query_param)(name, value)
    return request


def text_answer(client: AcsClient, request: AcsRequest, wanted: str) -> str:
    """Only the deprecated call gives another format than JSON, or sends none; it raises no errors."""
    if wanted:
        request.set_accept_format(wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return client.do_action(request).decode()


if __name__ == "__main__":
    lines.serve(answer)
