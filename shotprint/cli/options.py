"""The options that every command has, and what they open."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate

import typer

from shotprint.errors import InvalidValue

if TYPE_CHECKING:
    from shotprint.engine.types import Modality
    from shotprint.service.types import Account
    from shotprint.settings import Settings
    from shotprint.wiring import App

DEFAULT_ACCOUNT = "default"

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Directory of everything kept.", show_default="./shotprint-data"
    ),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Account to act for.", show_default=DEFAULT_ACCOUNT),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="Database, SQLite or PostgreSQL.", show_default="SQLite in --data"
    ),
]
PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="How files are fingerprinted: video-2, video-2-fast, which costs less and finds less, or text-1.",
        show_default="video-2; text-1 for texts",
    ),
]
ModalityOption = Annotated[
    str | None,
    typer.Option(
        "--modality",
        metavar="KIND",
        help="Kind of media, video or text.",
        show_default="video, or the preset's",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def chosen_kind(modality: str | None, preset: str | None) -> Modality:
    """The kind of media that two options say.

    Raises
    ------
    typer.BadParameter
        There is none of that name, or the preset is of another one.
    """
    from shotprint.engine.kinds import choose_preset, kind_of, kind_with
    from shotprint.engine.types import Modality

    if modality is not None and modality not in list(Modality):
        raise typer.BadParameter(f"{modality!r} is none of {', '.join(Modality)}", param_hint="--modality")
    kind = None if modality is None else kind_of(Modality(modality)).modality
    try:
        return kind_with(choose_preset(kind, preset)).modality
    except InvalidValue as exc:
        raise typer.BadParameter(exc.message, param_hint="--preset") from exc


@dataclass(frozen=True)
class Common:
    """Common options as given; None where one was not."""

    data: Path | None = None
    account: str | None = None
    database: str | None = None

    @classmethod
    def of(
        cls, context: typer.Context, data: Path | None, account: str | None, database: str | None
    ) -> Common:
        """The options after the command; where one is missing there, as given before it."""
        before = context.find_object(Common) or cls()
        return cls(
            before.data if data is None else data,
            before.account if account is None else account,
            before.database if database is None else database,
        )

    def settings_for(self, kind: Modality, preset: str | None) -> Settings:
        """Settings with the preset of new libraries, if it is one that a setting chooses."""
        return self.settings(preset=preset if kind.value == "video" else None)

    def settings(self, **more: object) -> Settings:
        """Settings from these options and `more`, then the environment, then the defaults."""
        from shotprint.settings import load

        return load(data=self.data, account=self.account, database=self.database, **more)


def with_common(body: Callable[Concatenate[Common, ...], None]) -> Callable[..., None]:
    """The command that has `body`'s own options and then the common ones, which `body` gets put together, first."""

    def command(
        context: typer.Context,
        *,
        data: DataOption = None,
        account: AccountOption = None,
        database: DatabaseOption = None,
        **own: Any,
    ) -> None:
        body(Common.of(context, data, account, database), **own)

    context, *common, _ = inspect.signature(command, eval_str=True).parameters.values()
    own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
    shown = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (context, *own, *common)]
    functools.update_wrapper(command, body)
    command.__annotations__ = {one.name: one.annotation for one in shown}
    command.__dict__["__signature__"] = inspect.Signature(shown)  # what typer makes the options of
    return command


@contextmanager
def opened(settings: Settings) -> Iterator[App]:
    """The services, on a database that is brought up to date first; closed at the end."""
    from shotprint.wiring import migrate, open_app

    migrate(settings)
    app = open_app(settings)
    try:
        yield app
    finally:
        app.close()


def current_account(app: App) -> Account:
    """The account that the command acts for; the default one is made when it is not there yet."""
    name = app.settings.account
    return app.accounts.ensure(name) if name == DEFAULT_ACCOUNT else app.accounts.get(name)


def quiet_logs(settings: Settings) -> None:
    """Only problems on standard error: a command that ends soon has nothing to log about itself."""
    from shotprint.logs import configure

    configure("debug" if settings.log_level == "debug" else "warning", "console")
