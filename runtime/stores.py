"""What a machine has already of a folder that is on its way: other datasets, or an earlier state of a mirrored folder.

Sent in the place of the line that imports it, like `landing.py`.
"""

import collections
import contextlib
import json
import shutil

from carrying import *

# More than that is not worth it: what takes long then is the reading here and there.
MOST_LINKED_AHEAD = 50_000
LINKS_BETWEEN_PAUSES = 50

# Where a mirrored folder's files wait until all of them are there: inside it, on its own disk.
FOLDER_STAGE = b".trainyard-partial"


Entry = collections.namedtuple("Entry", "kind path mode mtime_ns size sha256 target part")


def parse_entry(fields):
    kind, path = fields[0], path_of(fields)
    check_relative(path)
    if kind == "d":
        return Entry(kind, path, fields[2] & 0o777 | 0o700, int(fields[3]), 0, None, None, None)
    if kind == "f":
        part = check_hex(fields[6], PART_NAME_LENGTH).encode("ascii") if len(fields) > 6 else None
        mode, sha256 = fields[2] & 0o777 | 0o400, check_hex(fields[5], 64)
        return Entry(kind, path, mode, int(fields[3]), fields[4], sha256, None, part)
    if kind == "l":
        return Entry(kind, path, 0, 0, 0, None, fields[2].encode("latin-1"), None)
    raise Refusal("protocol", "a manifest entry of kind {} is not ours".format(kind))


def entry_fields(entry):
    if entry.kind == "d":
        return ["d", name_of(entry.path), entry.mode, str(entry.mtime_ns)]
    if entry.kind == "f":
        return ["f", name_of(entry.path), entry.mode, str(entry.mtime_ns), entry.size, entry.sha256]
    return ["l", name_of(entry.path), name_of(entry.target)]


def manifests_in(datasets):
    """Names of the files that list what the finished datasets of this machine hold."""
    try:
        return [name for name in os.listdir(datasets) if name.endswith(b".manifest")]
    except FileNotFoundError:
        return []


def read_manifest(path):
    """The fields of all entries of a finished dataset, or None when there is no readable manifest."""
    try:
        with open(path, "rb") as source:
            return [fields for line in source for fields in json.loads(line)]
    except (FileNotFoundError, ValueError, TypeError):
        return None


def manifest_lines(listed):
    """Many entries a line, since that is read faster."""
    for start in range(0, len(listed), 1000):
        yield json.dumps(listed[start : start + 1000]).encode("ascii") + b"\n"


def write_manifest(path, lines):
    """It gets its name last: its presence says that the dataset is whole."""
    with open(path, "wb") as sink:
        sink.writelines(lines)
        sink.flush()
        os.fsync(sink.fileno())
    return path


def path_of(fields):
    return fields[1].encode("latin-1")


def is_as_listed(tree, fields):
    """By kind, size and time: whether an entry of a manifest is still what was listed."""
    return status_as_listed(os.path.join(tree, path_of(fields)), fields) is not None


def status_as_listed(path, fields):
    """lstat of what was listed, or None when it is something else by now."""
    status = status_of(path)
    if status is None:
        return None
    if fields[0] == "f":
        same = status.st_mtime_ns == int(fields[3]) and status.st_size == fields[4] and stat.S_ISREG(status.st_mode)
    elif fields[0] == "d":
        same = stat.S_ISDIR(status.st_mode)
    else:
        same = stat.S_ISLNK(status.st_mode) and os.readlink(path) == fields[2].encode("latin-1")
    return status if same else None


def is_file_with(path, entry):
    status = status_of(path)
    is_file = status is not None and stat.S_ISREG(status.st_mode) and status.st_size == entry.size
    return is_file and content_is(path, entry.sha256)


