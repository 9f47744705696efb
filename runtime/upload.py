"""Takes in a folder from Trainyard: as a dataset of this machine, or as the content of a folder that mirrors it.

Sent over stdin for one upload and never stored. The request is one JSON line; after it, both ways carry frames as in
`transfer.py`, and errors are told as there. A connection that ends is not an error, what was received so far is kept.

{"root", "source": 64 hex digits that name the sender's folder, "base": hash it had or null}
or {"folder": path}
    <- {"event": "found", "stage", "empty", "door": path of a socket at which lanes come in, or null}
                                                         whether nothing is here that could hold anything of it
    -> BEGIN (token of its lanes): perhaps much later; until then the files of the base get second names, which the tree
       begins with
    <- {"event": "waiting"}                              another upload of this folder is under way
    <- {"event": "send", "empty"}                        the same, now that nobody else changes that
    -> ASKED and COMING: entries of the tree, parents first; the content of the latter is on its way unasked
    <- {"event": "need", "files": [[index] or [index, missing blocks as [first, count]]...], "late": [index...], "told"}
                                                         for each ASKED; what is late may be told at the end of the tree
    -> SAME (first, count): the next entries, which are those of the base from that one on; the error "base" when they are not
    -> PART [part, size] before the blocks of what is not told yet
    -> SLAB (number of files, length of the list; LISTED, path and sha256 of each; their contents), BLOCK (name of a part,
       offset, up to 1 MiB), packed ones (a frame of any kind but these, by zlib, or its size and the frame, by zstd),
       ALIVE now and then: at any time, here or to a `lane.py`
    -> ZSTD, once packing pays
    <- {"event": "unpacks", "zstd": whether it may be packed by that}
    -> END {"hash", "landed": whether all that was on its way has passed}
    <- {"event": "ready"}, -> FINISH (number of lanes that were told the same)
                                                         unless nothing was needed and all has landed
    <- {"event": "done", "path"}, or the error "rejected" with the "path" of a file whose content is not what was told
"""

import contextlib
import json

from door import *

STALE_STAGE_SECONDS = 7 * 24 * 3600
# In the name of a folder of what was linked before the upload began.
AHEAD = b".ahead-"


def upload(request, channel):
    if "source" in request:
        source = check_hex(request["source"], 64).encode("ascii")
        datasets = os.path.join(byte_path(request["root"]), b"datasets")
        stage = os.path.join(datasets, source + b".partial")
        base = Base(datasets, request["base"])
        say_found(channel, stage, not (manifests_in(datasets) or os.path.exists(stage)))
        with linked_ahead(base, os.path.join(datasets, source), channel):
            upload_dataset(datasets, stage, token_of_begin(channel), base, channel)
    else:
        folder = os.path.realpath(byte_path(request["folder"]))
        refuse_precious(folder)
        say_found(channel, os.path.join(folder, FOLDER_STAGE), not (os.path.isdir(folder) and os.listdir(folder)))
        upload_folder(folder, token_of_begin(channel), channel)


def say_found(channel, stage, is_empty):
    door = open_door()
    channel.say("found", stage=name_of(stage), empty=is_empty, door=door and name_of(door))


def token_of_begin(channel):
    """Waits until the upload begins."""
    return check_hex(channel.begin().decode("latin-1"), TOKEN_BYTES).encode("ascii")


@contextlib.contextmanager
def linked_ahead(base, source, channel):
    """While the upload does not begin, the base's files get second names in a folder of their own: nearly all that a
    version needs in which little changed. What nobody took of it goes at the end.
    """
    if channel.has_more() or not base.listed:
        yield
        return
    signal.signal(signal.SIGTERM, end_in_order)
    folder = source + AHEAD + os.urandom(8).hex().encode("ascii") + b".partial"
    with locked(folder, channel):
        try:
            with contextlib.suppress(OSError):
                for _ in base.link_ahead(os.path.join(folder, TREE)):
                    if channel.has_more():
                        break
                else:
                    system_library()  # for the end, where it would take as long as the rest
            yield
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with contextlib.suppress(FileNotFoundError):  # on a disk without locks, another upload took it for left
                discard_stage(folder)


