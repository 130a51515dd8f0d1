"""The steps that find out who calls, and whether it is true, new and in time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from shotprint.api.call import Call, Credentials, Gateway
from shotprint.api.parse import parse_time
from shotprint.api.reading import is_acs3
from shotprint.api.sign import (
    ACS3,
    ACS3_MUST_SIGN,
    acs3_signing,
    body_digest,
    parse_acs3_authorization,
    same,
    v1_signing,
)
from shotprint.api.wire_errors import WireError
from shotprint.errors import KeyNotFound

__all__ = ["check_nonce", "check_signature", "check_time", "check_token", "find_key", "read_credentials"]

_V1_MANDATORY: Final = (
    "Action", "Version", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp",
)  # fmt: skip
_TOKEN: Final = re.compile("[!-~]{1,4096}")  # not only ours: clients may still send the vendor's
_NONCE_MARGIN: Final = timedelta(seconds=1)  # the wire's times are whole seconds


def read_credentials(_: Gateway, call: Call) -> None:
    """Find the parts of the signature; all of them must be there."""
    call.credentials = _acs3_credentials(call) if is_acs3(call) else _v1_credentials(call)


def check_time(gateway: Gateway, call: Call) -> None:
    """Refuse a call whose time is unreadable or too far from our clock, in either direction."""
    try:
        call.timestamp = parse_time(call.credentials.timestamp)
    except ValueError as exc:
        raise WireError("InvalidTimeStamp.Format") from exc
    if abs(call.now - call.timestamp) > timedelta(seconds=gateway.app.settings.clock_skew_s):
        raise WireError("InvalidTimeStamp.Expired")


def find_key(gateway: Gateway, call: Call) -> None:
    """Look the access key up."""
    try:
        call.key = gateway.app.accounts.find_key(call.credentials.key_id)
    except KeyNotFound as exc:
        raise WireError("InvalidAccessKeyId.NotFound") from exc
    if not call.key.enabled:
        raise WireError("InvalidAccessKeyId.Inactive")


def check_token(_: Gateway, call: Call) -> None:
    """A key that expires needs its security token; a lasting key has none."""
    sent, key = call.credentials.security_token, call.key
    if key.token is not None and not sent:
        raise WireError("MissingSecurityToken")
    if key.token is None and not sent:
        return
    if not _TOKEN.fullmatch(sent):
        raise WireError("InvalidSecurityToken.Malformed")
    if key.token is None or not same(key.token, sent):
        raise WireError("InvalidSecurityToken.MismatchWithAccessKey")
    if key.expires is not None and call.now >= key.expires:
        raise WireError("InvalidSecurityToken.Expired")


def check_signature(_: Gateway, call: Call) -> None:
    """Sign the call with the key's secret and compare. The message holds what was signed, never a secret."""
    http, signed_headers = call.http, call.credentials.signed_headers
    if signed_headers is None:
        signing, honest_body = v1_signing(http.method, call.parameters.items()), True
    else:
        digest = body_digest(http.body or b"")
        signing = acs3_signing(http.method, http.path, call.query, http.header, signed_headers, digest)
        honest_body = http.header["x-acs-content-sha256"] == digest
    if not (same(signing.signature(call.key.secret), call.credentials.signature) and honest_body):
        # Clients look for the text after the first colon and crash when there is none.
        usual = WireError("SignatureDoesNotMatch").message
        raise WireError("SignatureDoesNotMatch", f"{usual} server string to sign is:{signing.string_to_sign}")


def check_nonce(gateway: Gateway, call: Call) -> None:
    """Remember the nonce for as long as the call's time is accepted; refuse one that is remembered.

    Comes after the signature, or strangers could use up nonces.
    """
    expires = call.timestamp + timedelta(seconds=gateway.app.settings.clock_skew_s) + _NONCE_MARGIN
    if not gateway.app.accounts.remember_nonce(call.key.id, call.credentials.nonce, expires):
        raise WireError("SignatureNonceUsed")


def _v1_credentials(call: Call) -> Credentials:
    """From the parameters alone: v1 signs no headers, so headers count for nothing here."""
    parameters = call.parameters
    for name in _V1_MANDATORY:
        if not parameters.get(name):
            raise WireError(f"Missing{name}")
    if parameters["SignatureMethod"].upper() != "HMAC-SHA1":
        raise WireError("InvalidSignatureMethod")
    if parameters["SignatureVersion"] != "1.0":
        raise WireError("InvalidSignatureVersion")
    if not parameters.get("Signature"):
        raise _incomplete("Signature is missing")
    return Credentials(
        key_id=parameters["AccessKeyId"],
        timestamp=parameters["Timestamp"],
        nonce=parameters["SignatureNonce"],
        signature=parameters["Signature"],
        security_token=parameters.get("SecurityToken", ""),
        signed_headers=None,
    )


def _acs3_credentials(call: Call) -> Credentials:
    header = call.http.header
    if header["authorization"].partition(" ")[0] != ACS3:
        raise WireError("InvalidSignatureMethod")
    try:
        authorization = parse_acs3_authorization(header["authorization"])
    except ValueError as exc:
        raise _incomplete(str(exc)) from exc
    for name in ACS3_MUST_SIGN:
        if name not in authorization.signed_headers:
            raise _incomplete(f"the header {name} must be signed")
    for name in ("authorization", *authorization.signed_headers):
        if call.http.times_sent(name) != 1:
            raise _incomplete(f"the signed header {name} must arrive exactly once")
    if not header["x-acs-signature-nonce"]:
        raise WireError("MissingSignatureNonce")
    if not header["x-acs-date"]:
        raise WireError("MissingTimestamp")
    return Credentials(
        key_id=authorization.key_id,
        timestamp=header["x-acs-date"],
        nonce=header["x-acs-signature-nonce"],
        signature=authorization.signature,
        security_token=header.get("x-acs-security-token") or call.parameters.get("SecurityToken", ""),
        signed_headers=authorization.signed_headers,
    )


def _incomplete(reason: str) -> WireError:
    usual = WireError("IncompleteSignature").message
    return WireError("IncompleteSignature", f"{usual} Here {reason}.")