class Datasets:
    """The finished datasets of this machine: equal files of several are one file on the disk, by hard links.

    A file is believed to hold what the manifest of its dataset says while size and time are as listed, else only by
    its content. Manifests are read one after the other, the likeliest first, until a content is found.
    """

    shares = True

    def __init__(self, datasets, base):
        self._datasets = datasets
        self.base = base
        self._unread = sorted(manifests_in(datasets), key=lambda name: name == base.manifest)
        self._known = {}

    @property
    def is_empty(self):
        return not self._unread and not self._known

    def has(self, _entry):
        return False

    def donor(self, entry):
        """(path, lstat) of a file here with the entry's content, or None."""
        while entry.sha256 not in self._known and self._unread:
            self._learn(self._unread.pop())
        for tree, fields in self._known.get(entry.sha256, ()):
            path = os.path.join(tree, path_of(fields))
            status = status_as_listed(path, fields)
            if status is not None:
                return path, status
            if is_file_with(path, entry):
                return path, os.lstat(path)
        return None

    def _learn(self, name):
        tree = os.path.join(self._datasets, name[: -len(b".manifest")])
        for fields in read_manifest(os.path.join(self._datasets, name)) or ():
            if fields[0] == "f":
                self._known.setdefault(fields[5], []).append((tree, fields))

    def may_have_later(self, _entry):
        return False

    def late_donor(self, _entry, _wanted):
        return None


class Base:
    """The dataset that the sender was left with: what is as it was is told by where it stands there."""

    def __init__(self, datasets, name):
        self.manifest = "{}.manifest".format(name).encode("latin-1")
        self.tree = None if name is None else os.path.join(datasets, check_hex(name, 64).encode("ascii"))
        self._listed = []
        # As they stand in the manifest: of each line where the next one begins among the entries, and its text.
        self._lines = []
        # Where entries have second names and how many, from the first on; how many have them in the tree by that.
        self._ahead, self._linked = (None, 0), 0

    @property
    def listed(self):
        """The fields of all of its entries; none when it is gone."""
        if not self._listed and self.tree is not None:
            self._listed = read_manifest(self.tree + b".manifest") or []
        return self._listed

    def lines(self, first, count):
        """Lines of a manifest with some of its entries; those of its own where they fit."""
        end, begin = first + count, 0
        for line_end, line in self._lines:
            if first == begin and line_end <= end:
                yield line
                first = line_end
            elif begin <= first < line_end:
                part_end = min(line_end, end)
                yield from manifest_lines(self._listed[first:part_end])
                first = part_end
            begin = line_end
        yield from manifest_lines(self._listed[first:end])

    def entries(self, first, count):
        """The fields of some of its entries. @raises Refusal it is gone"""
        if first + count > len(self.listed):
            raise base_refusal()
        return self._listed[first : first + count]

    def is_all_of(self, path, count):
        return path == self.tree and count == len(self._listed)

    def link_ahead(self, tree):
        """Gives entries second names below a folder that is nobody's yet, the first ones first; pauses now and then. No
        links, by which a name may lead elsewhere.
        """
        self._read_lines()
        os.mkdir(tree, 0o700)
        for fields in self.listed[:MOST_LINKED_AHEAD]:
            path = b"/" + path_of(fields)
            if fields[0] == "d":
                os.mkdir(tree + path, 0o700)
            elif fields[0] == "f":
                os.link(self.tree + path, tree + path)
            self._ahead = (tree, self._ahead[1] + 1)
            if self._ahead[1] % LINKS_BETWEEN_PAUSES == 0:
                yield

    def _read_lines(self):
        """While there is time: the manifest of the next version will have most of them, too."""
        end = 0
        with open(self.tree + b".manifest", "rb") as source:
            for line in source:
                end += len(json.loads(line))
                if end > MOST_LINKED_AHEAD:
                    break
                self._lines.append((end, line))

    def take_ahead(self, tree):
        """What was linked ahead becomes the tree, unless there is one that holds something."""
        ahead, count = self._ahead
        if count > 0:
            with contextlib.suppress(OSError):
                os.rename(ahead, tree)
                self._linked = count

    def give_back_ahead(self, tree):
        """Nothing of the tree is needed: it goes back to where it can be deleted later."""
        if self._linked > 0:
            with contextlib.suppress(OSError):
                os.rename(tree, self._ahead[0])

    def is_ahead(self, path, status):
        """Whether a file of the tree is still what was linked ahead."""
        old = self._linked > 0 and status.st_nlink > 1 and status_of(self.tree + b"/" + path)
        return bool(old) and os.path.samestat(old, status)

    def linked_between(self, runs):
        """Paths that were linked ahead and belong to none of the runs, which come as (first, count) in their order."""
        at = 0
        for first, count in [*runs, (self._linked, 0)]:
            for fields in self._listed[at : min(first, self._linked)]:
                yield path_of(fields)
            at = max(at, first + count)

    def check(self, listed):
        """@raises Refusal one of its entries is not what was listed"""
        top = self.tree + b"/"
        for fields in listed:
            if status_as_listed(top + path_of(fields), fields) is None:
                raise base_refusal()

    def link(self, first, count, tree):
        """Gives some of its entries their names below `tree`, too."""
        for index, fields in enumerate(self._listed[first : first + count], first):
            if index < self._linked and fields[0] != "l":
                continue
            path = path_of(fields)
            source, target = self.tree + b"/" + path, tree + b"/" + path
            if fields[0] == "d":
                make_folders(tree, path)
                continue
            try:
                give_name(fields, source, target)
            except (FileExistsError, FileNotFoundError, NotADirectoryError):
                # An upload that was cut left something here, or nothing of the folder was yet told.
                remove(target)
                make_folders(tree, os.path.dirname(path))
                give_name(fields, source, target)


