"""Signs a call on the server and keeps every step, for people to compare with what their own client makes.

The steps are those of `shotprint.api.sign`, which checks calls with them. The secret goes into the signature and
nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shotprint.api.call import HttpRequest
from shotprint.api.serialise import format_time
from shotprint.api.sign import (
    Acs3Authorization,
    Signing,
    acs3_signing,
    body_digest,
    canonical_query,
    v1_signing,
)
from shotprint.console.explorer.planned_call import PlannedCall
from shotprint.service.types import AccessKey

__all__ = ["Scheme", "SignedCall", "sign_call"]


class Scheme(StrEnum):
    """How a call is signed; the value is what people see."""

    ACS3 = "ACS3-HMAC-SHA256"
    V1 = "HMAC-SHA1"


@dataclass(frozen=True)
class SignedCall:
    """A call that is ready to be sent, once, and the steps to its signature."""

    scheme: Scheme
    http: HttpRequest
    signing: Signing
    signature: str

    @property
    def request_text(self) -> str:
        """The request as it goes over the wire."""
        target = f"{self.http.path}?{self.http.query.decode('ascii')}" if self.http.query else self.http.path
        headers = (f"{name}: {value}" for name, value in self.http.headers)
        return "\n".join([f"{self.http.method} {target} HTTP/1.1", *headers, "", ""])


def sign_call(
    call: PlannedCall, key: AccessKey, scheme: Scheme, *, moment: datetime, nonce: str
) -> SignedCall:
    """Sign the call with one of the account's keys, with everything in the query as the vendor's clients do.

    Parameters
    ----------
    moment : the call's time; servers accept it for some minutes around it.
    nonce : distinct for each call of the key.
    """
    sign = _sign_v1 if scheme is Scheme.V1 else _sign_acs3
    return sign(call, key, format_time(moment), nonce)


def _sign_v1(call: PlannedCall, key: AccessKey, time: str, nonce: str) -> SignedCall:
    parameters = {
        **call.parameters,
        "AccessKeyId": key.id,
        "Action": call.operation,
        "Format": "JSON",
        "SignatureMethod": Scheme.V1.value,
        "SignatureNonce": nonce,
        "SignatureVersion": "1.0",
        "Timestamp": time,
        "Version": call.spec.version,
        **({} if key.token is None else {"SecurityToken": key.token}),
    }
    signing = v1_signing("GET", parameters.items())
    signature = signing.signature(key.secret)
    query = canonical_query({**parameters, "Signature": signature}.items())
    http = HttpRequest("GET", "/", query.encode(), (("host", call.host),), b"", call.scheme)
    return SignedCall(Scheme.V1, http, signing, signature)


def _sign_acs3(call: PlannedCall, key: AccessKey, time: str, nonce: str) -> SignedCall:
    digest = body_digest(b"")
    headers = {
        "accept": "application/json",
        "host": call.host,
        "x-acs-action": call.operation,
        "x-acs-content-sha256": digest,
        "x-acs-date": time,
        **({} if key.token is None else {"x-acs-security-token": key.token}),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": call.spec.version,
    }
    signed = tuple(headers)
    signing = acs3_signing("POST", "/", call.parameters.items(), headers, signed, digest)
    signature = signing.signature(key.secret)
    authorization = Acs3Authorization(key.id, signed, signature)
    http = HttpRequest(
        "POST",
        "/",
        canonical_query(call.parameters.items()).encode(),
        (*headers.items(), ("authorization", str(authorization))),
        b"",
        call.scheme,
    )
    return SignedCall(Scheme.ACS3, http, signing, signature)
