"""Keys of some libraries: every operation has to say what it is for them. What they are answered is in
``cases/keys.json``."""

from __future__ import annotations

import pytest

from shotprint.api.actions import ACTIONS
from shotprint.api.model import PRODUCTS, load_spec
from shotprint.api.permission import SHOWN_IN_PART

OF_NO_LIBRARY = {"CreateFpShotDB", "CreateDNADB", "ListFpShotNotary"}


@pytest.mark.parametrize("operation", sorted(set(ACTIONS) - OF_NO_LIBRARY))
def test_every_operation_is_open_to_keys_of_some_libraries_in_its_way(operation: str) -> None:
    """One that names no library has to say that it shows such a key only what it may see."""
    described = next(
        spec.operations[operation] for spec in map(load_spec, PRODUCTS) if operation in spec.operations
    )
    members = {member.name for one in described.parameters for member in (one, *one.members)}
    assert (operation in SHOWN_IN_PART) != bool(members & {"FpDBId", "DBId"})
