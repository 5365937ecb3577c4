#!/usr/bin/env python3
"""differential: the engine against tests/tools/policy_model.py, on random
tailnets and policies, one in five of them wrong.

    tests/policy/differential.py [--cases 20000] [--seed N] [--model]
                                 [--engine ./policy-eval] [--jobs 2]

For each case: the same verdict, the same text of refusal, answers that are
equal at level semantic and at level shape (tests/tools/compare_fixture.py), and
byte for byte the same answer when the policy is spelt differently.  A share of
the answers is held against the invariants of invariants.py.

It prints how often each alias kind at each place, each section and each message
was tried; a zero fails.  --model runs no engine: the counts alone.  A case that
fails is kept in build/policy-differential/ and named; SEED/NUMBER makes it
again (--case).
"""
import argparse
import collections
import functools
import ipaddress
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "tools")]

import compare_fixture  # noqa: E402
import policy_model  # noqa: E402
import faults  # noqa: E402
import grammar  # noqa: E402
import invariants  # noqa: E402
import oracle_tests  # noqa: E402
import respell  # noqa: E402
import tree_seed  # noqa: E402
import world  # noqa: E402

# The same few addresses and pairs of them are asked again and again.
policy_model.overlap = functools.lru_cache(1 << 18)(policy_model.overlap)
policy_model.ip = types.SimpleNamespace(
    ip_network=functools.lru_cache(1 << 16)(ipaddress.ip_network),
    ip_address=functools.lru_cache(1 << 16)(ipaddress.ip_address))

KEPT = os.path.join(TOP, "build", "policy-differential")
CHUNK = 250      # cases a run of the engine
SHOWN = 10       # failures of a process that are told
WRONG = 0.2
ALL_WRONG = 10 ** 7  # cases from this number on are all wrong
ROUND, ROUNDS = 4000, 5  # of those, where a rare message has not come yet
EXTRA_RULE = 0.1  # cases that are asked again with one more accept rule


class Case:
    """One random tailnet and policy in two spellings."""

    def __init__(self, seed, number, uses):
        self.name = "%d-%d" % (seed, number)
        r = random.Random("%d/%d" % (seed, number))
        self.net = world.tailnet(r)
        g = grammar.Grammar(r, self.net, uses)
        p = g.policy()
        if world.chance(r, 0.3):
            oracle_tests.add_tests(policy_model, g,
                                   {**self.net, "policy": ""}, p)
        wrong = world.chance(r, WRONG) or number >= ALL_WRONG
        syntax = wrong and world.chance(r, 0.2)
        if syntax:
            faults.without_unseen(p)
        elif wrong:
            faults.spoil(p, r, g)
        self.object, self.right = p, not wrong
        self.sections = [k for k in p if p[k] is not None]
        self.plain = respell.spelled(p, policy_model.SHAPE, respell.Plain())
        self.strange = respell.spelled(p, policy_model.SHAPE,
                                       respell.Strange(r))
        if syntax:
            while True:
                broken = r.choice(faults.SYNTAX)(
                    r.choice([self.plain, self.strange]), r)
                # what a lone surrogate becomes is the loader's own test
                if not re.search(r"\\u[dD][89a-fA-F]", broken):
                    break
            self.plain = self.strange = broken
        self.more = world.chance(r, EXTRA_RULE) and self.right

    def fixture(self, text):
        return {"id": self.name, "family": "differential", "policy": text,
                **self.net}

    def spellings(self):
        got = {"a": self.strange}
        if self.plain != self.strange:
            got["b"] = self.plain
        if self.more and (self.object.get("acls") is not None or
                          self.object.get("grants") is not None):
            p = {k: v for k, v in self.object.items()
                 if k not in ("tests", "sshTests")}
            got["c"] = respell.spelled(p, policy_model.SHAPE, respell.Plain())
            got["d"] = respell.spelled(
                {**p, "acls": (p.get("acls") or []) + [invariants.RULE]},
                policy_model.SHAPE, respell.Plain())
        return got


