"""dns: what real clients make of nameservers, domains and records."""
import json
import os
import sys

from lab import NEWEST, OLDEST, VERSIONS, claim, until
from policy import polls
from tests import DOMAIN, test

SECONDS = 20
# Answers every question for an A record with one address, and says in its log
# that it listens.
SERVER = r"""
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 53))
print("listening", flush=True)
while True:
    q, who = s.recvfrom(4096)
    at = 12
    while q[at]:
        at += q[at] + 1
    question = q[12:at + 5]
    is_a = question[-4:-2] == b"\0\1"
    head = q[:2] + b"\x85\x80" + struct.pack(">4H", 1, is_a, 0, 0)
    answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 5, 4) + \
        socket.inet_aton(sys.argv[1]) if is_a else b""
    s.sendto(head + question + answer, who)
"""


def answering(c, address):
    """A small DNS server on that host."""
    log = "dns-%s.log" % c.hostname
    c.start([sys.executable, "-c", SERVER, address], log)
    path = os.path.join(c.lab.logs, log)

    def listens():
        with open(path, encoding="utf-8") as f:
            return "listening" in f.read()
    until("a DNS server at " + c.hostname, 10, listens)


def dig(c, name, kind="A", *more):
    """As a program of that host asks, by its resolv.conf."""
    return c.inside("dig", "+short", "+time=2", "+tries=1", kind, name, *more,
                    ok=False, seconds=10).split()


def resolves(c, name, *values, kind="A"):
    until("%s gets %s for %s" % (c.hostname, list(values), name), SECONDS,
          lambda: sorted(dig(c, name, kind)) == sorted(values))


def completes(c, name):
    """The address that a program of that host gets for a name without a dot.
    The lab's own resolver answers nobody, so what no search domain completes is
    waited for, as long as these say: by itself twenty seconds."""
    return c.inside("env", "RES_OPTIONS=timeout:1 attempts:1", "getent",
                    "ahostsv4", name, ok=False).split(" ")[0]


def config(c):
    return c.netmap().get("DNS") or {}


def becomes(c, what, holds):
    until("the DNSConfig of %s has %s: %s" % (
        c.hostname, what, json.dumps(config(c))), SECONDS,
          lambda: holds(config(c)))


def dns(lab, *args):
    return lab.server.cairn("dns", *args)


def pair(lab, v):
    n = "dns" + v
    if n not in lab.shared:
        s = v.replace(".", "-")
        lab.shared[n] = (lab.client("asks-" + s, v), lab.client("has-" + s, v))
    a, b = lab.shared[n]
    a.sees(b.hostname, Online=True)
    return a, b


@test("MagicDNS goes off and on again, and a rename is seen, without a new "
      "poll", "dns", 10, versions=VERSIONS)
def magic(lab, v):
    a, b = pair(lab, v)
    resolves(a, "%s.%s" % (b.hostname, DOMAIN), b.ip4)
    before = polls(a, b)
    dns(lab, "set", "--magic-dns", "false")
    becomes(a, "no MagicDNS", lambda d: not d.get("Proxied"))
    dns(lab, "set", "--magic-dns", "true")
    becomes(a, "MagicDNS", lambda d: d.get("Proxied"))
    resolves(a, "%s.%s" % (b.hostname, DOMAIN), b.ip4)
    node = lab.server.node_id(b.hostname)
    lab.server.cairn("nodes", "rename", "-i", node, "named-" + v[-3:-2])
    resolves(a, "named-%s.%s" % (v[-3:-2], DOMAIN), b.ip4)
    resolves(a, "%s.%s" % (b.hostname, DOMAIN))
    lab.server.cairn("nodes", "rename", "-i", node, b.hostname)
    resolves(a, "%s.%s" % (b.hostname, DOMAIN), b.ip4)
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("records by command are answered, and gone when they are removed",
      "dns", 10, versions=VERSIONS)
def records(lab, v):
    a, b = pair(lab, v)
    before = polls(a, b)
    dns(lab, "records", "add", "git.%s" % DOMAIN, "A", "192.0.2.1")
    dns(lab, "records", "add", "far.example", "A", "192.0.2.2")
    dns(lab, "records", "add", "far.example", "AAAA", "2001:db8::2")
    dns(lab, "records", "add", "its.example", "A", "--node", b.hostname)
    resolves(a, "git.%s" % DOMAIN, "192.0.2.1")
    resolves(a, "far.example", "192.0.2.2")
    resolves(a, "far.example", "2001:db8::2", kind="AAAA")
    resolves(a, "its.example", b.ip4)
    dns(lab, "records", "remove", "git.%s" % DOMAIN)
    dns(lab, "records", "remove", "far.example", "A")
    dns(lab, "records", "remove", "far.example", "AAAA")
    dns(lab, "records", "remove", "its.example")
    resolves(a, "git.%s" % DOMAIN)
    becomes(a, "no records", lambda d: not d.get("ExtraRecords"))
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("records of a file follow it, and a broken one changes nothing", "dns",
      10, versions=[NEWEST])
