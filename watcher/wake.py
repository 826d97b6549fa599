"""A way to wake a thread that waits at descriptors: from any thread, at any time, any often."""

from __future__ import annotations

import os
import threading


class Wake:
    """A pipe with one reader. `ring` may be called from any thread, even after `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.fd, self._out = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._out, False)
        self._closed = False

    def ring(self) -> None:
        """Wake the reader."""
        with self._lock:
            if not self._closed:
                try:
                    os.write(self._out, b"!")
                except BlockingIOError:
                    return  # it has been rung more than often enough

    def drain(self) -> None:
        """Be ready for the next ring; called by the reader."""
        try:
            while os.read(self.fd, 4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the pipe back."""
        with self._lock:
            self._closed = True
            os.close(self.fd)
            os.close(self._out)