def differences(want, got):
    bad = compare_fixture.compare({"expect": want}, got, "shape")
    if not bad:
        return []
    worse = compare_fixture.compare({"expect": want}, got, "semantic")
    return ["semantic: " + w for w in worse] or \
        ["shape: " + b for b in bad]


def model_answer(fx):
    """The model approves routes before it has looked at their keys: a bad key
    stops it, and is then refused when there is nothing to approve."""
    try:
        return policy_model.answer(fx)
    except ValueError:
        nodes = [{**n, "approvedRoutes": []} for n in fx["topology"]["nodes"]]
        topology = {**fx["topology"], "nodes": nodes}
        want = policy_model.answer({**fx, "topology": topology})
        if want["status"] == 200:
            raise
        return want


def judge(case, answers):
    """Everything that is wrong with the engine's answers to one case."""
    try:
        want = model_answer(case.fixture(case.strange))
    except (NotImplementedError, ValueError, KeyError, TypeError) as e:
        return None, ["the model stops: %r" % e]
    if answers is None:
        return want, []
    missing = [k for k, v in answers.items() if v is None]
    if missing:
        return want, ["no answer for spelling %s" % ", ".join(missing)]
    try:
        got = {k: json.loads(v) for k, v in answers.items()}
    except ValueError as e:
        return want, ["an answer is no JSON: %s" % e]
    bad = differences(want, got["a"])
    if want.get("error", "").startswith("hujson: ") and "b" in got:
        # it tells a place, which is another one there
        bad += differences(model_answer(case.fixture(case.plain)), got["b"])
    elif answers.get("b", answers["a"]) != answers["a"]:
        bad.append("a respelling changes bytes: %s" %
                   first_change(answers["a"], answers["b"]))
    if got["a"].get("status") == 200:
        bad += invariants.broken(got["a"])
    if "c" in got:
        bad += invariants.taken_away(got["c"], got["d"])
    return want, bad


def first_change(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y),
              min(len(a), len(b)))
    return "%r against %r" % (a[max(0, at - 60):at + 60],
                              b[max(0, at - 60):at + 60])


def run_engine(engine, cases, folder):
    """Answers by case and spelling, as bytes; None: there is none."""
    inputs, outputs = (os.path.join(folder, d) for d in ("in", "out"))
    os.mkdir(inputs)
    for c in cases:
        for k, text in c.spellings().items():
            with open(os.path.join(inputs, "%s.%s.json" % (c.name, k)), "w",
                      encoding="utf-8") as f:
                json.dump(c.fixture(text), f, ensure_ascii=False)
    run = subprocess.run([engine, "--batch", inputs, outputs],
                         capture_output=True, text=True, errors="replace")
    if run.returncode:
        print("%s ended with %d: %s" % (engine, run.returncode,
                                        run.stderr[-2000:]), flush=True)
    answers = {}
    for c in cases:
        answers[c.name] = {}
        for k in c.spellings():
            path = os.path.join(outputs, "%s.%s.json" % (c.name, k))
            try:
                with open(path, "rb") as f:
                    answers[c.name][k] = f.read()
            except FileNotFoundError:
                answers[c.name][k] = None
    return answers


def keep(case, bad):
    os.makedirs(KEPT, exist_ok=True)
    for k, text in case.spellings().items():
        with open(os.path.join(KEPT, "%s.%s.json" % (case.name, k)), "w",
                  encoding="utf-8") as f:
            json.dump(case.fixture(text), f, ensure_ascii=False, indent=1)
    print("FAIL case %s\n    %s" % (case.name.replace("-", "/"),
                                    "\n    ".join(bad[:8])), flush=True)


