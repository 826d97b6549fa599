"""A small FUSE file system that shows a directory at another place, for tests; no library needed.

`python fuse_mirror.py SOURCE POINT` mounts it (which needs root), says `ready`, and serves until it
is unmounted or killed. What happens in SOURCE behind its back raises no event at POINT, as with
sshfs, mergerfs or rclone. Its directories do not tell which names are directories, as those of
some file systems do not: whoever reads one has to ask. It speaks the kernel's protocol,
`<linux/fuse.h>`, as far as ordinary programs need it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE: Final = "fuse.mirror"
_IN = struct.Struct("=IIQQIIIHH")
_OUT = struct.Struct("=IiQ")
_ATTR = struct.Struct("=6Q10I")
_ENTRY = struct.Struct("=4Q2I")
_OPEN = struct.Struct("=QII")
_ROOT: Final = 1
_TREE_VALID_S: Final = 0
"""Names and attributes are never cached: the next look goes to the source."""


class Mirror:
    """Answers the kernel. Nodes are known by number, and their paths kept by it."""

    def __init__(self, source: bytes) -> None:
        self._paths: dict[int, bytes] = {_ROOT: source}
        self._numbers: dict[bytes, int] = {source: _ROOT}
        self._next = _ROOT + 1
        self._answers: dict[int, Callable[[int, bytes], bytes]] = {
            1: self.lookup,
            3: self.getattr,
            4: self.setattr,
            5: self.readlink,
            6: self.symlink,
            8: self.mknod,
            9: self.mkdir,
            10: self.unlink,
            11: self.rmdir,
            12: self.rename,
            13: self.link,
            14: self.open,
            15: self.read,
            16: self.write,
            17: self.statfs,
            18: self.release,
            20: self.nothing,
            25: self.nothing,
            26: self.init,
            27: self.nothing_open,
            28: self.readdir,
            29: self.nothing,
            30: self.nothing,
            35: self.create,
            45: self.rename2,
        }

    def answer(self, request: bytes) -> bytes | None:
        """Answer one request; None where none is expected."""
        _, opcode, unique, node, *_ = _IN.unpack_from(request)
        if opcode in {2, 36, 42}:  # FORGET, INTERRUPT, BATCH_FORGET
            return None
        error, data = 0, b""
        try:
            data = self._answers.get(opcode, self.unknown)(node, request[_IN.size :])
        except OSError as failure:
            error = failure.errno or errno.EIO
        return _OUT.pack(_OUT.size + len(data), -error, unique) + data

    # nodes

    def _number(self, path: bytes) -> int:
        number = self._numbers.get(path)
        if number is None:
            number = self._next
            self._next += 1
            self._numbers[path] = number
            self._paths[number] = path
        return number

    def _at(self, node: int, name: bytes) -> bytes:
        return self._paths[node] + b"/" + name.rstrip(b"\0")

    def _forget(self, path: bytes) -> None:
        for known in [one for one in self._numbers if one == path or one.startswith(path + b"/")]:
            self._paths[self._numbers.pop(known)] = b"/nowhere"

    def _attr(self, path: bytes) -> bytes:
        st = os.lstat(path)
        times = [st.st_atime_ns, st.st_mtime_ns, st.st_ctime_ns]
        return _ATTR.pack(
            self._number(path),
            st.st_size,
            st.st_blocks,
            *(ns // 10**9 for ns in times),
            *(ns % 10**9 for ns in times),
            st.st_mode,
            st.st_nlink,
            st.st_uid,
            st.st_gid,
            0,
            4096,
            0,
        )

    def _entry(self, path: bytes) -> bytes:
        attr = self._attr(path)
        head = _ENTRY.pack(self._number(path), 0, _TREE_VALID_S, _TREE_VALID_S, 0, 0)
        return head + attr

    # requests

    def init(self, _node: int, data: bytes) -> bytes:
        _, minor, readahead, _ = struct.unpack_from("=4I", data)
        head = struct.pack("=4I", 7, min(minor, 31), readahead, 0)
        return head + struct.pack("=HHIIHHI7I", 12, 9, 1 << 17, 1, 32, 0, *[0] * 8)

    def lookup(self, node: int, data: bytes) -> bytes:
        return self._entry(self._at(node, data))

    def getattr(self, node: int, _data: bytes) -> bytes:
        return struct.pack("=QII", _TREE_VALID_S, 0, 0) + self._attr(self._paths[node])

    def setattr(self, node: int, data: bytes) -> bytes:
        valid, _, _, size = struct.unpack_from("=IIQQ", data)
        path = self._paths[node]
        mode = struct.unpack_from("=I", data, 68)[0]
        if valid & 8:
            os.truncate(path, size)
        if valid & 1:
            os.chmod(path, stat.S_IMODE(mode))  # noqa: PTH101 - bytes
        return self.getattr(node, b"")

    def readlink(self, node: int, _data: bytes) -> bytes:
        return os.readlink(self._paths[node])  # noqa: PTH115 - bytes

    def symlink(self, node: int, data: bytes) -> bytes:
        name, target = data.split(b"\0")[:2]
        os.symlink(target, self._at(node, name))  # noqa: PTH211 - bytes
        return self._entry(self._at(node, name))

    def mknod(self, node: int, data: bytes) -> bytes:
        mode = struct.unpack_from("=I", data)[0]
        path = self._at(node, data[16:])
        os.mknod(path, mode)
        return self._entry(path)

    def mkdir(self, node: int, data: bytes) -> bytes:
        path = self._at(node, data[8:])
        os.mkdir(path)  # noqa: PTH102 - bytes
        return self._entry(path)

    def unlink(self, node: int, data: bytes) -> bytes:
        os.unlink(self._at(node, data))  # noqa: PTH108 - bytes
        self._forget(self._at(node, data))
        return b""

    def rmdir(self, node: int, data: bytes) -> bytes:
        os.rmdir(self._at(node, data))  # noqa: PTH106 - bytes
        self._forget(self._at(node, data))
        return b""

    def rename(self, node: int, data: bytes, skip: int = 8) -> bytes:
        target = struct.unpack_from("=Q", data)[0]
        old, new = data[skip:].split(b"\0")[:2]
        source, dest = self._at(node, old), self._at(target, new)
        os.rename(source, dest)  # noqa: PTH104 - bytes
        self._forget(dest)
        for known in [n for n in self._numbers if n == source or n.startswith(source + b"/")]:
            number = self._numbers.pop(known)
            self._paths[number] = dest + known[len(source) :]
            self._numbers[self._paths[number]] = number
        return b""

    def rename2(self, node: int, data: bytes) -> bytes:
        return self.rename(node, data, 16)

    def link(self, node: int, data: bytes) -> bytes:
        old = struct.unpack_from("=Q", data)[0]
        path = self._at(node, data[8:])
        os.link(self._paths[old], path)
        return self._entry(path)

    def open(self, node: int, data: bytes) -> bytes:
        flags = struct.unpack_from("=I", data)[0]
        handle = os.open(self._paths[node], flags & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW))
        return _OPEN.pack(handle, 1, 0)  # without a page cache of its own

    def create(self, node: int, data: bytes) -> bytes:
        flags, mode = struct.unpack_from("=II", data)
        path = self._at(node, data[16:])
        handle = os.open(path, flags | os.O_CREAT, stat.S_IMODE(mode))
        return self._entry(path) + _OPEN.pack(handle, 1, 0)

    def read(self, _node: int, data: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("=QQI", data)
        return os.pread(handle, size, offset)

    def write(self, _node: int, data: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("=QQI", data)
        return struct.pack("=II", os.pwrite(handle, data[40 : 40 + size], offset), 0)

    def release(self, _node: int, data: bytes) -> bytes:
        os.close(struct.unpack_from("=Q", data)[0])
        return b""

    def statfs(self, _node: int, _data: bytes) -> bytes:
        return struct.pack(
            "=5Q4I6I", 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19, 4096, 255, 4096, 0, *[0] * 6
        )

    def unknown(self, _node: int, _data: bytes) -> bytes:
        raise OSError(errno.ENOSYS, "not here")

    def nothing(self, _node: int, _data: bytes) -> bytes:
        return b""

    def nothing_open(self, _node: int, _data: bytes) -> bytes:
        return _OPEN.pack(0, 0, 0)

    def readdir(self, node: int, data: bytes) -> bytes:
        _, offset, size = struct.unpack_from("=QQI", data)
        out = b""
        with os.scandir(self._paths[node]) as entries:
            names = sorted(entry.name for entry in entries)
        for at, name in enumerate(names[offset:], offset + 1):
            one = struct.pack("=QQII", 1, at, len(name), 0) + name  # 0: DT_UNKNOWN
            one += b"\0" * (-len(one) % 8)
            if len(out) + len(one) > size:
                break
            out += one
        return out


def serve(source: str, point: str) -> None:
    """Mount and answer until it is over."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"mirror", os.fsencode(point), TYPE.encode(), 0, options) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), point)
    mirror = Mirror(os.fsencode(source))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        try:
            request = os.read(device, (1 << 17) + 4096)
        except OSError as error:
            if error.errno in {errno.EINTR, errno.ENOENT, errno.EAGAIN}:
                continue
            return  # unmounted
        answer = mirror.answer(request)
        if answer is not None:
            try:
                os.write(device, answer)
            except FileNotFoundError:
                continue  # whoever asked has given up


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
