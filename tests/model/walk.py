#!/usr/bin/env python3
"""walk: random lives of a tailnet, on a real worker with real handlers, held
against a naive model.

    tests/model/walk.py [--operations 10000] [--seed N] [--walk 300]
                        [--build build] [--shrink] [--verbose]

A walk is `--walk` operations (DEEDS of walk_life.py) on a tailnet of its own:
people, policies, settings, and simulated clients that come by Noise and HTTP/2
(stage.c).  Every few operations it waits until nothing is owed to anybody, and
then what each client made of its messages (netmap.py) must be what the model
(truth.py) says: its own node, peers with everything that they have, filter, SSH
rules, DNS, relays, profiles.

A walk follows from its seed, whatever the machine: a failed one prints its own
line to run it again.  --shrink leaves operations out as long as it still fails.
"""
import argparse
import collections
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "tools"),
                os.path.join(TOP, "tests", "policy")]

import tree_seed  # noqa: E402
from walk_life import NAMES  # noqa: E402
from walk_shrink import one_walk, tell  # noqa: E402


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--operations", type=int,
                    default=20000 if os.environ.get("TEST_LONG") else 1500)
    ap.add_argument("--seed", type=int)
    ap.add_argument("--walk", type=int, default=250)
    ap.add_argument("--steps", help="of the walk only these: 0,1,7")
    ap.add_argument("--build", default="build")
    ap.add_argument("--shrink", action="store_true")
    ap.add_argument("--verbose", action="store_true")
    a = ap.parse_args()
    a.build = os.path.join(TOP, a.build)
    seed = a.seed if a.seed is not None else tree_seed.seed()
    uses, settles, bad, begun = collections.Counter(), 0, 0, time.monotonic()
    print("seed %d" % seed, flush=True)
    while sum(uses.values()) < a.operations and bad < 3:
        steps = [int(s) for s in a.steps.split(",")] if a.steps \
            else list(range(a.walk))
        failed, walk = one_walk(seed, steps, a)
        uses += walk.uses
        settles += walk.settles
        print("walk %s: %d operations, %d comparisons" % (
            seed, sum(walk.uses.values()), walk.settles), flush=True)
        if failed:
            bad += 1
            tell(seed, failed, steps, a)
        if a.steps or not walk.uses:
            break
        seed += 1
    print(", ".join("%s %d" % (n, uses[n]) for n in NAMES))
    print("%d operations, %d comparisons, %.0f s" % (
        sum(uses.values()), settles, time.monotonic() - begun))
    never = [n for n in NAMES if not uses[n]]
    print("%s every client has the netmap that the model says"
          % ("FAIL" if bad else "ok"))
    if not a.steps and a.operations > 1000:
        print("%s every kind of operation was done%s" % (
            "FAIL" if never else "ok",
            ": never " + ", ".join(never) if never else ""))
    return 1 if bad or (never and a.operations > 1000) else 0


if __name__ == "__main__":
    sys.exit(main())
