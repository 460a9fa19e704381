"""A private Dovecot for tests: IMAP, IMAPS, POP3 and POP3S on free loopback ports, and addresses that misbehave.

Any user name signs in with :data:`PASSWORD`. Users ``...@dots`` have their folders under ``INBOX.`` with ``.`` between
levels, as Courier and Cyrus have. Which loopback address is connected to decides how the server is set up:

==============  =====================================================================
``localhost``   a good certificate (``127.0.0.1`` as well)
``EXPIRED``     a certificate that ended yesterday
``WRONG_NAME``  a certificate for another host
``OTHER_CA``    a certificate of an authority that nobody knows
``NO_TLS``      no TLS at all, so no STARTTLS
``TLS_FIRST``   no sign-in without TLS
``NO_UIDPLUS``  IMAP without UIDPLUS and MOVE
``NO_MOVE``     IMAP without MOVE
==============  =====================================================================
"""

from __future__ import annotations

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from imapclient import imap_utf7

from mailadmin.domain.accounts import AccountType, Encryption, Family
from mailadmin.domain.ports import ServerAccess, Timeouts

from .certificates import Authority, Pem

PASSWORD: Final = "secret"
GOOD: Final = "localhost"
EXPIRED: Final = "127.0.0.2"
WRONG_NAME: Final = "127.0.0.3"
OTHER_CA: Final = "127.0.0.4"
NO_TLS: Final = "127.0.0.5"
TLS_FIRST: Final = "127.0.0.6"
NO_UIDPLUS: Final = "127.0.0.7"
NO_MOVE: Final = "127.0.0.8"
_LISTEN: Final = ("127.0.0.1", EXPIRED, WRONG_NAME, OTHER_CA, NO_TLS, TLS_FIRST, NO_UIDPLUS, NO_MOVE)
_CAPABILITY: Final = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ NAMESPACE UNSELECT CHILDREN"
_START_SECONDS: Final = 20.0

