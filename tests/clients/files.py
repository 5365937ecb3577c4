"""files: what the server asks clients, what it tells them, and what machines
give each other: files, folders, relays, pages."""
import json
import os
import signal

from lab import VERSIONS, OLDEST, claim, until
from tests import test


# What the server asks (spec/protocol.md 6.5).

def known(lab, *hosts):
    until("the server's database has them online", 5, lambda: all(
        (lab.server.node(x.hostname) or {}).get("online") for x in hosts))


@test("25. a machine answers the server's questions over its tunnel", "asks", 10,
      versions=VERSIONS)
def asks(lab, v):
    a, b = lab.pair(v)
    known(lab, a, b)
    polls = a.metric("controlclient_map_requests_poll")
    out = lab.server.cairn("nodes", "ping", a.hostname)
    claim("answers after" in out, out)
    claim("answers after" in lab.server.cairn("nodes", "debug", a.hostname,
                                              "echo"), "no echo")
    prefs = lab.server.json("nodes", "debug", a.hostname, "prefs")
    claim(prefs["ControlURL"] == lab.server.url, prefs)
    claim(prefs["WantRunning"] == "true" and "Config" not in prefs, prefs)
    update = lab.server.json("nodes", "debug", a.hostname, "update")
    claim(update["Enabled"] == "false", update)
    health = lab.server.cairn("nodes", "debug", a.hostname, "health", ok=False)
    if v == OLDEST:
        claim("does not know the question" in health, health)
    else:
        claim("Error" not in health, health)
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")


@test("25. a machine pings another for the server, in each kind", "asks", 10,
      versions=VERSIONS)
def asked_pings(lab, v):
    a, b = lab.pair(v)
    known(lab, a, b)
    for kind in ("disco", "TSMP", "ICMP", "peerapi"):
        got = lab.server.json("nodes", "ping", a.hostname, "--type", kind,
                              "--to", b.hostname)
        claim(got["latency"].endswith(" ms"), "%s: %s" % (kind, got))
    out = lab.server.cairn("nodes", "ping", a.hostname, "--type", "disco",
                           ok=False)
    claim("--to" in out, out)


@test("who is not there is not asked, and who stands still is called silent",
      "asks still", 20)
def asked_in_vain(lab):
    a, b = lab.pair()
    known(lab, a, b)
    b.cli("down")
    until("the server knows that b is away", 25,
          lambda: not lab.server.node(b.hostname).get("online"))
    out = lab.server.cairn("nodes", "ping", b.hostname, ok=False)
    claim("is not connected" in out, out)
    os.kill(a.daemon.pid, signal.SIGSTOP)
    try:
        out = lab.server.cairn("nodes", "ping", a.hostname, ok=False)
    finally:
        os.kill(a.daemon.pid, signal.SIGCONT)
    claim("does not answer" in out, out)
    netcheck = lab.server.json("nodes", "debug", a.hostname, "netcheck")
    claim(netcheck["UDP"] == "yes", json.dumps(netcheck))
