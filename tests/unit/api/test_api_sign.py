"""The worked examples of the signatures: the manual's, and two that equal what the vendor's clients make."""

import pytest

from shotprint.api.sign import (
    acs3_signing,
    body_digest,
    parse_acs3_authorization,
    percent_encode,
    same,
    v1_signing,
)

SECRET = "testKeySecret"

MANUAL_EXAMPLE = {
    "AccessKeyId": "testId",
    "Action": "SearchTemplate",
    "Format": "XML",
    "PageSize": "2",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "4902260a-516a-4b6a-a455-45b653cf6150",
    "SignatureVersion": "1.0",
    "Timestamp": "2015-05-14T09:03:45Z",
    "Version": "2014-06-18",
}

CLIENT_EXAMPLE = {
    "AccessKeyId": "testId",
    "Action": "SubmitFpShotJob",
    "Format": "JSON",
    "RegionId": "cn-shanghai",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "0123456789abcdef0123456789abcdef",
    "SignatureType": "",
    "SignatureVersion": "1.0",
    "Timestamp": "2026-01-02T03:04:05Z",
    "UserData": "t-1",
    "Version": "2014-06-18",
    "FpShotConfig": '{"PrimaryKey":"k1","SaveType":"save"}',
    "Input": '{"Bucket":"demo","Location":"oss-cn-shanghai","Object":"a b+*~é.mp4"}',
}
CLIENT_STRING_TO_SIGN = (
    "POST&%2F&AccessKeyId%3DtestId%26Action%3DSubmitFpShotJob%26Format%3DJSON%26FpShotConfig%3D%257B%2522PrimaryKey"
    "%2522%253A%2522k1%2522%252C%2522SaveType%2522%253A%2522save%2522%257D%26Input%3D%257B%2522Bucket%2522%253A%2522"
    "demo%2522%252C%2522Location%2522%253A%2522oss-cn-shanghai%2522%252C%2522Object%2522%253A%2522a%2520b%252B%252A~"
    "%25C3%25A9.mp4%2522%257D%26RegionId%3Dcn-shanghai%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D0123456789abc"
    "def0123456789abcdef%26SignatureType%3D%26SignatureVersion%3D1.0%26Timestamp%3D2026-01-02T03%253A04%253A05Z%26"
    "UserData%3Dt-1%26Version%3D2014-06-18"
)

ACS3_HEADERS = {
    "accept": "application/json",
    "host": "127.0.0.1:8080",
    "user-agent": "demo/1.0",
    "x-acs-action": "QueryFpShotJobList",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-credentials-provider": "static_ak",
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "0123456789abcdef0123456789abcdef",
    "x-acs-version": "2014-06-18",
}

ACS3_CANONICAL_REQUEST = """\
POST
/
JobIds=a%2Cb&UserData=x%20y%2A~%C3%A9
accept:application/json
host:127.0.0.1:8080
user-agent:demo/1.0
x-acs-action:QueryFpShotJobList
x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-acs-credentials-provider:static_ak
x-acs-date:2026-01-02T03:04:05Z
x-acs-signature-nonce:0123456789abcdef0123456789abcdef
x-acs-version:2014-06-18

accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"""


def test_v1_signs_the_manuals_example_as_published():
    assert v1_signing("GET", MANUAL_EXAMPLE.items()).signature(SECRET) == "kmDv4mWo806GWPjQMy2z4VhBBDQ="


def test_v1_signs_blanks_unicode_and_reserved_characters_as_the_vendors_client_does():
    signing = v1_signing("POST", CLIENT_EXAMPLE.items())
    assert signing.string_to_sign == CLIENT_STRING_TO_SIGN
    assert signing.signature(SECRET) == "Jg1ZPW5EiO0k9Q9rlVpDCL2ZBmM="


def test_v1_leaves_the_signature_itself_out_and_needs_no_order():
    shuffled = [("Signature", "anything"), *reversed(CLIENT_EXAMPLE.items())]
    assert v1_signing("POST", shuffled).string_to_sign == CLIENT_STRING_TO_SIGN


def test_acs3_signs_as_the_vendors_client_does():
    query = [("UserData", "x y*~é"), ("JobIds", "a,b")]
    digest = body_digest(b"")
    signing = acs3_signing("POST", "/", query, ACS3_HEADERS, tuple(ACS3_HEADERS), digest)
    assert signing.canonical == ACS3_CANONICAL_REQUEST
    assert (
        signing.string_to_sign
        == "ACS3-HMAC-SHA256\n783fd2cc32c1edde10365687b5f0b5c750eca8df2811be0f62b301c2acaaeaf3"
    )
    assert signing.signature(SECRET) == "87591374bf60258890832d3d91ed75ccfe896049c59e5b2eeab728f993334939"


def test_acs3_signs_the_values_without_the_spaces_around_them():
    spaced = {name: f"  {value} " for name, value in ACS3_HEADERS.items()}
    one = acs3_signing("GET", "/", [], ACS3_HEADERS, tuple(ACS3_HEADERS), "")
    assert acs3_signing("GET", "/", [], spaced, tuple(spaced), "") == one


@pytest.mark.parametrize(
    ("text", "encoded"),
    [(" ", "%20"), ("*", "%2A"), ("~-_.", "~-_."), ("+", "%2B"), ("/", "%2F"), ("é", "%C3%A9"), ("", "")],
)
def test_percent_encoding_leaves_only_the_unreserved(text, encoded):
    assert percent_encode(text) == encoded


def test_authorization_is_taken_apart():
    parts = parse_acs3_authorization("ACS3-HMAC-SHA256 Credential=id, SignedHeaders=a;x-b,Signature=00ff")
    assert (parts.key_id, parts.signed_headers, parts.signature) == ("id", ("a", "x-b"), "00ff")
    assert parse_acs3_authorization(str(parts)) == parts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ACS3-HMAC-SHA256", "Credential"),
        ("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host", "Signature is missing"),
        ("ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00", "Credential is missing"),
        ("ACS3-HMAC-SHA256 Credential=id,Credential=id2,SignedHeaders=host,Signature=00", "twice"),
        ("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;host,Signature=00", "twice"),
        ("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=Host,Signature=00", "lower-case"),
        ("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;,Signature=00", "lower-case"),
    ],
)
def test_authorization_that_misses_something_says_what(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_acs3_authorization(text)


def test_same_compares_any_text():
    assert same("é", "é")
    assert not same("a", "é")
