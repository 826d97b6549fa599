"""Where a store lies on disk: its directory, who may enter it, and setting a damaged one aside."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cache.faults import Damage, printable
from cache.store import Report, StoreError

_PRIVATE = 0o700
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_SHARED_ON_PURPOSE = stat.S_ISVTX | stat.S_ISGID
_SET_ASIDE_KEPT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """One store's own directory `<directory>/<name>`, and the database in it.

    `directory` is absolute and may be shared with other stores; everything in `home` is ours.
    """

    directory: Path
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_-]+", self.name):
            raise ValueError(f"{self.name!r} is no name for a store: use a-z, 0-9, - and _")

    @property
    def home(self) -> Path:
        """The store's own directory."""
        return self.directory / self.name

    @property
    def database(self) -> Path:
        """The SQLite file; SQLite puts two more beside it while it is open."""
        return self.home / "cache.db"

    def prepare(self, report: Report) -> None:
        """Make what is missing, so that nobody else may enter it.

        Raises StoreError for a place that somebody else has a hand in, Damage where something
        that is no store lies in the way, OSError where the disk refuses.
        """
        _make_or_check(self.directory, report)
        state = _lstat(self.home)
        if state is None:
            self.home.mkdir(_PRIVATE)
            _hand_over(self.home, self.directory)
        else:
            self._check_home(state)
        self._check_files()

    def _check_home(self, state: os.stat_result) -> None:
        if stat.S_ISLNK(state.st_mode):
            _refuse_link(self.home)
        if not stat.S_ISDIR(state.st_mode):
            raise Damage("its directory is a file")
        if os.geteuid() not in (0, state.st_uid):
            _refuse_owner(self.home, state)
        if state.st_mode & 0o077:
            self.home.chmod(_PRIVATE)

    def _check_files(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            state = _lstat(Path(f"{self.database}{suffix}"))
            if state is not None and not stat.S_ISREG(state.st_mode):
                raise Damage(f"cache.db{suffix} is no ordinary file")
        if _lstat(self.database) is None:
            flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY
            with suppress(FileExistsError):  # another process was faster
                os.close(os.open(self.database, flags, 0o600))
                _hand_over(self.database, self.directory)

    def set_aside(self, now: float) -> Path:
        """Move the store's directory out of the way, keep it and at most one older; its new path.

        Nothing in it is read or followed. Raises OSError where the disk refuses.
        """
        stem = f"{self.name}.damaged-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
        taken = sorted(self.directory.glob(f"{self.name}.damaged-*"))
        aside = next(
            free
            for number in range(len(taken) + 1)
            if (free := self.directory / (f"{stem}-{number}" if number else stem)) not in taken
        )
        self.home.rename(aside)
        for old in taken[: max(0, len(taken) - (_SET_ASIDE_KEPT - 1))]:
            _remove(old)
        return aside


def identity(path: str) -> tuple[int, int] | None:
    """Device and inode of a file; None where there is none. A string, for it is asked often."""
    try:
        state = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state.st_dev, state.st_ino


def _make_or_check(directory: Path, report: Report) -> None:
    """Make the directory that holds the stores for ourselves, or see that it is safe to use."""
    euid = os.geteuid()
    link = _lstat(directory)
    if link is not None and stat.S_ISLNK(link.st_mode) and link.st_uid not in (0, euid):
        # One made by root or ourselves is fine: with DynamicUser= systemd makes
        # /var/lib/NAME a link to private/NAME (measured with systemd 252 and 257).
        _refuse_link(directory)
    directory.mkdir(_PRIVATE, parents=True, exist_ok=True)
    state = directory.stat()
    if euid != 0 and state.st_uid not in (0, euid):
        _refuse_owner(directory, state)
    if state.st_mode & _BY_OTHERS:
        _shut_out_others(directory, state, report)


def _shut_out_others(directory: Path, state: os.stat_result, report: Report) -> None:
    if state.st_uid != os.geteuid() or state.st_mode & _SHARED_ON_PURPOSE:
        # /tmp, or a share: changing its mode would break it for those it was made for.
        raise StoreError(
            f"the directory {printable(directory)} can be written by other users, who could "
            "exchange what is stored there; use a directory of its own inside it, "
            f"or run: chmod 700 {shlex.quote(str(directory))}"
        )
    directory.chmod(_PRIVATE)
    report(
        f"The directory {printable(directory)} could be written by other users; "
        "its mode is 700 now."
    )


def _refuse_link(path: Path) -> None:
    raise StoreError(
        f"{printable(path)} is a symbolic link, and stores are not kept behind one; "
        f"use the directory itself, or run: rm {shlex.quote(str(path))}"
    )


def _refuse_owner(path: Path, state: os.stat_result) -> None:
    raise StoreError(
        f"{printable(path)} belongs to user {state.st_uid}, and this process runs as user "
        f"{os.geteuid()}; use another directory, or run: "
        f"chown -R {os.geteuid()} {shlex.quote(str(path))}"
    )


def _hand_over(made: Path, directory: Path) -> None:
    """Give what root made to the owner of the directory: the service must be able to use it.

    Without this, `sudo plexnudge cache stats` before the first start would lock the service out.
    """
    owner = directory.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _remove(path: Path) -> None:
    """Take an old directory that was set aside away, as far as that is possible."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
