"""Settings → the store, the queue, the blobs and the services; the only file that knows them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shotprint.blobs.buckets import Buckets
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Modality
from shotprint.notify.broker import Brokers
from shotprint.notify.senders import Senders
from shotprint.notify.webhook import Webhooks
from shotprint.queue.protocol import Queue
from shotprint.service.accounts import Accounts
from shotprint.service.analysis import Analysis
from shotprint.service.audit import Audit
from shotprint.service.chores import Chore
from shotprint.service.comparing import Comparing
from shotprint.service.comparisons import COMPARE, Comparisons
from shotprint.service.deleting import SWEEP_BLOBS, BlobSweeping, FileDeleting, LibraryDeleting
from shotprint.service.deletions import DELETE_FILES, DELETE_LIBRARY, Deletions
from shotprint.service.files import Files
from shotprint.service.findings import Findings
from shotprint.service.import_list import ListLimits
from shotprint.service.importing import Importing
from shotprint.service.imports import Imports
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.job_lines import JobLines
from shotprint.service.jobs import Jobs
from shotprint.service.libraries import Libraries
from shotprint.service.local_files import LocalFiles
from shotprint.service.media_reader import MediaReader
from shotprint.service.notifications import Notifications, Retries
from shotprint.service.pictures import Pictures
from shotprint.service.pipelines import Pipelines
from shotprint.service.reports import Reports
from shotprint.service.result_links import ResultLinks
from shotprint.service.searches import FORGET_UPLOAD, Searches, UploadForgetting
from shotprint.service.secrets import open_vault
from shotprint.service.sessions import Sessions
from shotprint.service.statistics import Statistics
from shotprint.service.uploads import UploadLimits, Uploads
from shotprint.service.users import Users
from shotprint.service.verdicts import Verdicts
from shotprint.service.view_cache import ViewCache
from shotprint.service.views import Views
from shotprint.service.visibility import Visibility
from shotprint.settings import UPLOADS, Settings
from shotprint.store import migrate as migrations
from shotprint.store.database import Database, first_contact

if TYPE_CHECKING:
    from shotprint.queue.postgres import PostgresQueue
    from shotprint.queue.sqlite import SqliteQueue


@dataclass(frozen=True)
class App:
    """Everything that the API, the console, the workers and the commands use."""

    settings: Settings
    database: Database
    queue: Queue
    accounts: Accounts
    libraries: Libraries
    jobs: Jobs
    job_lines: JobLines
    statistics: Statistics
    files: Files
    pictures: Pictures
    views: Views
    reports: Reports
    analysis: Analysis
    local_files: LocalFiles
    deletions: Deletions
    imports: Imports
    comparisons: Comparisons
    chores: Mapping[str, Chore]  # what workers do beside analyses and imports, by task name
    importing: Importing
    pipelines: Pipelines
    notifications: Notifications
    result_links: ResultLinks
    users: Users
    sessions: Sessions
    audit: Audit
    buckets: Buckets
    uploads: Uploads
    searches: Searches
    verdicts: Verdicts
    findings: Findings

    def close(self) -> None:
        self.views.close()
        self.database.close()


def migrate(settings: Settings) -> None:
    """Make the database, or bring it to this version; harmless when repeated, and when others do it too.

    Raises
    ------
    TemporaryError, InternalError
        The database cannot be reached, or is none of ours.
    """
    database = Database(settings.database_url)
    try:
        with first_contact(database.url):
            migrations.upgrade(database)
            _queue_class(database).create(database.engine)
    finally:
        database.close()


def open_app(settings: Settings, *, threads: int = 0) -> App:
    """Open everything on a database that was migrated.

    Parameters
    ----------
    threads : for each media file that is read, and each search; 0 is one per core.

    Raises
    ------
    TemporaryError
        The database cannot be reached.
    InternalError
        The database is not at this version, or the secret key is not the one that it was made with.
    """
    database = Database(settings.database_url)
    try:
        with first_contact(database.url):
            migrations.check(database)
        return _assemble(settings, database, threads)
    except BaseException:
        database.close()
        raise


def _queue_class(database: Database) -> type[SqliteQueue] | type[PostgresQueue]:
    """Imported when chosen, since PostgreSQL's needs packages that an embedded server does without."""
    if database.is_sqlite:
        from shotprint.queue.sqlite import SqliteQueue

        return SqliteQueue
    from shotprint.queue.postgres import PostgresQueue

    return PostgresQueue


