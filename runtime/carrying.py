"""One lane of an upload, by whichever way it came: as `lane.py`, or by the door of `upload.py`.

Sent in the place of the line that imports it, like `landing.py`.
"""

from files import *


ADMIT = b"A"
# Mostly the stage is the upload's in a moment; another one may have it for long.
SHORTEST_ADMISSION_POLL_SECONDS, LONGEST_ADMISSION_POLL_SECONDS = 0.002, 0.1


def carry(_request, channel):
    """One lane, from its admission to its end."""
    token, stage = admission(channel)
    with admitted(channel, token, stage):
        channel.knows_sender = lambda: goes_on(stage, token)
        tell(channel, b"open")
        landing = Landing(stage)
        try:
            while True:
                kind, payload = channel.receive()
                if kind == FINISH:
                    break
                landing.take(kind, payload)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise Refusal("disk-full", "no room", path=name_of(stage), needed=0, free=free_bytes(stage)) from error
        # For the program that holds the stage, which would hear of it a round trip later from the sender.
        with open(os.path.join(stage, LANDED), "ab") as landed:
            landed.write(b"1")
        tell(channel, b"landed")


def admitted(channel, token, stage):
    """The stage's list of lanes, locked as by one of them. Waits for the upload to get hold of its stage."""
    patience_ends = time.monotonic() + SILENCE_SECONDS
    pause = SHORTEST_ADMISSION_POLL_SECONDS
    while token_of(stage) != token:
        if time.monotonic() > patience_ends:
            if not is_held(stage):
                raise Gone
            patience_ends += SILENCE_SECONDS
        channel.pause(pause)
        pause = min(pause * 1.05, LONGEST_ADMISSION_POLL_SECONDS)
    lanes = open(os.path.join(stage, LANES), "rb")
    if not try_lock(lanes, fcntl.LOCK_SH) or lanes.read() != token:
        raise Gone
    return lanes


def token_of(stage):
    """Of the upload that holds the stage; None before it says so."""
    try:
        with open(os.path.join(stage, LANES), "rb") as lanes:
            return lanes.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_held(stage):
    try:
        with open(os.path.join(stage, LOCK), "rb") as lock:
            return not try_lock(lock, fcntl.LOCK_SH)
    except (FileNotFoundError, NotADirectoryError):
        return False


def goes_on(stage, token):
    """Whether the upload still holds its stage. On a slow line, megabytes for one lane may be ahead of what comes for another
    one, and the program that holds the stage knows when the sender is gone.
    """
    return token_of(stage) == token and is_held(stage)


def admission(channel):
    while True:
        kind, payload = channel.receive()
        if kind == ADMIT:
            return bytes(payload[:TOKEN_BYTES]), bytes(payload[TOKEN_BYTES:])
        if kind != ALIVE:
            raise Refusal("protocol", "a frame of kind {} was not expected".format(kind))


def tell(channel, event):
    channel.send(MESSAGE, b'{"event": "%s"}' % event)
    channel.flush()
