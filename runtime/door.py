"""Lets lanes into an upload without a login script or a Python of their own: by a socket, to which the server that our
sender came by forwards it.

Sent in the place of the line that imports it, like `landing.py`.
"""

import socket

from arrival import *

# A socket's path has room for little more than 100 bytes, which a stage's may exceed.
DOORS = b"/tmp"
MOST_WAITING = 16


def open_door():
    """Path of a socket at which each connection becomes a lane; None where there can be none. Only we can reach it, and it
    goes when this program does, however that ends.
    """
    folder = os.path.join(DOORS, b"trainyard-" + os.urandom(8).hex().encode("ascii"))
    path = os.path.join(folder, b"lanes")
    try:
        os.mkdir(folder, 0o700)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(MOST_WAITING)
        ours_ends, ours = os.pipe()
        keeper = os.fork()
    except (AttributeError, OSError):
        return None
    if keeper == 0:
        os.close(ours)
        try:
            keep_door(listener, ours_ends, path)
        finally:
            leave(0)
    listener.close()
    os.close(ours_ends)
    return path


def keep_door(listener, ours_ends, path):
    """Each lane is a process, since one alone cannot hash and write for all. Apart from the group of the program, with which
    a kill would leave the socket behind.
    """
    os.setsid()
    let_go_of_streams()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        while ours_ends not in select.select([listener, ours_ends], [], [])[0]:
            connection = listener.accept()[0]
            if os.fork() == 0:
                try:
                    listener.close()
                    run(carry, connection.makefile("rb"), connection.makefile("wb"))
                finally:
                    leave(0)  # whatever goes wrong with a lane, the door stays
            connection.close()
    finally:
        os.unlink(path)
        os.rmdir(os.path.dirname(path))


def let_go_of_streams():
    """As long as we hold them, the program's own end does not show."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