def records_file(lab, v):
    a, b = pair(lab, v)
    path = os.path.join(lab.folder, "records.json")
    before = polls(a, b)

    def write(text):
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def says(value):
        return json.dumps([{"name": "nas." + DOMAIN, "type": "A",
                            "value": value}])
    write(says("192.0.2.5"))
    lab.server.cairn("settings", "set", "extra_records_path", path)
    resolves(a, "nas." + DOMAIN, "192.0.2.5")
    write(says("192.0.2.6"))
    resolves(a, "nas." + DOMAIN, "192.0.2.6")
    write(says("192.0.2.7")[:-5])
    until("the server says so", SECONDS,
          lambda: "cannot be taken" in dns(lab, "get"))
    claim(dig(a, "nas." + DOMAIN) == ["192.0.2.6"], "it was forgotten")
    claim("cannot be taken" in lab.server.cairn("health", ok=False), "health")
    write(says("192.0.2.8"))
    resolves(a, "nas." + DOMAIN, "192.0.2.8")
    lab.server.cairn("settings", "set", "extra_records_path", "")
    resolves(a, "nas." + DOMAIN)
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("nameservers of a domain and of all names are asked, and no others",
      "dns", 15, versions=VERSIONS)
def nameservers(lab, v):
    a, b = pair(lab, v)
    answering(b, "203.0.113.9")
    before = polls(a, b)
    dns(lab, "nameservers", "add", b.address, "-d", "corp.example")
    resolves(a, "www.corp.example", "203.0.113.9")
    claim(dig(a, "www.other.example") != ["203.0.113.9"], "asked for all")
    dns(lab, "nameservers", "remove", b.address, "-d", "corp.example")
    becomes(a, "no route", lambda d: len(d.get("Routes") or {}) == 1)
    # By its address inside the tailnet, for all names.
    dns(lab, "nameservers", "add", b.ip4, "--with-exit-node")
    becomes(a, "a fallback", lambda d: d.get("FallbackResolvers"))
    claim(dig(a, "www.other.example") != ["203.0.113.9"], "it overrides")
    dns(lab, "set", "--override-local", "true")
    becomes(a, "a resolver", lambda d: d.get("Resolvers"))
    claim(bool(config(a)["Resolvers"][0].get("UseWithExitNode")) ==
          (v != OLDEST), config(a))
    resolves(a, "www.other.example", "203.0.113.9")
    dns(lab, "set", "--override-local", "false")
    dns(lab, "nameservers", "remove", b.ip4)
    becomes(a, "neither", lambda d: not d.get("Resolvers")
            and not d.get("FallbackResolvers"))
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("search domains complete what has no dot", "dns", 10,
      versions=[NEWEST])
def search(lab, v):
    a, b = pair(lab, v)
    before = polls(a, b)
    dns(lab, "records", "add", "wiki.corp.example", "A", "192.0.2.3")
    claim(not completes(a, "wiki"), "it is completed without a domain")
    dns(lab, "search", "add", "corp.example")
    until("the resolver knows the domain", SECONDS,
          lambda: completes(a, "wiki") == "192.0.2.3")
    dns(lab, "search", "remove", "corp.example")
    becomes(a, "one domain", lambda d: d.get("Domains") == [DOMAIN])
    dns(lab, "records", "remove", "wiki.corp.example")
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("DNS over HTTPS and NextDNS reach the client as they should", "dns", 5,
      versions=[NEWEST])
def https(lab, v):
    a, b = pair(lab, v)
    before = polls(a, b)
    dns(lab, "nameservers", "add", "https://dns.nextdns.io/abc123")
    dns(lab, "set", "--override-local", "true")
    becomes(a, "NextDNS", lambda d: (d.get("Resolvers") or [{}])[0].get(
        "Addr", "") == "https://dns.nextdns.io/abc123?device_name=%s"
        "&device_model=linux&device_ip=%s" % (a.hostname, a.ip4))
    becomes(b, "its own", lambda d: "device_name=" + b.hostname in json.dumps(
        d.get("Resolvers")))
    claim("dns.nextdns.io/abc123" in a.cli("dns", "status", "--all",
                                           ok=False), "dns status")
    dns(lab, "set", "--override-local", "false")
    dns(lab, "nameservers", "remove", "https://dns.nextdns.io/abc123")
    becomes(a, "none", lambda d: not d.get("Resolvers"))
    claim(polls(a, b) == before, "a new poll: %s" % before)
