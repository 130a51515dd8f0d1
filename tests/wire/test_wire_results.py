"""Result files behind signed links: whole for whoever has the link, nothing for anyone else, and not for ever."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from wire_cases import VARIANTS
from wire_client import Received, Sent, send
from wire_server import Server

from shotprint.api.app import create_app, create_gateway
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Match, Modality, Passages, Segment
from shotprint.service import chores, jobs
from shotprint.service.types import ImportRequest, JobRequest, MediaPlace, SaveType
from shotprint.store.models import ImportRow

JSON = VARIANTS["acs3-json-post"]
MATCHES = (Match("ключ & 1", 0.93, (Segment(0.0, 12.5004, 30.0, 42.5, 0.95), Segment(20, 30, 0, 10, 0.91))),)


@pytest.fixture
def link(server: Server) -> str:
    """What QueryDNAJobList says of a job that found something."""
    account_id, client = server.client(JSON)
    request = JobRequest(MediaPlace("demo", "here", "a.mp4"), "k", SaveType.NOSAVE)
    job = server.app.jobs.submit(account_id, request)
    with server.app.database.sessions.begin() as session:
        assert jobs.succeed(session, job.id, MATCHES, 60.0, None)
    answer = json.loads(send(server.asgi, client.request("QueryDNAJobList", {"JobIds": job.id})).body)
    return str(answer["JobList"][0]["DNAResult"])


def get(app: Starlette, url: str) -> Received:
    parts = urlsplit(url)
    return send(app, Sent("GET", parts.query.encode(), (("host", parts.netloc),)), parts.path)


def code_of(received: Received) -> tuple[int, str]:
    return received.status, json.loads(received.body)["Code"]


def test_a_link_leads_to_what_the_job_found(server: Server, link: str) -> None:
    assert link.startswith("http://mts.local:8080/results/analysis-")
    received = get(server.asgi, link)
    assert received.status == 200
    assert received.headers["content-type"] == "application/json;charset=utf-8"
    assert json.loads(received.body) == [
        {
            "PrimaryKey": "ключ & 1",
            "GlobalSimilarity": 0.93,
            "VideoMatchSegments": [
                {"StartTime": 0.0, "EndTime": 12.5, "MasterStartTime": 30.0, "MasterEndTime": 42.5, "Similarity": 0.95},
                {"StartTime": 20, "EndTime": 30, "MasterStartTime": 0, "MasterEndTime": 10, "Similarity": 0.91},
            ],
            "AudioMatchSegments": [],
            "TextMatchSegments": [],
        }
    ]  # fmt: skip


def test_a_link_of_a_text_leads_to_passages(server: Server) -> None:
    account_id, client = server.client(JSON)
    library = server.app.libraries.create(account_id, "books", Modality.TEXT)
    request = JobRequest(MediaPlace("demo", "here", "a.txt"), "k", SaveType.NOSAVE, library.id)
    job = server.app.jobs.submit(account_id, request)
    told = Passages((0, 9), (40, 50), "火車 & <1>", "火车", 0.9, 40.0)
    found = (
        Segment(12.4, 15.5001, 0, 0, 0.88, kind="text", passages=told),
        Segment(0, 0, 0, 0, 0.5, kind="text", passages=told),
    )
    with server.app.database.sessions.begin() as session:
        assert jobs.succeed(session, job.id, (Match("book", 0.7, found),), 31.0, None)
    answer = json.loads(send(server.asgi, client.request("QueryDNAJobList", {"JobIds": job.id})).body)
    received = get(server.asgi, str(answer["JobList"][0]["DNAResult"]))
    assert json.loads(received.body) == [
        {
            "PrimaryKey": "book",
            "GlobalSimilarity": 0.7,
            "VideoMatchSegments": [],
            "AudioMatchSegments": [],
            "TextMatchSegments": [
                {
                    "Start": 12.4,
                    "End": 15.5,
                    "QueryText": "火車 & <1>",
                    "MasterText": "火车",
                    "Similarity": 0.88,
                },
                {"QueryText": "火車 & <1>", "MasterText": "火车", "Similarity": 0.5},
            ],
        }
    ]


def test_a_link_says_nothing_of_the_account(server: Server, link: str) -> None:
    assert set(parse_qs(urlsplit(link).query)) == {"Expires", "Signature"}


def test_a_link_is_good_until_its_very_end_and_not_longer(server: Server, link: str) -> None:
    lifetime = timedelta(seconds=server.app.settings.result_link_s)
    for late, status in ((timedelta(0), 200), (timedelta(seconds=1), 403)):
        clock = server.now + lifetime + late
        gateway = replace(create_gateway(server.app), clock=lambda clock=clock: clock)
        assert get(create_app(server.app, gateway), link).status == status


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Expires=", "Expires=9"),
        ("Expires=", "Expires=-"),
        ("Expires=", "Expires=%C3%A9"),
        ("Expires=", "Until="),
        ("Signature=", "Signature=0"),
        ("Signature=", "Signature=%C3%A9"),
        ("Signature=", "Sign="),
        ("analysis-", "analysis-0"),
        ("analysis-", "import-"),
        (".json", ".jsonl"),
    ],
)
def test_a_changed_link_leads_nowhere(server: Server, link: str, old: str, new: str) -> None:
    assert code_of(get(server.asgi, link.replace(old, new))) == (403, "AccessDenied")


def test_many_or_unreadable_parameters_lead_nowhere(server: Server, link: str) -> None:
    assert code_of(get(server.asgi, link + "&a=1" * 20)) == (403, "AccessDenied")
    sent = Sent("GET", b"\xff", (("host", "x"),))
    assert code_of(send(server.asgi, sent, urlsplit(link).path)) == (403, "AccessDenied")


@pytest.mark.parametrize("name", ["analysis-" + "f" * 32 + ".json", "import-" + "f" * 32 + ".jsonl", "x"])
def test_a_link_to_what_is_not_there_any_more(server: Server, name: str) -> None:
    made = server.app.result_links.make(name, server.now)
    url = f"http://h/results/{name}?Expires={made.expires}&Signature={made.signature}"
    assert code_of(get(server.asgi, url)) == (404, "ResourceNotFound")


def test_a_job_that_has_not_succeeded_has_no_result(server: Server) -> None:
    account_id, _ = server.client(JSON)
    job = server.app.jobs.submit(account_id, JobRequest(MediaPlace("demo", "x", "a"), "k", SaveType.NOSAVE))
    made = server.app.result_links.make(f"analysis-{job.id}.json", server.now)
    url = f"http://h/results/{made.name}?Expires={made.expires}&Signature={made.signature}"
    assert code_of(get(server.asgi, url)) == (404, "ResourceNotFound")


def test_links_can_have_an_address_of_their_own(server: Server) -> None:
    settings = server.app.settings.model_copy(update={"public_url": "https://dna.example/"})
    app = replace(server.app, settings=settings)
    asgi = create_app(app, replace(create_gateway(app), clock=lambda: server.now))
    account_id, client = server.client(JSON)
    job = app.jobs.submit(account_id, JobRequest(MediaPlace("demo", "x", "a"), "k", SaveType.NOSAVE))
    with app.database.sessions.begin() as session:
        assert jobs.succeed(session, job.id, (), 1.0, None)
    answer = json.loads(send(asgi, client.request("QueryDNAJobList", {})).body)
    url = answer["JobList"][0]["DNAResult"]
    assert url.startswith("https://dna.example/results/")
    assert json.loads(get(asgi, url).body) == []


def test_the_result_file_of_an_import_comes_as_it_was_written(server: Server) -> None:
    account_id, client = server.client(JSON)
    library = server.app.libraries.create(account_id, "films")
    request = ImportRequest(library.id, MediaPlace("demo", "x", "list.jsonl"), SaveType.ONLYSAVE)
    started = server.app.imports.submit(account_id, request)
    data = '{"Line":1,"PrimaryKey":"ключ"}\n'.encode()
    BlobStore(server.app.settings.blobs_url).put(f"imports/{started.id}.jsonl", data)
    with server.app.database.sessions.begin() as session:
        values = {"result_blob": f"imports/{started.id}.jsonl", "result_bytes": len(data)}
        assert chores.succeed(session, ImportRow, started.id, **values)
    call = client.request("ListFpShotImportJob", {"JobIds": started.id})
    answer = json.loads(send(server.asgi, call).body)
    received = get(server.asgi, answer["FpShotImportJobList"][0]["ProcessMessage"])
    assert (received.status, received.body) == (200, data)
    assert received.headers["content-type"] == "application/x-ndjson;charset=utf-8"
