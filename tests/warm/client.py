"""Stands as ``python``: asks the server beside it to run these arguments, passes signals on, ends as the script ends.

Runs with ``-I -S``, so that nothing of the environment reaches it. What the server declines, the real interpreter runs.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run ``sys.argv[1:]``."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        server.connect(str(Path(sys.argv[0]).with_name("socket")))
        request = {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": str(Path.cwd())}
        told = json.dumps(request).encode()
        socket.send_fds(server, [len(told).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(told)
        accepted = server.recv(1) == b"y"
    except OSError:
        accepted = False
    if not accepted:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    for number in FORWARDED:
        signal.signal(number, lambda number, _: server.sendall(bytes([number])))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    code = int.from_bytes(server.recv(4), "big", signed=True)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    os._exit(code)


main()
