"""Who runs a server: database servers refuse to run as root, so that root's are run by nobody."""

import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from shutil import disk_usage
from typing import TypedDict

USER = "nobody"

_ROOM = 2**30
"""Bytes that a server's folder may need; a container's memory file system often has far fewer."""


class User(TypedDict):
    """Arguments of `subprocess.Popen` that choose a user; None is the present one."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def user() -> User:
    """Whoever runs servers here."""
    if os.geteuid() != 0:
        return {"user": None, "group": None, "extra_groups": None}
    entry = pwd.getpwnam(USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def make_folder() -> Path:
    """Make an empty folder that is the server's user's alone, in memory where possible."""
    for parent in (Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if os.access(parent, os.W_OK | os.X_OK) and _can_be_reached(parent) and disk_usage(parent).free >= _ROOM:
            folder = Path(tempfile.mkdtemp(prefix="unitofwork-", dir=parent))
            give_away(folder)
            return folder
    raise OSError("no temporary folder has room for a server and can be reached by the user who is to run it")


def give_away(folder: Path) -> None:
    """Make a folder, with all that is in it, the server's user's own."""
    match user():
        case {"user": int() as owner, "group": int() as group}:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner, group, follow_symlinks=False)
        case _:
            return  # whoever made it is the one


def can_run(program: Path) -> bool:
    """Whether the server's user may run a program: one below a folder of mode 0700 may be root's alone."""
    try:
        done = subprocess.run(
            [program, "--version"],
            cwd="/",
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
            **user(),
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _can_be_reached(folder: Path) -> bool:
    return user()["user"] is None or all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))
