"""Each of the vendor's clients over HTTPS, with a certificate of one's own making."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from library_use import ODD_KEY, ODD_LIBRARY, create_library, library_of, run, stored_keys
from live_server import LiveServer, open_client, serving
from support.certificates import make_certificate
from vendor_client import ICE_KINDS, KINDS, DriverEnded, Kind, Way

pytestmark = pytest.mark.slow

GENERIC, COROUTINE = Way(generic=True), Way(asynchronous=True)
# Which may use another HTTP library than the request classes do.
OTHER_WAYS = {
    "core.py": (GENERIC,),
    "tea.py": (GENERIC, COROUTINE),
    "tea.js": (GENERIC,),
    "pop.js": (),
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secure_server(
    bucket: Path, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    chain, key = certificate
    with serving(bucket, tmp_path_factory.mktemp("secure"), "--tls-cert", chain, "--tls-key", key) as running:
        assert running.url.startswith("https://")
        yield running


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_client_that_trusts_the_certificate_stores_a_file(
    kind: Kind, secure_server: LiveServer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    with open_client(kind, secure_server, tmp_path, trusted=certificate[0]) as client:
        library_id = create_library(client, ODD_LIBRARY)["FpDBId"]
        assert run(client, library_id, "unrelated.mp4", "onlysave", key=ODD_KEY)["State"] == "Success"
        assert stored_keys(client, library_id) == [ODD_KEY]
        for way in OTHER_WAYS[kind.driver]:
            assert library_of(client, library_id, way)["Name"] == ODD_LIBRARY
        unknown = client.error("ListFpShotFiles", {"FpDBId": "f" * 32})
        assert unknown.code == "InvalidParameter.DBNotExist"


@pytest.mark.parametrize("kind", ICE_KINDS, ids=lambda kind: kind.name)
def test_the_clients_of_ice_as_well(
    kind: Kind, secure_server: LiveServer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    with open_client(kind, secure_server, tmp_path, trusted=certificate[0]) as ice:
        created = ice.answer("CreateDNADB", {"Name": f"{ODD_LIBRARY} ICE", "Model": "Video"})["DBInfo"]
        assert created["Name"] == f"{ODD_LIBRARY} ICE"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_client_that_was_not_told_to_trust_it_does_not(
    kind: Kind, secure_server: LiveServer, tmp_path: Path
) -> None:
    with (
        open_client(kind, secure_server, tmp_path) as client,
        pytest.raises(DriverEnded, match=r"(?i)certificate.verify.failed|self.signed.certificate"),
    ):
        client.answer("ListFpShotDB", {})
