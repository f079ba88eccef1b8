"""Ctrl-C that waits for the end of the batch."""

import signal
import threading


class Interruption:
    """Context in which Ctrl-C is noted, so that training can stop where a checkpoint is exact.

    A second Ctrl-C raises `KeyboardInterrupt` at once. Outside the main thread, or where something
    else handles the signal, nothing changes.
    """

    def __init__(self):
        self.requested = False
        self._installed = False

    def __enter__(self):
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, *exception):
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, signum, frame):
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
