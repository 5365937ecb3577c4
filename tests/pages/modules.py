"""modules: node, chromium and what npm adds to them, for tests and pictures.

npm's part is pinned by package-lock.json and lies in a cache outside the tree,
one folder a lock file, made whole or not at all.
"""
import hashlib
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME")
                     or os.path.expanduser("~/.cache"), "cairn-pages")
PINS = ("package.json", "package-lock.json")


def missing(*programs):
    """Why no browser can be driven here, or what else needs these, or None."""
    for program in programs or ("node", "npm", "chromium"):
        if not shutil.which(program):
            return "no %s" % program
    return None


def install():
    """The folder with node_modules in it."""
    with open(os.path.join(HERE, PINS[1]), "rb") as f:
        at = os.path.join(CACHE, hashlib.sha256(f.read()).hexdigest()[:16])
    if os.path.isdir(at):
        return at
    os.makedirs(CACHE, exist_ok=True)
    new = tempfile.mkdtemp(dir=CACHE)
    for name in PINS:
        shutil.copy(os.path.join(HERE, name), new)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                    "--no-fund", "--silent"], cwd=new, check=True,
                   stdin=subprocess.DEVNULL, timeout=300)
    try:
        os.rename(new, at)
    except OSError:  # somebody else was first
        shutil.rmtree(new, ignore_errors=True)
    return at


def node(program, *args, **kw):
    """What to hand to subprocess for a script of this folder."""
    return {"args": ["node", os.path.join(HERE, program), *args], "cwd": TOP,
            "env": {**os.environ, **kw, "NODE_PATH": os.path.join(
                install(), "node_modules")}}
