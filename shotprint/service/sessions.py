"""Sessions of the console: somebody signed in, and until when.

Who holds a session's token is signed in; the database has only its digest. A session ends at its end, after a
while without use, when its user or key is gone, and when somebody signs out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as DbSession

from shotprint.errors import AccessDenied, KeyNotFound
from shotprint.service import audit
from shotprint.service.accounts import Accounts
from shotprint.service.attempts import Attempts
from shotprint.service.checks import is_storable, now
from shotprint.service.types import AccessKey, Account
from shotprint.service.users import Users
from shotprint.store.database import Database
from shotprint.store.models import AccessKeyRow, AccountRow, FactRow, SessionRow, SignInLinkRow, UserRow
from shotprint.store.upsert import insert_new

LINK_NAME = "sign-in link"
"""What somebody is called who had a link."""

_NOTED_EVERY = timedelta(minutes=1)  # a use is written down at most so often


@dataclass(frozen=True)
class Session:
    """Who is signed in.

    Attributes
    ----------
    name : of the user or the access key, or `LINK_NAME`.
    user_id : None for a key and for a link.
    key : what the session is limited to; None for a user and for a link, which may do everything.
    """

    account: Account
    name: str
    user_id: str | None
    key: AccessKey | None
    created: datetime
    expires: datetime

    def may_call(self, operation: str) -> bool:
        """Whether it may do what this operation of the API does."""
        return self.key is None or self.key.may_call(operation)

    @property
    def library_ids(self) -> frozenset[str] | None:
        """The libraries that it may use; None for all."""
        return None if self.key is None else self.key.allowed_libraries

    @property
    def is_whole(self) -> bool:
        """Whether nothing is kept from it. Keys, users and pipelines are for such sessions only."""
        return self.key is None or (
            self.key.allowed_operations is None and self.key.allowed_libraries is None
        )


class Sessions:
    """Signs in and out.

    Parameters
    ----------
    lifetime, idle, link_lifetime : how long a session lasts, how long without use, and how long a link is good.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        users: Users,
        *,
        lifetime: timedelta,
        idle: timedelta,
        link_lifetime: timedelta,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._users = users
        self._attempts = Attempts(database, clock=clock)
        self._lifetime = lifetime
        self._idle = idle
        self._link_lifetime = link_lifetime
        self._clock = clock

    def sign_in(self, name: str, secret: str, address: str) -> str:
        """A new session's token, for a user's name and password or an access key's id and secret.

        Raises
        ------
        AccessDenied
            They are not right. Keys that end need a security token with every call, so they cannot sign in.
        TooManyAttempts
            Somebody guesses, under that name or from that address.
        """
        self._attempts.begin(
            name, address, at_limit=lambda session: self._tell(session, name, "session.lock", address)
        )
        user = self._users.verify(name, secret)
        if user is not None:
            account_id, user_id, key_id = user.account_id, user.id, None
        else:
            key = self._key(name, secret)
            if key is None:
                self._refuse(name, address)
                raise AccessDenied("The name or the password is wrong")
            account_id, user_id, key_id = key.account_id, None, key.id
        self._attempts.forget(name)
        return self._begin(account_id, user_id=user_id, key_id=key_id)

    def make_link(self, account_id: str) -> str:
        """The token of a link that signs in to the account, once."""
        token = secrets.token_urlsafe(32)
        with self._database.sessions.begin() as session:
            expires = self._clock() + self._link_lifetime
            session.add(SignInLinkRow(token_hash=_digest(token), account_id=account_id, expires=expires))
        return token

    def make_first_link(self, account_id: str) -> str | None:
        """`make_link` for an account that never had one so; None ever after, also in other processes."""
        with self._database.sessions.begin() as session:
            fresh = insert_new(
                session, FactRow, name=f"first_link_{account_id}", value=self._clock().isoformat()
            )
        return self.make_link(account_id) if fresh else None

    def enter(self, link_token: str) -> str:
        """A new session's token for that of a link, which is used up; AccessDenied when it is not good."""
        with self._database.sessions.begin() as session:
            used = delete(SignInLinkRow).where(SignInLinkRow.token_hash == _digest(link_token))
            row = session.execute(used.returning(SignInLinkRow.account_id, SignInLinkRow.expires)).first()
        if row is None or row.expires <= self._clock():
            raise AccessDenied("This link was used already, or has expired")
        return self._begin(row.account_id, user_id=None, key_id=None)

    def find(self, token: str, *, used: bool = True) -> Session | None:
        """Whose session has this token; None when nobody's has, any more.

        Parameters
        ----------
        used : whether asking keeps the session alive; a page that asks by itself does not.
        """
        moment = self._clock()
        digest = _digest(token)
        query = (
            select(SessionRow, AccountRow.name, AccountRow.created, UserRow.name)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .outerjoin(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.token_hash == digest, SessionRow.expires > moment)
        )
        with self._database.reads() as session:
            found = session.execute(query).first()
        if found is None:
            return None
        row, account_name, account_created, user_name = found
        key = self._usable_key(row.key_id) if row.key_id is not None else None
        if row.seen + self._idle <= moment or (row.key_id is not None and key is None):
            return None
        if used and row.seen + _NOTED_EVERY <= moment:
            with self._database.fleeting.begin() as connection:
                connection.execute(
                    update(SessionRow).where(SessionRow.token_hash == digest).values(seen=moment)
                )
        account = Account(row.account_id, account_name, account_created)
        name = user_name or row.key_id or LINK_NAME
        return Session(account, name, row.user_id, key, row.created, row.expires)

    def end(self, token: str) -> None:
        """Sign out; harmless when repeated."""
        with self._database.sessions.begin() as session:
            session.execute(delete(SessionRow).where(SessionRow.token_hash == _digest(token)))

    def _begin(self, account_id: str, *, user_id: str | None, key_id: str | None) -> str:
        moment = self._clock()
        token = secrets.token_urlsafe(32)
        with self._database.sessions.begin() as session:
            for kind in (SessionRow, SignInLinkRow):
                session.execute(delete(kind).where(kind.expires < moment))
            session.add(
                SessionRow(
                    token_hash=_digest(token), account_id=account_id, user_id=user_id, key_id=key_id,
                    created=moment, seen=moment, expires=moment + self._lifetime,
                )
            )  # fmt: skip
        return token

    def _refuse(self, name: str, address: str) -> None:
        """Note that somebody did not get in. Where nobody is called so, that costs as much: one write to the disk."""
        with self._database.sessions.begin() as session:
            self._attempts.note(session, name)
            self._tell(session, name, "session.refuse", address)

    def _tell(self, session: DbSession, name: str, action: str, address: str) -> None:
        """Write it to the log of the account whose user or key is called so, if there is one."""
        if not is_storable(name):
            return
        owners = (
            select(UserRow.account_id).where(UserRow.name == name),
            select(AccessKeyRow.account_id).where(AccessKeyRow.id == name),
        )
        for account_id in {found for query in owners if (found := session.scalar(query)) is not None}:
            audit.add(session, account_id, name, action, address=address)

    def _key(self, key_id: str, secret: str) -> AccessKey | None:
        """The key of that id and secret; None when there is none that signs in."""
        key = self._usable_key(key_id)
        known = "" if key is None else key.secret
        right = hmac.compare_digest(known.encode(), secret.encode(errors="surrogatepass"))
        return key if right else None

    def _usable_key(self, key_id: str) -> AccessKey | None:
        try:
            key = self._accounts.find_key(key_id)
        except KeyNotFound:
            return None
        return key if key.enabled and key.expires is None else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