_CONFIGURATION: Final = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap pop3
listen = {listen}
{users}
ssl = yes
ssl_cert = <{good.certificate}
ssl_key = <{good.key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 1000
shutdown_clients = yes
passdb {{
  driver = static
  mechanisms = plain login
  username_filter = *@dots
  args = password={password} userdb_uid={uid} userdb_gid={gid} userdb_home={root}/mail/%u {dots}
}}
passdb {{
  driver = static
  mechanisms = plain login
  username_filter = !*@dots
  args = password={password}
}}
userdb {{
  driver = prefetch
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {ports[0]}
  }}
  inet_listener imaps {{
    port = {ports[1]}
    ssl = yes
  }}
  process_min_avail = 1
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {ports[2]}
  }}
  inet_listener pop3s {{
    port = {ports[3]}
    ssl = yes
  }}
  process_min_avail = 1
}}
local {expired} {{
  ssl_cert = <{bad[0].certificate}
  ssl_key = <{bad[0].key}
}}
local {wrong_name} {{
  ssl_cert = <{bad[1].certificate}
  ssl_key = <{bad[1].key}
}}
local {other_ca} {{
  ssl_cert = <{bad[2].certificate}
  ssl_key = <{bad[2].key}
}}
local {no_tls} {{
  ssl = no
}}
local {tls_first} {{
  ssl = required
  disable_plaintext_auth = yes
}}
local {no_uidplus} {{
  protocol imap {{
    imap_capability = {capability}
  }}
}}
local {no_move} {{
  protocol imap {{
    imap_capability = {capability} UIDPLUS
  }}
}}
"""
_UNPRIVILEGED: Final = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service imap-login {{
  chroot =
}}
service pop3-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    """A Dovecot of our own in a short temporary folder (UNIX socket paths are limited to 107 octets)."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="dv"))
        self.root.chmod(0o755)
        for name in ("run", "state", "mail", "tls"):
            (self.root / name).mkdir(mode=0o755)
        self.authority = Authority(self.root / "tls")
        self.good = self.authority.issue("good", "localhost", "127.0.0.1", TLS_FIRST, NO_UIDPLUS, NO_MOVE)
        stranger = Authority(self.root / "tls", "Unknown CA")
        self.bad: tuple[Pem, Pem, Pem] = (
            self.authority.issue("expired", EXPIRED, days=-1),
            self.authority.issue("wrong", "other.example"),
            stranger.issue("stranger", OTHER_CA),
        )
        # root may not own mail in Dovecot: Debian's "mail" user does
        self._uid, self._gid = (8, 8) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        os.chown(self.root / "mail", self._uid, self._gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self.ports = (0, 0, 0, 0)

    # --- the server ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start, and wait until all ports answer."""
        for attempt in range(3):  # another process may take a port that was free a moment ago
            self.ports = _free_ports()
            self._configure()
            if self._try_to_start():
                return
            self.stop(remove=False)
            if attempt == 2:
                raise RuntimeError(f"Dovecot does not start:\n{self.log()}")

    def _configure(self) -> None:
        unprivileged = _UNPRIVILEGED.format(user=_user_name(), group=_group_name())
        dots = "userdb_namespace/inbox/prefix=INBOX. userdb_namespace/inbox/separator=."
        text = _CONFIGURATION.format(
            root=self.root,
            listen=" ".join(_LISTEN),
            users="" if os.geteuid() == 0 else unprivileged,
            good=self.good,
            bad=self.bad,
            password=PASSWORD,
            uid=self._uid,
            gid=self._gid,
            dots=dots,
            ports=self.ports,
            capability=_CAPABILITY,
            expired=EXPIRED,
            wrong_name=WRONG_NAME,
            other_ca=OTHER_CA,
            no_tls=NO_TLS,
            tls_first=TLS_FIRST,
            no_uidplus=NO_UIDPLUS,
            no_move=NO_MOVE,
        )
        (self.root / "dovecot.conf").write_text(text + self._more())

    def _more(self) -> str:
        """Settings that come on top; the last one of a name counts."""
        return ""

    def _try_to_start(self) -> bool:
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise RuntimeError("the program dovecot is missing (Debian packages dovecot-imapd and dovecot-pop3d)")
        with (self.root / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [program, "-F", "-c", str(self.root / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if all(_answers(port) for port in self.ports):
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
        return False

    def stop(self, *, remove: bool = True) -> None:
        """Stop, and remove everything."""
        if self._process is not None:
            # the whole group: the master alone waits seconds for its children
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
        if remove:
            shutil.rmtree(self.root, ignore_errors=True)

    def log(self) -> str:
        """What Dovecot has logged."""
        return "".join(
            (self.root / name).read_text(errors="replace")
            for name in ("output", "dovecot.log")
            if (self.root / name).exists()
        )

    # --- ways in ---------------------------------------------------------------------------------------------------

    def port(self, account_type: AccountType) -> int:
        """The port for an account type."""
        index = 0 if account_type.family is Family.IMAP else 2
        return self.ports[index + (account_type.encryption is Encryption.TLS)]

    def access(
        self,
        user: str,
        account_type: AccountType = AccountType.IMAPS,
        *,
        host: str = GOOD,
        folder: str = "INBOX",
        command: float = 20,
    ) -> ServerAccess:
        """Everything to open the mailbox of a user, trusting our authority."""
        access = ServerAccess(
            type=account_type,
            host=host,
            port=self.port(account_type),
            username=user,
            folder=folder,
            timeouts=Timeouts(connect=10, tls=10, greeting=10, command=command),
        )
        encrypted = account_type.encryption is not Encryption.NONE
        return replace(access, ca_file=str(self.authority.file)) if encrypted else access

    # --- mail ------------------------------------------------------------------------------------------------------

    def _maildir(self, user: str, folder: str = "INBOX") -> Path:
        root = self.root / "mail" / user / "Maildir"
        if folder.upper() == "INBOX":
            return root
        encoded: str = imap_utf7.encode(folder).decode("ascii")
        return root / ("." + encoded.replace("/", "."))

    def create_folder(self, user: str, folder: str = "INBOX") -> Path:
        """Make a folder (levels parted by ``/``) straight in the Maildir."""
        maildir = self._maildir(user, folder)
        top = self.root / "mail" / user
        for path in (top, self._maildir(user), maildir, *(maildir / name for name in ("cur", "new", "tmp"))):
            if not path.is_dir():
                path.mkdir(mode=0o700)
                os.chown(path, self._uid, self._gid)
        return maildir

    def deliver(self, user: str, *messages: bytes, folder: str = "INBOX", flags: str = "") -> None:
        r"""Put messages straight into the Maildir, octet by octet; ``flags`` as in file names (``S`` seen, ``T``)."""
        maildir = self.create_folder(user, folder)
        for raw in messages:
            name = f"{1_700_000_000 + next(self._numbers)}.M{time.time_ns() % 1_000_000}P{os.getpid()}.test"
            path = maildir / "tmp" / name
            path.write_bytes(raw)
            os.chown(path, self._uid, self._gid)
            path.rename(maildir / "cur" / f"{name}:2,{flags}")

    def files(self, user: str, folder: str = "INBOX") -> list[Path]:
        """The files of all messages, oldest first."""
        maildir = self._maildir(user, folder)
        found = itertools.chain.from_iterable((maildir / part).glob("*") for part in ("cur", "new"))
        return sorted(found, key=lambda path: path.name)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The octets of all messages that are left, oldest first."""
        return [path.read_bytes() for path in self.files(user, folder)]

    def flags(self, user: str, folder: str = "INBOX") -> list[str]:
        """The flags of all messages as their file names have them, oldest first."""
        return [path.name.partition(":2,")[2] for path in self.files(user, folder)]

    def folders(self, user: str) -> list[str]:
        """The folders on disk, levels parted by ``/``."""
        found = (path.name[1:].replace(".", "/") for path in self._maildir(user).glob(".*") if path.is_dir())
        return sorted(imap_utf7.decode(name.encode("ascii")) for name in found)

    def clear(self, users: Iterable[str]) -> None:
        """Remove whole mailboxes."""
        for user in users:
            shutil.rmtree(self.root / "mail" / user, ignore_errors=True)


def _user_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _group_name() -> str:
    return grp.getgrgid(os.getegid()).gr_name


def _free_ports() -> tuple[int, int, int, int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        first, second, third, fourth = (int(sock.getsockname()[1]) for sock in sockets)
        return first, second, third, fourth


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
