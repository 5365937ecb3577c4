#!/usr/bin/env python3
"""run: the policy engine against everything that is known of the hosted service.

    tests/policy/run.py [captures|golden|differential …]

captures      tests/fixtures/policy: what the hosted service answered, with the
              routes as given and with those that the policy approves by itself
golden        tests/policy/golden: what no capture has, written by hand from
              the language's description: postures, ipsets, services, relays,
              recorders, settings of the whole tailnet
differential  random policies against the model (differential.py)

The program is ./policy-eval.  A golden case is a capture's file whose nodes may
have `attributes` (postures look at them) and whose expectation names only what
the case is about.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "tools")]

import compare_fixture  # noqa: E402

ENGINE = os.environ.get("POLICY_EVAL", os.path.join(TOP, "policy-eval"))
FIXTURES = os.path.join(TOP, "tests", "fixtures", "policy")
SHOWN = 5
# Captures whose rules may differ in order or spelling, and why.  None does.
SHAPE_EXCEPTIONS = {}


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def fixtures(folder):
    """By name; what is no JSON is not there."""
    got = {}
    for root, _, files in sorted(os.walk(folder)):
        for f in sorted(files):
            if f.endswith(".json"):
                path = os.path.join(root, f)
                try:
                    got[os.path.relpath(path, folder)] = read(path)
                except ValueError as e:
                    print("%s: %s" % (path, e))
    return got


def asked(fx, blank):
    """The half that the engine is shown."""
    fx = {k: v for k, v in fx.items() if k not in ("expect", "about")}
    if blank:
        nodes = [{**n, "approvedRoutes": None}
                 for n in fx["topology"]["nodes"]]
        fx["topology"] = {**fx["topology"], "nodes": nodes}
    return fx


def answers(cases, blank=False):
    """What the engine answers to each, in one run of it."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = (os.path.join(folder, d) for d in ("in", "out"))
        for name, fx in cases.items():
            path = os.path.join(inputs, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                json.dump(asked(fx, blank), f, ensure_ascii=False)
        run = subprocess.run([ENGINE, "--batch", inputs, outputs],
                             capture_output=True, text=True)
        if run.returncode:
            print("policy-eval ended with %d: %s" % (
                run.returncode, run.stderr[-2000:]))
        return fixtures(outputs) if os.path.isdir(outputs) else {}


def tell(name, wrong, total):
    print("%s %s%s" % ("FAIL" if wrong else "ok", name,
                       ": %d of %d differ" % (len(wrong), total)
                       if wrong else ""))
    for case, bad in list(wrong.items())[:20]:
        print("    %s\n        %s" % (case, "\n        ".join(bad[:SHOWN])))
    return bool(wrong)


def compared(name, cases, got, level, excepted=()):
    wrong = {}
    for case, fx in cases.items():
        bad = compare_fixture.compare(fx, got[case], level) \
            if case in got else ["no answer"]
        if bool(bad) != (case[:-len(".json")] in excepted):
            wrong[case] = bad or ["it is excepted and need not be"]
    return tell(name, wrong, len(cases))


def captures():
    failed = False
    for folder in ("dev", "derived"):
        cases = fixtures(os.path.join(FIXTURES, folder))
        for blank in (False, True):
            got = answers(cases, blank)
            how = "%s, %s" % (folder, "as the policy approves" if blank
                              else "as given")
            failed |= compared("captures mean the same: " + how, cases, got,
                               "semantic")
            failed |= compared("captures have the same rules: " + how, cases,
                               got, "shape", SHAPE_EXCEPTIONS)
    return failed


# What a node of an expectation may name, and which comparison that is.
PARTS = {"packetFilter": "filter", "sshRules": "ssh", "capMap": "caps",
         "addresses": "addresses", "allowedIPs": "routes", "peers": "peers"}


def golden_differences(fx, got):
    """Only what the expectation names is compared."""
    nodes = fx["expect"].get("nodes", {})
    only = {"verdict"}
    for member, part in PARTS.items():
        if nodes and all(member in n for n in nodes.values()):
            only.add(part)
    if any("allowedIPs" in p for n in nodes.values()
           for p in n.get("peers", {}).values()):
        only.add("routes")
    full = {name: {"peers": {}, **n} for name, n in nodes.items()}
    expect = {**fx["expect"], **({"nodes": full} if nodes else {})}
    bad = compare_fixture.compare({"expect": expect}, got, "shape", only)
    if len(only) == 1 and nodes:
        bad.append("the expectation compares nothing")
    return bad


def golden():
    cases = fixtures(os.path.join(HERE, "golden"))
    got, failed = answers(cases), False
    for case, fx in cases.items():
        bad = golden_differences(fx, got[case]) if case in got \
            else ["no answer"]
        print("%s %s: %s" % ("FAIL" if bad else "ok", fx["id"],
                             fx["about"]["says"]))
        for b in bad[:SHOWN]:
            print("    " + b)
        failed |= bool(bad)
    return failed


def differential():
    return subprocess.run(
        [sys.executable, os.path.join(HERE, "differential.py"),
         "--engine", ENGINE]).returncode != 0


PARTS_OF_SUITE = {"captures": captures, "golden": golden,
                  "differential": differential}

if __name__ == "__main__":
    failures = [name for name in sys.argv[1:] or PARTS_OF_SUITE
                if PARTS_OF_SUITE[name]()]
    sys.stdout.flush()
    sys.exit(1 if failures else 0)
