"""The page of what works with which client."""

from __future__ import annotations

import json

from shotprint.api.model import PRODUCTS, load_spec
from tools.make_compatibility import PAGE, page, read_records

RECORDS = [
    {"operation": "ListFpShotDB", "form": "xml", "signature": "v1", "client": "signed requests"},
    {"operation": "ListFpShotDB", "form": "json", "signature": "v1", "client": "signed requests"},
    {"operation": "ListFpShotDB", "form": "json", "signature": "acs3", "client": "a-client"},
    {"operation": "ListDNADB", "form": "json", "signature": "acs3", "client": "b-client"},
]


def test_a_cell_holds_the_signatures_and_formats_that_were_seen() -> None:
    text = page(read_records(json.dumps(record) for record in RECORDS))
    assert "| Operation | signed requests | a-client |" in text
    assert "| `ListFpShotDB` | v1: JSON, XML | ACS3: JSON |" in text
    assert "| `CreateFpShotDB` |  |  |" in text
    assert "| Operation | b-client |" in text
    assert "| `ListDNADB` | ACS3: JSON |" in text


def test_the_page_has_seen_every_operation_in_all_ways() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for product in PRODUCTS:
        for operation in load_spec(product).operations:
            assert f"| `{operation}` | v1: JSON, XML; ACS3: JSON, XML |" in text, "run `make compatibility`"
