"""programs: clients that are programs of ours.  Each is built once from its
folder here into the cache of the clients, and again when a file of it changes.
"""
import hashlib
import os
import shutil
import tempfile
import time

from lab import CACHE, TOP

HERE = os.path.join(TOP, "tests", "clients")


def sources(name):
    """The folder, and what its files come to."""
    folder, sum_of = os.path.join(HERE, name), hashlib.sha256()
    for at, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(at, file)
            with open(path, "rb") as f:
                text = f.read()
            sum_of.update(b"%s %d\n" % (
                os.path.relpath(path, folder).encode(), len(text)))
            sum_of.update(text)
    return folder, sum_of.hexdigest()[:16]


def built(name, make):
    """The folder of the cache with what make(sources, folder) puts into it,
    whole or not at all; None if make, or its absence, leaves none there."""
    folder, mark = sources(name)
    at = os.path.join(CACHE, "%s-%s" % (name, mark))
    if os.path.isdir(at):
        return at
    if not make:
        return None
    os.makedirs(CACHE, exist_ok=True)
    new = tempfile.mkdtemp(dir=CACHE)
    begun = time.monotonic()
    try:
        make(folder, new)
        os.rename(new, at)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    print("built %s in %.0f s" % (name, time.monotonic() - begun), flush=True)
    return at
