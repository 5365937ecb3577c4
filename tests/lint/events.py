#!/usr/bin/env python3
"""events: what the code writes into the audit log has words in
db/audit_event.h, and nothing has words that no code writes.

Each text of the form "noun.past" is taken for an event, but for file names and
domains by their ends, and for the words of tailnet/notice.h.
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TABLE = "db/audit_event.h"
NOTICES = "tailnet/notice.h"
FLOORS = ("base", "db", "proto", "policy", "tailnet", "fcgi", "worker", "cli",
          "keeper")
TEXT = re.compile(r'"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)"')
# Of files, of domains (tailnet/policy_world.c), of a claim, of columns.
ENDS = {"sock", "lock", "db", "inc", "txt", "reg", "service", "internal", "com",
        "net", "de", "at", "ch", "me", "ru", "roles", "created_at"}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def written():
    found = {}
    for floor in FLOORS:
        for path in sorted(glob.glob(os.path.join(TOP, floor, "**/*.[ch]"),
                                     recursive=True)):
            path = os.path.relpath(path, TOP)
            if path in (TABLE, NOTICES):
                continue
            for code in TEXT.findall(read(path)):
                if code.split(".")[1] not in ENDS:
                    found.setdefault(code, path)
    return found


def main():
    rows = re.findall(r'X\("([^"]+)",\s*"([^"]*)"\)', read(TABLE))
    codes, found, bad = [code for code, _ in rows], written(), []
    for code, path in sorted(found.items()):
        if code not in codes:
            bad.append("%s writes %s, which has no words" % (path, code))
    bad += ["nothing writes " + code for code in codes if code not in found]
    if codes != sorted(set(codes)):
        bad.append("not in the order of the codes, or one stands twice")
    if len({words for _, words in rows}) != len(rows):
        bad.append("two events have the same words")
    for b in bad:
        print(TABLE + ": " + b)
    return 1 if bad or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