def end_in_order(_number, _frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked twice, it still tidies up
    raise Gone


def upload_dataset(datasets, stage, token, base, channel):
    with locked(stage, channel):
        discard_stale_stages(datasets, stage)
        arrival = Arrival(channel, token, stage, Datasets(datasets, base))
        name = check_hex(arrival.receive()["hash"], 64).encode("ascii")
        path = os.path.join(datasets, name)
        with locked(path + b".partial", channel):
            if not arrival.is_base(path) and not is_complete(path):
                finish_dataset(arrival, path)
            discard_stage(path + b".partial")
        if path == base.tree:
            base.give_back_ahead(arrival.tree)
        discard_stage(stage)
    channel.say("done", path=name_of(path))


def finish_dataset(arrival, path):
    """Gives a tree that has arrived the name of its content. Where a damaged one has it, that is mended in place."""
    exists = os.path.isdir(path)
    tree = path if exists else arrival.tree
    arrival.settle(tree)
    flush_to_disk(arrival.tree)
    manifest = path + b".manifest"
    # What is killed between the two names would have all of it sent again, so nothing takes time there.
    written = write_manifest(manifest + b".new", arrival.manifest(tree))
    if not exists:
        os.rename(tree, path)
    os.replace(written, manifest)


def is_complete(path):
    listed = read_manifest(path + b".manifest")
    return listed is not None and os.path.isdir(path) and all(is_as_listed(path, fields) for fields in listed)


def discard_stale_stages(datasets, own):
    """What uploads that nobody came back to left behind, and those that stood by and were killed."""
    os.utime(own)
    for name in os.listdir(datasets):
        stage = os.path.join(datasets, name)
        status = status_of(stage)
        stale = status is not None and (AHEAD in name or time.time() - status.st_mtime > STALE_STAGE_SECONDS)
        if not (name.endswith(b".partial") and stale and stage != own):
            continue
        handle = os.open(os.path.join(stage, LOCK), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if try_lock(handle):
                discard_stage(stage)
        finally:
            os.close(handle)


def upload_folder(folder, token, channel):
    stage = os.path.join(folder, FOLDER_STAGE)
    with locked(stage, channel):
        mirror = Mirror(folder)
        arrival = Arrival(channel, token, stage, mirror)
        arrival.receive()
        flush_to_disk(stage)
        if mirror.is_empty:
            arrival.settle(arrival.tree)
            for name in os.listdir(arrival.tree):
                os.rename(os.path.join(arrival.tree, name), os.path.join(folder, name))
        else:
            arrival.settle(folder)
            mirror.remove_extras(arrival.wanted)
            arrival.dress_folders(folder)
        discard_stage(stage)
    channel.say("done", path=name_of(folder))


def refuse_precious(folder):
    """A mirror deletes what its source does not have; that must never be somebody's home or the whole disk."""
    home = os.path.realpath(os.path.expanduser(b"~"))
    if folder == b"/" or (home + b"/").startswith(folder + b"/"):
        raise Refusal(
            "folder",
            "{} holds the home folder; name a folder of its own, everything else in it would be deleted".format(
                text(folder)
            ),
        )
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise Refusal("folder", "{} is not a folder".format(text(folder)))


def flush_to_disk(path):
    """Makes everything written below `path` survive a power cut; one call for the whole file system."""
    handle = os.open(path, os.O_RDONLY)
    try:
        sync_file_system(handle)
    finally:
        os.close(handle)


def sync_file_system(handle):
    try:
        if system_library().syncfs(handle) == 0:
            return
    except (AttributeError, OSError):
        pass  # no ctypes, or a system without syncfs: flush everything
    os.sync()


def system_library():
    """By ctypes; None without that."""
    with contextlib.suppress(ImportError, OSError):
        import ctypes

        return ctypes.CDLL(None)
    return None


@contextlib.contextmanager
def locked(folder, channel):
    """Makes the folder and holds it alone. Waits for another holder, and ends when our own caller goes."""
    path = os.path.join(folder, LOCK)
    told = False
    while True:
        os.makedirs(folder, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # the folder went between the two lines: its last holder is done with it
        try:
            if not try_lock(handle):
                if not told:
                    channel.say("waiting")
                    told = True
                channel.pause(LOCK_POLL_SECONDS)
                continue
            now = status_of(path)
            if now is not None and os.path.samestat(now, os.fstat(handle)):
                yield
                return
        finally:
            os.close(handle)


def discard_stage(stage):
    """Empties and removes a folder we hold. The lock goes last, so that nobody enters a half-removed folder."""
    for name in os.listdir(stage):
        if name != LOCK:
            remove(os.path.join(stage, name))
    os.unlink(os.path.join(stage, LOCK))
    try:
        os.rmdir(stage)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise  # otherwise the next one is already waiting inside


run(lambda line, channel: upload(json.loads(line), channel))
