"""What every command understands (``--json``, ``--database``, ...), and the way from there to the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from typer.core import TyperCommand, TyperGroup

from mailadmin import diagnostics
from mailadmin.bootstrap import Application, Options, begin_log, open_application

from .output import Output


class Window(Protocol):
    """The door to the window, handed in by the program's entry: the command line knows nothing of Qt."""

    def missing(self) -> str:
        """Why there can be no window: ``not-installed``, ``no-display``, or empty when there can."""

    def open(self, options: Options) -> int:
        """Show the window until it is closed; the exit code."""

    def take_pictures(self, folder: Path) -> int:
        """Write pictures of every page and dialog; the exit code."""


@dataclass(slots=True)
class Session:
    """One run of the command line: what was said for every command, and where the words go.

    ``window`` is the way to the window, None where there is none.
    """

    json: bool = False
    debug: bool = False
    database: str | None = None
    home: Path | None = None
    key_file: Path | None = None
    passphrase_file: Path | None = None
    window: Window | None = field(default=None, repr=False)
    _out: Output | None = field(default=None, repr=False)

    @property
    def out(self) -> Output:
        """Where words and documents go."""
        if self._out is None or self._out.as_json != self.json:
            self._out = Output(as_json=self.json)
        return self._out

    @property
    def options(self) -> Options:
        """Where things are, by command line and environment."""
        return Options(self.database, self.home, self.key_file, self.passphrase_file).completed()

    @contextmanager
    def application(self, options: Options | None = None, *, quiet: bool = True) -> Iterator[Application]:
        """The application, opened; its log is set up first.

        :param options: other than those that were said (the demo's)
        :param quiet: warnings go to the log alone, because they are told in sentences
        :raises UserFixableError: DATABASE_*, FOLDER_NOT_WRITABLE
        """
        options = options or self.options
        self.set_up_logging(options, quiet=quiet)
        with open_application(options) as application:
            yield application

    def set_up_logging(self, options: Options | None = None, *, quiet: bool = True) -> None:
        """Begin the log. Parameters as for :meth:`application`."""
        begin_log(options or self.options, debug=self.debug, quiet=quiet)


def log_without_file(*, debug: bool) -> None:
    """Begin a log that is shown with ``--debug`` and goes nowhere otherwise: it is not known yet, or no more, where."""
    diagnostics.set_up_logging(None, debug=debug)
    if not debug:
        diagnostics.quieten()


def session_of(context: typer.Context) -> Session:
    """The session a command runs in."""
    session = context.find_root().obj
    assert isinstance(session, Session)
    return session


def _keep(context: typer.Context, parameter: typer.CallbackParam, value: object) -> object:
    """What is said nearer to the end of the line wins; what is not said changes nothing."""
    if value:
        setattr(session_of(context), str(parameter.name), value)
    return value


@cache
def _everywhere() -> list[Any]:
    template = typer.Typer(add_completion=False)

    @template.command()
    def everywhere(
        json: Annotated[
            bool,
            typer.Option("--json", help="One JSON document on standard output.", callback=_keep, expose_value=False),
        ] = False,
        debug: Annotated[
            bool,
            typer.Option("--debug", help="Log in detail, also here.", callback=_keep, expose_value=False),
        ] = False,
        database: Annotated[
            str | None,
            typer.Option(metavar="URL", help="The database, without a password.", callback=_keep, expose_value=False),
        ] = None,
        home: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Where database and logs are.", callback=_keep, expose_value=False),
        ] = None,
        key_file: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="The key to the passwords.", callback=_keep, expose_value=False),
        ] = None,
        passphrase_file: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="The passphrase to the key.", callback=_keep, expose_value=False),
        ] = None,
    ) -> None:
        """What every command understands."""

    return list(typer.main.get_command(template).params)


class Command(TyperCommand):
    """A command that understands what every command understands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (typer's own, passed on)
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *_everywhere()]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401  (typer's own context)
        """The line of usage, with the arguments as their metavars say them, and no further brackets."""
        arguments = [one for one in self.get_params(ctx) if one.param_type_name == "argument"]
        return [self.options_metavar or "", *(one.metavar or str(one.name).upper() for one in arguments)]


class Group(TyperGroup):
    """A group of commands that understands the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (typer's own, passed on)
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *_everywhere()]


def group(help_text: str, **settings: Any) -> typer.Typer:  # noqa: ANN401  (typer's own, passed on)
    """A group of commands: plain help without frames, no completion to install."""
    return typer.Typer(
        cls=Group,
        help=help_text,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **{"no_args_is_help": True, **settings},
    )
