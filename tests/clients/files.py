"""files: what the server asks clients, what it tells them, and what machines
give each other: files, folders, relays, pages."""
import json
import os
import signal
import time

from lab import MIDDLE, OLDEST, VERSIONS, claim, until
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


# What the server lets clients say.

def complains(c, words, seconds=5):
    until("%s complains of %s" % (c.hostname, words), seconds, lambda: any(
        words in h for h in c.status().get("Health") or []))


def content(c, words, seconds=5):
    until("%s complains no more of %s: %s" % (
        c.hostname, words, c.status().get("Health")), seconds, lambda: not any(
            words in h for h in c.status().get("Health") or []))


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
        time.time() + days * 86400))


@test("26. a key that expires soon is complained of, until it is extended",
      "complaints", 10, versions=VERSIONS)
def expires_soon(lab, v):
    a, b = lab.pair(v)
    polls = a.metric("controlclient_map_requests_poll")
    node = lab.server.node_id(a.hostname)
    lab.server.cairn("nodes", "expire", "-i", node, "-e", in_days(6))
    complains(a, "key of this machine expires on")
    out = a.cli("status")
    claim("expires on" in out, out)
    claim(not any("expires on" in h for h in b.status().get("Health") or []),
          "its peer says so too")
    lab.server.cairn("nodes", "expire", "-i", node, "-e", in_days(90))
    content(a, "expires on")
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")


@test("26. a route that waits is complained of where it is advertised",
      "complaints", 10, versions=VERSIONS)
def route_waits(lab, v):
    a, _ = lab.pair(v)
    a.cli("set", "--advertise-routes=10.77.0.0/16")
    complains(a, "routes that this machine advertises")
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id(a.hostname), "-r", "10.77.0.0/16")
    content(a, "routes that this machine advertises")
    a.cli("set", "--advertise-routes=")


@test("an update is told of once an admin names the newest version",
      "complaints", 10, versions=[OLDEST, MIDDLE])
def update_told(lab, v):
    a, _ = lab.pair(v)
    lab.server.cairn("settings", "set", "client_version", "1.999.0")
    try:
        until("a knows of it", 5, lambda: (
            a.status().get("ClientVersion") or {}).get(
                "LatestVersion") == "1.999.0")
    finally:
        lab.server.cairn("settings", "set", "client_version", "")
    until("a runs the latest", 5, lambda: (
        a.status().get("ClientVersion") or {}).get("RunningLatest"))
