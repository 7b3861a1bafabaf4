"""Whose connections: those of a user's processes, or of a cgroup's, in the words of nft."""

import os
import pwd
from pathlib import Path
from typing import Final

_NFT_LOOKS_IN: Final = Path("/sys/fs/cgroup")
"""Where nft looks for cgroups, also where those of version 2 are mounted below it."""


def missing(user: str | None, cgroup: str | None) -> str | None:
    """Why there is nobody like that, or None."""
    if user is not None and _user_id(user) is None:
        return f"there is no user {user}"
    if cgroup is not None and _folder(cgroup) is None:
        return f"there is no cgroup {cgroup} of version 2"
    return None


def in_words(user: str | None, cgroup: str | None) -> str:
    """As nft matches them; nothing where everybody is meant."""
    words = []
    if user is not None:
        words.append(f"meta skuid {_user_id(user)}")
    if cgroup is not None and (folder := _folder(cgroup)):
        level = len(Path(cgroup).parts) - 1
        words.append(f'socket cgroupv2 level {level} "{folder.relative_to(_NFT_LOOKS_IN)}"')
    return " ".join(words)


def _user_id(user: str) -> int | None:
    if user.isdigit():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def _folder(cgroup: str) -> Path | None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        if right.startswith("cgroup2 "):
            folder = Path(os.path.normpath(left.split()[4] + cgroup))
            if folder.is_dir() and folder.is_relative_to(_NFT_LOOKS_IN):
                return folder
    return None
