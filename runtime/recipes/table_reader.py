"""Reads the table of a dataset folder for a recipe.

Which file, separator, target and task are meant is decided by the same rules as in src/recipes/datasets/, so that what
was checked before the start is what is learned here.
"""

import gzip
import os
import re

import numpy as np
import pandas as pd

TABLE_NAME = re.compile(r"\.(csv|tsv)(\.gz)?$", re.IGNORECASE)
TRAINING_TABLE_NAME = re.compile(r"^(.*/)?train\.(csv|tsv)(\.gz)?$", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$")
USUAL_TARGETS = ("target", "label", "class", "y")
SEPARATORS = (",", ";", "\t", "|")
SAMPLE_BYTES = 64 * 1024
SAMPLE_LINES = 50
MOST_NUMBERED_CLASSES = 20
MOST_CATEGORIES = 50
MOST_COUNTED_CATEGORIES = 10_000


class TableError(Exception):
    """One sentence for a person: what is wrong with the table and what to do."""


class Table:
    """A table in memory: every column is numbers, truth values or text (with NaN for a gap)."""

    def __init__(self, frame, reading):
        self.frame = frame
        #: How the file was read: what somebody needs to read another one alike.
        self.reading = reading


def find_table(folder, named):
    """The path of the table, relative to the folder: the one named, else the only one, else `train.csv`."""
    tables = sorted(path for path in list_files(folder) if TABLE_NAME.search(path))
    if named:
        if named in tables:
            return named
        raise TableError("The dataset has no table %s." % named)
    candidates = [path for path in tables if TRAINING_TABLE_NAME.match(path)] if len(tables) > 1 else tables
    if len(candidates) == 1:
        return candidates[0]
    if not tables:
        raise TableError("The dataset holds no .csv, .tsv, .csv.gz or .tsv.gz file.")
    raise TableError("The dataset holds %d tables; say which with file." % len(tables))


def list_files(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")


def read_table(folder, name):
    path = os.path.join(folder, *name.split("/"))
    separator = guess_separator(path)
    try:
        frame, encoding = read_frame(path, separator)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError, EOFError) as error:
        raise TableError("The table %s cannot be read: %s." % (name, str(error).strip().rstrip("."))) from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise TableError("The rows of %s have more columns than its header." % name)
    frame.columns = [str(column).strip() for column in frame.columns]
    decimal_commas = [column for column in frame.columns if to_clean_column(frame, column)]
    reading = {"file": name, "separator": separator, "encoding": encoding, "decimal_commas": decimal_commas}
    return Table(frame, reading)


def read_frame(path, separator):
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            frame = pd.read_csv(
                path,
                sep=separator,
                encoding=encoding,
                skipinitialspace=True,
                na_values=["?"],
                low_memory=False,
            )
            return frame, encoding
        except UnicodeDecodeError:
            continue
    raise TableError("The table is neither UTF-8 nor Windows-1252 text; save it as UTF-8.")


def to_clean_column(frame, column):
    """Trims text, turns `1,5` into 1.5 and infinities into gaps. True when it was written with decimal commas."""
    values = frame[column]
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        frame[column] = values.replace([np.inf, -np.inf], np.nan)
        return False
    text = values.map(lambda value: str(value).strip(), na_action="ignore")
    filled = text.dropna()
    numbers = pd.to_numeric(filled.str.replace(",", ".", regex=False), errors="coerce")
    has_commas = filled.map(lambda value: bool(DECIMAL_COMMA.match(value)))
    is_number = has_commas | pd.to_numeric(filled, errors="coerce").notna()
    if len(filled) and has_commas.any() and is_number.all():
        frame[column] = numbers.reindex(frame.index)
        return True
    frame[column] = text.astype(object).where(text.notna(), np.nan)
    return False


def guess_separator(path):
    """A tab for .tsv; else the character that stands equally often on the most lines, as often as on the first."""
    if re.search(r"\.tsv(\.gz)?$", path, re.IGNORECASE):
        return "\t"
    with (gzip.open if path.lower().endswith(".gz") else open)(path, "rb") as file:
        text = file.read(SAMPLE_BYTES).decode("latin-1")
    lines = [line for line in re.split(r"\r\n|\r|\n", text)[:SAMPLE_LINES] if line.strip()]

    def score(separator):
        counts = [re.sub(r'"[^"]*"', "", line).count(separator) for line in lines]
        if not counts or counts[0] == 0:
            return 0
        return counts.count(counts[0]) / len(counts) + counts[0] / 1e6

    return max(SEPARATORS, key=score)


def find_target(names, named):
    """The column to learn: the one named, else one with a usual name, else the last."""
    if named:
        if named in names:
            return named
        raise TableError("There is no column '%s'; the table has %s." % (named, ", ".join(names)))
    usual = [name for name in names if name.lower() in USUAL_TARGETS]
    return (usual or list(names)[-1:])[0]


def decide_task(target, asked):
    """Text and few whole numbers are classes."""
    if asked != "auto":
        return asked
    if not is_number(target):
        return "classification"
    if is_whole(target) and target.nunique() <= MOST_NUMBERED_CLASSES:
        return "classification"
    return "regression"


def is_number(column):
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def is_whole(column):
    filled = column.dropna()
    return bool((filled == np.floor(filled)).all())


def is_left_out(column):
    """Whether nothing can be learned from it: no value at all, or another text in nearly every row."""
    filled = column.notna().sum()
    if filled == 0:
        return True
    if pd.api.types.is_numeric_dtype(column):
        return False
    distinct = column.nunique()
    if distinct <= MOST_CATEGORIES:
        return False
    return distinct > filled / 2 or distinct > MOST_COUNTED_CATEGORIES