def give_name(fields, source, target):
    if fields[0] == "l":
        os.symlink(fields[2].encode("latin-1"), target)
    else:
        link_or_copy(source, target)


def base_refusal():
    return Refusal("base", "what is here is not what it was")


class Mirror:
    """A mirrored folder belongs to its owner: no links between its files, and what the source lacks is deleted last."""

    shares = False
    base = Base(b"", None)

    def __init__(self, folder):
        self._folder = folder
        self._found = dict(walk(folder, skip=(FOLDER_STAGE,)))
        self._sizes = {status.st_size for status in self._found.values() if stat.S_ISREG(status.st_mode)}
        self._extras_by_size = None
        self._digests = {}

    @property
    def is_empty(self):
        return not self._found

    def has(self, entry):
        """Whether the folder has the entry's content under the entry's name."""
        status = self._found.get(entry.path)
        if status is None or not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
            return False
        return status.st_mtime_ns == entry.mtime_ns or self._sha256(entry.path) == entry.sha256

    def donor(self, _entry):
        return None

    def may_have_later(self, entry):
        """Whether a file that turns out to be deleted may be the entry under an old name."""
        return entry.size in self._sizes

    def late_donor(self, entry, wanted):
        """Path of a file about to be deleted with the entry's content, or None. `wanted` are the paths that stay."""
        if self._extras_by_size is None:
            self._extras_by_size = {}
            for path, status in self._found.items():
                if stat.S_ISREG(status.st_mode) and path not in wanted:
                    self._extras_by_size.setdefault(status.st_size, []).append(path)
        for path in self._extras_by_size.get(entry.size, ()):
            if self._sha256(path) == entry.sha256:
                return os.path.join(self._folder, path)
        return None

    def remove_extras(self, wanted):
        for path in sorted(self._found, reverse=True):
            if path not in wanted:
                remove(os.path.join(self._folder, path))

    def _sha256(self, path):
        if path not in self._digests:
            with open(os.path.join(self._folder, path), "rb") as source:
                self._digests[path] = digest_of(source).hexdigest()
        return self._digests[path]


def link_or_copy(source, target):
    """@raises FileExistsError the target is there"""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        copy_whole(source, target)  # too many links, or a disk without them
    return target


def copy_whole(source, target):
    shutil.copyfile(source, target + b".copy")
    shutil.copystat(source, target + b".copy")
    os.replace(target + b".copy", target)
    return target