def _assemble(settings: Settings, database: Database, threads: int) -> App:
    secret_key = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
    vault = open_vault(database, secret_key=secret_key, key_file=settings.data / "secret.key")
    queue = _queue_class(database)(database.engine, lease_s=settings.lease_s)
    libraries = Libraries(
        database, queue, most=settings.max_libraries, presets={Modality.VIDEO: settings.preset}
    )
    places = {**settings.buckets, UPLOADS: f"{settings.blobs_url.rstrip('/')}/{UPLOADS}"}
    buckets = Buckets(
        places,
        max_bytes=settings.max_media_bytes,
        writable=settings.writable_buckets,
    )
    blobs = BlobStore(settings.blobs_url)
    reader = MediaReader(
        max_seconds=settings.max_media_seconds,
        max_text_bytes=settings.max_text_bytes,
        thumbnails=settings.thumbnails,
        threads=threads,
    )
    indexes = LibraryIndexes(
        settings.index_directory,
        database,
        blobs,
        threads=threads,
        min_length_s=settings.min_segment_s,
    )
    sender = _sender(settings)
    pipelines = Pipelines(database, vault, sender)
    accounts = Accounts(database, vault)
    users = Users(database)
    files = Files(database)
    visibility = Visibility(_days(settings.job_visibility_days))
    uploads = Uploads(database, blobs, settings.data / "uploads", _upload_limits(settings))
    return App(
        settings=settings,
        database=database,
        queue=queue,
        accounts=accounts,
        libraries=libraries,
        jobs=Jobs(database, queue, libraries, visibility=visibility),
        job_lines=JobLines(database, visibility),
        statistics=Statistics(database, visibility),
        files=files,
        pictures=Pictures(files, blobs),
        views=Views(
            places,
            max_bytes=settings.max_media_bytes,
            cache=ViewCache(settings.data / "views", most_bytes=settings.view_bytes),
        ),
        reports=Reports(database),
        analysis=Analysis(database, queue, buckets, blobs, indexes, reader),
        local_files=LocalFiles(database, blobs, indexes, reader, max_bytes=settings.max_media_bytes),
        deletions=Deletions(database, queue, visibility),
        imports=Imports(database, queue, visibility),
        comparisons=Comparisons(database, queue, visibility),
        chores={
            DELETE_FILES: FileDeleting(database, queue),
            DELETE_LIBRARY: LibraryDeleting(database, queue, indexes),
            SWEEP_BLOBS: BlobSweeping(database, queue, blobs),
            FORGET_UPLOAD: UploadForgetting(
                database, queue, uploads, kept_for=timedelta(seconds=settings.search_keep_s)
            ),
            COMPARE: Comparing(
                database,
                queue,
                buckets,
                reader,
                preset=settings.preset,
                min_length_s=settings.min_segment_s,
                threads=threads,
            ),
        },
        importing=Importing(
            database,
            queue,
            buckets,
            blobs,
            indexes,
            reader,
            ListLimits(settings.max_import_bytes, settings.max_import_lines),
        ),
        pipelines=pipelines,
        notifications=Notifications(
            database, queue, pipelines, sender, _retries(settings), kept_for=_days(settings.notify_keep_days)
        ),
        result_links=ResultLinks(database, blobs, vault, lifetime_s=settings.result_link_s),
        users=users,
        sessions=Sessions(
            database,
            accounts,
            users,
            lifetime=timedelta(seconds=settings.session_s),
            idle=timedelta(seconds=settings.session_idle_s),
            link_lifetime=timedelta(seconds=settings.sign_in_link_s),
        ),
        audit=Audit(database),
        buckets=buckets,
        uploads=uploads,
        searches=Searches(database, queue),
        verdicts=Verdicts(database),
        findings=Findings(database),
    )


def _days(number: float) -> timedelta | None:
    """A setting that says 0 for ever."""
    return timedelta(days=number) if number else None


def _sender(settings: Settings) -> Senders:
    return Senders(
        Webhooks(
            plain_http=settings.notify_plain_http,
            private=settings.notify_private_addresses,
            timeout_s=settings.notify_timeout_s,
        ),
        Brokers(timeout_s=settings.notify_timeout_s),
    )


def _upload_limits(settings: Settings) -> UploadLimits:
    return UploadLimits(
        settings.max_media_bytes,
        settings.upload_bytes,
        timedelta(seconds=settings.upload_idle_s),
        _days(settings.upload_keep_days),
    )


def _retries(settings: Settings) -> Retries:
    return Retries(settings.notify_attempts, settings.notify_first_delay_s, settings.notify_longest_delay_s)
