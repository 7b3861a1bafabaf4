"""A table of nftables that dies with this process: the kernel's own dead-man switch.

A table with `flags owner` belongs to the netlink socket that made it. When that is closed, by whatever
ends the process, the kernel deletes the table, and until then nobody else can touch it. Programs come and
go too fast to own one, hence the library that nft itself is made of.

With the table the kernel forgets how to translate what is redirected. The connections of a dying process
have to be reset before, or nobody tells their clients: Linux closes the descriptor that is highest first.
"""

import ctypes
import os
from typing import Final

LIBRARY: Final = "libnftables.so.1"
_CLONE_NEWNET: Final = 0x40000000


def enter_namespace(path: str) -> None:
    """From now on the sockets of this process are those of that network namespace; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    finally:
        os.close(descriptor)


class Nftables:
    """One netlink socket, by which tables are made and owned."""

    def __init__(self) -> None:
        library = ctypes.CDLL(LIBRARY)
        library.nft_ctx_new.restype = ctypes.c_void_p
        library.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self._run = library.nft_run_cmd_from_buffer
        self._said = library.nft_ctx_get_error_buffer
        self._context = ctypes.c_void_p(library.nft_ctx_new(0))
        if self._context.value is None:
            raise OSError("the kernel gives no netlink socket for nftables")
        library.nft_ctx_buffer_error(self._context)
        library.nft_ctx_buffer_output(self._context)

    def run(self, script: str) -> None:
        """One transaction, in the words of nft: all of it, or nothing. Raises OSError."""
        if self._run(self._context, ctypes.c_char_p(script.encode())) != 0:
            said = self._said(self._context).decode(errors="replace").strip()
            raise OSError(f"nft refuses: {said.splitlines()[0] if said else 'it does not say why'}")