def share(job):
    """The cases of one process: (counts, failures)."""
    seed, first, last, engine = job
    uses, seen, failed = (collections.Counter() for _ in range(3))
    for start in range(first, last, CHUNK):
        cases = [Case(seed, n, uses)
                 for n in range(start, min(last, start + CHUNK))]
        with tempfile.TemporaryDirectory() as folder:
            answers = run_engine(engine, cases, folder) if engine else {}
        for c in cases:
            want, bad = judge(c, answers.get(c.name))
            seen["cases"] += 1
            if want:
                note(c, want, seen, bad)
            if bad:
                failed["failed"] += 1
                if failed["failed"] <= SHOWN:
                    keep(c, bad)
    return uses, seen, failed["failed"]


def note(case, want, seen, bad):
    """What the case tried."""
    seen["accepted" if want["status"] == 200 else "refused"] += 1
    for s in case.sections:
        seen["section", s] += want["status"] == 200
    if want["status"] != 200:
        kind = faults.kind_of(want["error"])
        seen["message", kind] += 1
        if kind is None:
            bad.append("a message that MESSAGES lacks: " + want["error"])


def zeros(uses, seen):
    """Prints the counts; what was never tried."""
    never = []
    for place, kinds in grammar.LEGAL.items():
        print("%-12s %s" % (place, ", ".join(
            "%s %d" % (k, uses[place, k]) for k in kinds)))
        never += ["%s as %s" % (k, place) for k in kinds
                  if not uses[place, k]]
    for what, names in (("section", grammar.SECTIONS),
                        ("message", faults.MESSAGES)):
        print("%-12s %s" % (what + "s", ", ".join(
            "%s %d" % (n, seen[what, n]) for n in names)))
        never += ["%s %s" % (what, n) for n in names if not seen[what, n]]
    return never


def rounds(total, seen):
    """All cases, and then wrong ones while a message has not been seen: the
    rarest come three times in 20,000 cases, so now and then not at all."""
    yield 0, total
    for n in range(ROUNDS):
        if all(seen["message", m] for m in faults.MESSAGES):
            return
        yield ALL_WRONG + n * ROUND, ALL_WRONG + (n + 1) * ROUND


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--cases", type=int, default=None)
    ap.add_argument("--seed", type=int, default=None)
    ap.add_argument("--case", help="SEED/NUMBER: this one alone")
    ap.add_argument("--model", action="store_true")
    ap.add_argument("--engine", default=os.path.join(TOP, "policy-eval"))
    ap.add_argument("--jobs", type=int, default=2)
    a = ap.parse_args()
    engine = None if a.model else os.path.abspath(a.engine)
    if a.case:
        seed, number = map(int, a.case.split("/"))
        _, _, failed = share((seed, number, number + 1, engine))
        return 1 if failed else 0
    total = a.cases or (200000 if os.environ.get("TEST_LONG") else 20000)
    seed = a.seed if a.seed is not None else tree_seed.seed()
    begun = time.monotonic()
    print("seed %d, %d cases" % (seed, total), flush=True)
    uses, seen, failed = collections.Counter(), collections.Counter(), 0
    with multiprocessing.Pool(a.jobs) as pool:
        for first, last in rounds(total, seen):
            step = -(-(last - first) // a.jobs)
            jobs = [(seed, at, min(last, at + step), engine)
                    for at in range(first, last, step)]
            for u, s, f in pool.map(share, jobs, 1):
                uses.update(u)
                seen.update(s)
                failed += f
    never = zeros(uses, seen)
    print("%d cases, %d accepted, %d refused, %.0f s" % (
        seen["cases"], seen["accepted"], seen["refused"],
        time.monotonic() - begun))
    report(seed, failed, never, engine)
    return 1 if failed or never else 0


def report(seed, failed, never, engine):
    if engine:
        print("%s the engine answers random policies as the model does%s" % (
            "FAIL" if failed else "ok",
            ": %d differ, seed %d" % (failed, seed) if failed else ""))
    elif failed:
        print("FAIL the model answers random policies: %d do not" % failed)
    print("%s random policies try every alias, section and message%s" % (
        "FAIL" if never else "ok",
        ": never " + "; ".join(never) if never else ""))


if __name__ == "__main__":
    sys.exit(main())
