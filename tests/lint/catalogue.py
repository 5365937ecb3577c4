#!/usr/bin/env python3
"""catalogue: each test that tests/catalogue.tsv names is there."""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
seen = {}


def text_of(path):
    """With texts that go on in the next line put together."""
    if path not in seen:
        try:
            with open(os.path.join(TOP, path), encoding="utf-8") as f:
                seen[path] = re.sub(r'"\s*\n\s*"', "", f.read())
        except OSError:
            seen[path] = ""
    return seen[path]


def wrong(ref):
    kind, _, what = ref.partition(": ")
    if kind == "later":
        return not what
    if kind == "otherwise":
        return not text_of(what)
    return not what or what not in text_of(kind)


def main():
    bad, names = [], set()
    with open(os.path.join(TOP, "tests", "catalogue.tsv"),
              encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#"):
                continue
            parts = line.rstrip("\n").split("\t")
            if len(parts) != 3 or not parts[2]:
                bad.append("line %d has no test" % number)
                continue
            if tuple(parts[:2]) in names:
                bad.append("line %d: %s stands twice" % (number, parts[1]))
            names.add(tuple(parts[:2]))
            bad += ["line %d: not there: %s" % (number, ref)
                    for ref in parts[2].split(" ; ") if wrong(ref)]
    for b in bad:
        print("tests/catalogue.tsv: " + b)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
