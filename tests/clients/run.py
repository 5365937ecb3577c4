#!/usr/bin/env python3
"""run: the tests with real clients.

    run.py               all of them
    run.py --list        their names
    run.py WORD…         those with one of these words in their name or group
    run.py --shell       a server and two clients, to play with

One line a test: `ok NAME SECONDS`, `FAIL NAME SECONDS` with the reason below,
or `skip NAME: reason`.  Tests of one group share a lab and run in order; groups
run beside each other.  Logs lie in build/test-logs/clients.
"""
import collections
import concurrent.futures
import os
import signal
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
import tests  # noqa: E402
import approve  # noqa: E402,F401: adds its tests
import dns  # noqa: E402,F401
import dnspage  # noqa: E402,F401
import files  # noqa: E402,F401
import identity  # noqa: E402,F401
import moving  # noqa: E402,F401
import oidc  # noqa: E402,F401
import ownhost  # noqa: E402,F401
import policy  # noqa: E402,F401
import relays  # noqa: E402,F401
import roles  # noqa: E402,F401
import routes  # noqa: E402,F401
import rust  # noqa: E402,F401
import ssh  # noqa: E402,F401
import tags  # noqa: E402,F401
import wasm  # noqa: E402,F401

AT_ONCE = int(os.environ.get("CLIENTS_AT_ONCE", "5"))
printing = threading.Lock()
failed = []


def say(*lines):
    with printing:
        print("\n".join(lines), flush=True)


def run_one(test, room):
    begun = time.monotonic()
    try:
        test.body(room)
        word, why = "ok", []
    except lab.Failed as e:
        word, why = "FAIL", ["    " + str(e), "    at " + ", ".join(
            "%s:%d" % (os.path.basename(f.filename), f.lineno)
            for f in traceback.extract_tb(e.__traceback__)
            if "tests" in os.path.basename(f.filename))]
    except lab.Skipped as e:
        say("skip %s: %s" % (test.name, e))
        return
    except Exception:  # the test itself is wrong
        word, why = "FAIL", ["    " + l for l in
                             traceback.format_exc().splitlines()]
    if word == "FAIL":
        failed.append(test.name)
    say("%s %s %.1f" % (word, test.name, time.monotonic() - begun), *why)


def run_group(name, members):
    try:
        with lab.Lab(name) as room:
            for test in members:
                if not lab.closing.is_set():
                    run_one(test, room)
    except lab.Failed as e:
        failed.append(name)
        say("FAIL lab of %s" % name, "    " + str(e))


def chosen(words):
    return [t for t in tests.ALL if not words or
            any(w in (t.group, t.group.split()[0]) or
                   len(w) > 3 and w in t.name for w in words)]


def groups(list_of_tests):
    found = collections.OrderedDict()
    for t in list_of_tests:
        found.setdefault(t.group, []).append(t)
    return sorted(found.items(), key=lambda g: -sum(t.weight for t in g[1]))


def shell():
    with lab.Lab("shell") as room:
        a, b = room.pair()
        print("%s is %s, %s is %s; server %s, home %s" % (
            a.ns, a.ip4, b.ns, b.ip4, room.server.ns, room.server.home))
        print("ip netns exec %s %s --socket=%s status" % (
            a.ns, a.binary("tailscale"), a.socket))
        input("Enter ends it.")


def take_down(*_):
    """TERM, Ctrl-C: nothing is left standing."""
    lab.closing.set()
    ends = [threading.Thread(target=room.end) for room in list(lab.standing)]
    for t in ends:
        t.start()
    for t in ends:
        t.join()
    os._exit(1)


def main(words):
    signal.signal(signal.SIGTERM, take_down)
    signal.signal(signal.SIGINT, take_down)
    if words == ["--list"]:
        for t in tests.ALL:
            print("%-10s %s" % (t.group, t.name))
        return 0
    if words != ["--shell"] and not chosen(words):
        print(__doc__.strip())
        return 0 if words == ["--help"] else 2
    reason = lab.missing()
    if reason:
        print("skip clients: " + reason)
        return 0
    for version in lab.VERSIONS:
        lab.build_client(version)
    if words == ["--shell"]:
        return shell()
    os.chdir(lab.TOP)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for one in [pool.submit(run_group, *g) for g in groups(chosen(words))]:
            one.result()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
