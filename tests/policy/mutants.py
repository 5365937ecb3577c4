#!/usr/bin/env python3
"""mutants: the engine with one mistake at a time, each of which a test notices.

    tests/policy/mutants.py [--few] [--find] [NAME…]

A mutant is a patch of policy/ in tests/policy/mutants, with lines above it:

    Section: 8            of the language's description
    Mistake: words
    Caught-by: capture acl/acl-a07.json

Caught-by names one test: `capture FILE` and `golden FILE` (one case of run.py),
`random SEED/NUMBER` (one case of differential.py), or `unit PROGRAM` (below
tests/policy).  It must hold without the mistake and fail with it.  All are
built in one copy of the tree, so that a mutant costs the files it touches.

--few   those marked `Few: yes`, as every run of the tests has them
--find  print which tests notice each, for whoever writes a new one
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(HERE, "mutants")
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "tools")]

import compare_fixture  # noqa: E402
import run as suite  # noqa: E402

# All that the engine and its unit tests are made of.
NEEDED = ["Makefile", "VERSION", "base", "policy", "tests/policy/*_test.c",
          "tests/lib/policy_case.[ch]", "tests/lib/world.[ch]"]


class Mutant:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".patch")]
        self.path = path
        with open(path, encoding="utf-8") as f:
            head = f.read().split("\n--- ")[0]
        self.facts = dict(re.findall(r"^([A-Z][a-z-]+): (.*)$", head, re.M))


class Tree:
    """A copy of the tree that is built, spoilt, tested and mended."""

    def __init__(self, folder):
        self.folder = folder
        for name in NEEDED:
            for path in glob.glob(os.path.join(TOP, name)):
                to = os.path.join(folder, os.path.relpath(path, TOP))
                os.makedirs(os.path.dirname(to), exist_ok=True)
                if os.path.isdir(path):
                    shutil.copytree(path, to)
                else:
                    shutil.copy2(path, to)

    def make(self, *targets):
        # warnings of a mistake are no errors
        env = {k: v for k, v in os.environ.items() if k != "CI"}
        run = subprocess.run(["make", "-s", "-j2", "OPT=-O1", *targets],
                             cwd=self.folder, env=env, capture_output=True,
                             text=True)
        return run.returncode == 0, run.stderr[-3000:]

    def patch(self, path, *options):
        subprocess.run(["patch", "-s", "-p1", *options, "-i", path],
                       cwd=self.folder, check=True)

    def engine(self):
        return os.path.join(self.folder, "build", "bin", "policy-eval")

    # ---- whether a named test holds ----
    def holds(self, test):
        kind, name = test.split(" ", 1)
        return getattr(self, kind)(name)

    def answer(self, fx):
        suite.ENGINE = self.engine()
        return suite.answers({"one.json": fx}).get("one.json")

    def capture(self, name):
        for folder in ("dev", "derived"):
            path = os.path.join(suite.FIXTURES, folder, name)
            if os.path.exists(path):
                fx = suite.read(path)
                got = self.answer(fx)
                return got is not None and \
                    not compare_fixture.compare(fx, got, "shape")
        raise FileNotFoundError(name)

    def golden(self, name):
        fx = suite.read(os.path.join(HERE, "golden", name))
        got = self.answer(fx)
        return got is not None and not suite.golden_differences(fx, got)

    def random(self, name):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "differential.py"), "--case",
             name, "--engine", self.engine()],
            capture_output=True).returncode == 0

    def unit(self, name):
        program = os.path.join("build", "tests", "policy", name)
        good, said = self.make(program)
        if not good:
            raise RuntimeError(said)
        return subprocess.run([os.path.join(self.folder, program)],
                              cwd=self.folder,
                              capture_output=True).returncode == 0


UNITS = ["refused_test", "tests_test", "walk_test", "range_test"]


def find(tree):
    """Every golden case and capture that notices; if none does the unit tests,
    and if none of them the first random cases."""
    suite.ENGINE, found = tree.engine(), []
    for kind, folder in (("golden", os.path.join(HERE, "golden")),
                         ("capture", os.path.join(suite.FIXTURES, "dev"))):
        cases = suite.fixtures(folder)
        got = suite.answers(cases)
        for name, fx in cases.items():
            differ = suite.golden_differences if kind == "golden" else \
                lambda f, g: compare_fixture.compare(f, g, "shape")
            if name not in got or differ(fx, got[name]):
                found.append("%s %s" % (kind, name))
    if not found:
        found = ["unit " + u for u in UNITS if not tree.unit(u)]
    if not found:
        said = subprocess.run(
            [sys.executable, os.path.join(HERE, "differential.py"), "--cases",
             "1000", "--seed", "77", "--engine", tree.engine()],
            capture_output=True, text=True).stdout
        found = ["random " + n for n in re.findall(r"FAIL case (\S+)", said)]
    return found


def try_mutant(tree, m, looking):
    """None if it is noticed, else why not."""
    test = m.facts.get("Caught-by", "")
    if not looking and not tree.holds(test):
        return "%s fails without the mistake" % test
    tree.patch(m.path)
    try:
        good, said = tree.make("build/bin/policy-eval")
        if not good:
            return "it does not build: " + said
        if looking:
            found = find(tree)
            print("    %s: %s" % (m.name, "; ".join(found[:9])), flush=True)
            return None if found else "nothing notices"
        return "%s does not notice" % test if tree.holds(test) else None
    finally:
        tree.patch(m.path, "-R")


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--few", action="store_true")
    ap.add_argument("--find", action="store_true")
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    mutants = [Mutant(os.path.join(FOLDER, f))
               for f in sorted(os.listdir(FOLDER)) if f.endswith(".patch")]
    mutants = [m for m in mutants if (not a.names or m.name in a.names) and
               (not a.few or m.facts.get("Few") == "yes")]
    failed = not mutants
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        good, said = tree.make("build/bin/policy-eval")
        if not good:
            print("FAIL the engine builds in a copy: " + said)
            return 1
        for m in mutants:
            why = try_mutant(tree, m, a.find)
            tree.make("build/bin/policy-eval")
            print("%s section %s, %s%s" % (
                "FAIL" if why else "ok", m.facts.get("Section", "?"),
                m.facts.get("Mistake", m.name), ": " + why if why else ""),
                flush=True)
            failed |= bool(why)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
