#!/usr/bin/env python3
"""killer: waits until one of some processes works, and kills all of them a moment
later; a process of its own, for a browser's driver comes too late.

    MILLISECONDS PID…      a line of its input

It says "watching", and then "killed"; with less than no milliseconds it kills none
and says for how many one of them "took" to work.  An empty line, when all is over:
"missed" if it has seen none of them work.
"""
import os
import select
import signal
import sys
import time

QUIET = 0.02  # for so long nothing works any more


def works(pid):
    """Neither idle nor gone."""
    try:
        with open("/proc/%s/stat" % pid, encoding="latin-1") as f:
            return f.read().rsplit(") ", 1)[1][0] in "RD"
    except (FileNotFoundError, ProcessLookupError):
        return False


def measure(pids, begun):
    last = begun
    while time.monotonic() - last < QUIET:
        if any(works(p) for p in pids):
            last = time.monotonic()
    return 1000 * (last - begun)


def kill(pids, at):
    while time.monotonic() < at:
        pass
    for pid in pids:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass


def begins(pids):
    """Whether one of them has begun to work before all is over."""
    while not any(works(p) for p in pids):
        if select.select([sys.stdin], [], [], 0)[0]:
            return False
    return True


def main():
    for line in sys.stdin:
        if not line.strip():
            continue
        milliseconds, *pids = line.split()
        print("watching", flush=True)
        if not begins(pids):
            print("missed", flush=True)
            continue
        begun = time.monotonic()
        if float(milliseconds) < 0:
            print("took %.3f" % measure(pids, begun), flush=True)
        else:
            kill(pids, begun + float(milliseconds) / 1000)
            print("killed", flush=True)


if __name__ == "__main__":
    main()
