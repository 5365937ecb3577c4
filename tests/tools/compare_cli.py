#!/usr/bin/env python3
"""Replay recorded cases of headscale's command line with cairn and compare.

Usage: compare_cli.py [options] FIXTURE.json... -- COMMAND [ARG...]

Compared: the exit code; for -o json and json-line (and yaml: names only) the
member names and types of stdout, or of the error object on stderr; for human
tables the column heads.  Values never count.  Lists are compared as the union
of their elements.

--fresh TEMPLATE HOME  before each case HOME becomes a copy of TEMPLATE
--differences FILE     JSON list of {"cases", "message", "reason"}: differences
                       that are meant.  cases: "users#138-142,150" or "*", with
                       blanks between groups; message: a regular expression for
                       the whole line.  One that is not met fails.
--only S               only cases whose argv, joined by blanks, contains S
Prints a line "ok NAME" or "FAIL NAME" for each case, and
"N passed, N failed, N skipped".  Exit status 0: no difference but those that
are meant.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def shape(value):
    """{path: {types}}, list elements merged under []."""
    names = {dict: "object", list: "list", str: "string", bool: "bool",
             int: "number", float: "number"}
    out = {}

    def walk(v, path):
        kind = names.get(type(v), "null")
        out.setdefault(path, set()).add(kind)
        if kind == "object":
            for k, w in v.items():
                walk(w, "%s.%s" % (path, k))
        elif kind == "list":
            for w in v:
                walk(w, path + "[]")

    walk(value, "")
    return out


def inside_of_missing(path, some, others):
    """Whether a member above `path` is missing already."""
    return any(path.startswith(q) and q != path and q not in others
               for q in some if q)


def diff(want, got):
    a, b, res = shape(want), shape(got), []
    empty = {"null", "list"}
    for p in sorted(set(a) | set(b)):
        name = p or "(top)"
        if p not in b:
            if not inside_of_missing(p, a, b):
                res.append("missing %s (%s)" % (name, "/".join(sorted(a[p]))))
        elif p not in a:
            if not inside_of_missing(p, b, a):
                res.append("extra %s (%s)" % (name, "/".join(sorted(b[p]))))
        elif not a[p] & b[p] and not a[p] | b[p] <= empty:
            res.append("type of %s: %s, reference %s" % (
                name, "/".join(sorted(b[p])), "/".join(sorted(a[p]))))
    return res


def yaml_names(text):
    return set(re.findall(r"^[\s-]*([A-Za-z_]\w*):(?:\s|$)", text, re.M))


def parse(text):
    try:
        return json.loads(text), None
    except ValueError as e:
        return None, str(e)


def heads(text):
    return [x.strip() for x in text.split("\n")[0].split("|")]


def compare(case, status, out, err):
    argv, res = case["argv"], []
    at = [i for i, a in enumerate(argv[:-1]) if a in ("-o", "--output")]
    form = argv[at[0] + 1] if at else ""
    if status != case["exit"]:
        return ["exit %d, reference %d: %s" % (
            status, case["exit"], (err or out).strip().split("\n")[0][:200])]
    stream = "stdout" if status == 0 else "stderr"
    want, got = case[stream], out if status == 0 else err
    if form in ("json", "json-line"):
        w, bad = parse(want)
        if bad is None:
            g, bad = parse(got)
            if bad is not None:
                return ["%s is not JSON: %r" % (stream, got.strip()[:120])]
            res = diff(w, g)
            if form == "json-line" and "\n" in got.strip():
                res.append("json-line: more than one line")
            return res
    elif form == "yaml" and yaml_names(want):
        a, b = yaml_names(want), yaml_names(got)
        return (["missing %s" % n for n in sorted(a - b)] +
                ["extra %s" % n for n in sorted(b - a)])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", got)
    if status == 0 and " | " in want.split("\n")[0] and \
            heads(want) != heads(plain):
        res.append("columns %s, reference %s" % (heads(plain), heads(want)))
    return res


class Differences:
    """Those that are meant, and whether each was met."""

    def __init__(self, path):
        self.rows = json.load(open(path, encoding="utf-8")) if path else []
        self.met = [False] * len(self.rows)

    @staticmethod
    def names(cases, group, number):
        if cases == "*":
            return True
        for word in cases.split():
            name, numbers = word.split("#")
            if name != group:
                continue
            for part in numbers.split(","):
                low, _, high = part.partition("-")
                if int(low) <= number <= int(high or low):
                    return True
        return False

    def meant(self, group, number, message):
        found = False
        for i, row in enumerate(self.rows):
            if self.names(row["cases"], group, number) and \
                    re.fullmatch(row["message"], message, re.S):
                self.met[i] = found = True
        return found


def run(case, command, folder):
    argv = list(case["argv"])
    for name, text in case.get("files", {}).items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        argv = [path if a == name else a for a in argv]
    try:
        r = subprocess.run(command + argv, input=case.get("stdin", ""),
                           capture_output=True, text=True, timeout=60,
                           check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        return [str(e)]
    return compare(case, r.returncode, r.stdout,
                   r.stderr.replace(folder + "/", ""))


class Fresh:
    """HOME as TEMPLATE is; copied again only when a case has written."""

    def __init__(self, template, home):
        self.template, self.home, self.seen = template, home, None

    def state(self):
        found = []
        for name in sorted(os.listdir(self.home)):
            st = os.stat(os.path.join(self.home, name))
            found.append((name, st.st_size, st.st_mtime_ns))
        # Readers touch the shared memory of SQLite.
        return [f for f in found if not f[0].endswith("-shm")]

    def make(self):
        if self.seen is not None and self.state() == self.seen:
            return
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)
        self.seen = self.state()


def main(argv):
    opts = {"--only": "", "--differences": "", "--fresh": None}
    files = []
    if "--" not in argv:
        print(__doc__, file=sys.stderr)
        return 2
    cut = argv.index("--")
    words, command = argv[:cut], argv[cut + 1:]
    while words:
        word = words.pop(0)
        if word == "--fresh":
            opts[word] = [words.pop(0), words.pop(0)]
        elif word in opts:
            opts[word] = words.pop(0)
        else:
            files.append(word)
    meant = Differences(opts["--differences"])
    home = Fresh(*opts["--fresh"]) if opts["--fresh"] else None
    passed = failed = 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            group = os.path.basename(path)[:-len(".json")]
            for case in json.load(open(path, encoding="utf-8"))["cases"]:
                if opts["--only"] not in " ".join(case["argv"]):
                    continue
                if home:
                    home.make()
                found = [m for m in run(case, command, folder)
                         if not meant.meant(group, case["n"], m)]
                print("%s %s#%d %s" % ("FAIL" if found else "ok", group,
                                       case["n"], " ".join(case["argv"])))
                for m in found:
                    print("    " + m)
                failed += bool(found)
                passed += not found
    for row, met in zip(meant.rows, meant.met):
        if not met and not opts["--only"]:
            print("FAIL differences: not met: %s %s" % (
                row["cases"], row["message"]))
            failed += 1
    print("compare_cli: %.1f s" % (time.monotonic() - begun))
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
