"""What is stored by which SaveType, and where without a library: through the newest of the vendor's clients."""

from __future__ import annotations

import pytest
from library_use import ODD_NAME, Shelf, create_library, library_of, matches_of, run, stored_keys
from vendor_client import KINDS, VendorClient

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("client", KINDS[:1], indirect=True, ids=["newest"])]


def test_saving_depends_on_duplicates_and_their_similarity(client: VendorClient) -> None:
    library_id = create_library(client, "saving")["FpDBId"]
    stored = run(client, library_id, "original.mp4", "save", key="original")
    assert (matches_of(stored), len(stored["FileId"])) == ([], 32)

    duplicate = run(client, library_id, ODD_NAME, "save", key="copy")
    (match,) = matches_of(duplicate)
    assert match["PrimaryKey"] == "original"
    assert "FileId" not in duplicate
    assert stored_keys(client, library_id) == ["original"]

    assert float(match["Similarity"]) < 1
    like_enough = run(client, library_id, ODD_NAME, "save", key="copy", threshold=0.1)
    assert [found["PrimaryKey"] for found in matches_of(like_enough)] == ["original"]
    assert stored_keys(client, library_id) == ["original"]
    not_the_same = run(client, library_id, ODD_NAME, "save", key="copy", threshold=1)
    assert (matches_of(not_the_same), len(not_the_same["FileId"])) == ([], 32)
    assert stored_keys(client, library_id) == ["original", "copy"]

    forced = run(client, library_id, "original.mp4", "forcesave", key="again")
    assert {found["PrimaryKey"] for found in matches_of(forced)} == {"original", "copy"}
    assert len(forced["FileId"]) == 32
    assert stored_keys(client, library_id) == ["original", "copy", "again"]


def test_without_a_library_the_account_has_a_default_one(client: VendorClient, shelf: Shelf) -> None:
    job = run(client, None, "original.mp4", "onlysave", key="in default")
    library_id = job["FpShotConfig"]["FpDBId"]
    assert library_of(client, library_id)["Name"] == "default"
    assert [match["PrimaryKey"] for match in matches_of(run(client, None, ODD_NAME, "nosave"))] == [
        "in default"
    ]
    listed = client.answer("ListFpShotDB", {})["FpShotDBList"]["FpShotDB"]
    assert {library_id, shelf.library_id} <= {library["FpDBId"] for library in listed}
