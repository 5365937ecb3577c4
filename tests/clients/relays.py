"""relays: a second relay, on a machine of its own, as docs/DEPLOY.md has it.

        namespace PREFIX-r on the bridge, 10.99.0.200
   +-----------------------------------------------------------+
   | nginx 443 with cairn-relay-locations.conf, cairn-relay     |
   | --config (no database), which asks /verify with its token |
   +-----------------------------------------------------------+

Its certificate is self-signed, so machines are told its hash; nobody asks DNS,
so they are told its address.
"""
import hashlib
import json
import os
import re
import signal
import ssl
import time

from lab import (BUILD, NET, NEWEST, OLDEST, TOP, VERSIONS, Host, claim,
                 until)
from identity import SECOND, Neighbour
from policy import polls
from tests import test

OWN, FAR = "900", "901"
# Till a client has its home elsewhere: one that heard from the hidden region in
# the last eight seconds keeps it until it measures again, after 20 to 26 s.
HIDDEN_SECONDS = 35
MAP_SECONDS = 10  # who was at home there already may not have heard yet
OUT_SECONDS = 5  # till a relay refuses whom the server no longer knows
RULE = "a relay on another machine"
# A relay elsewhere takes three minutes a version.
SOME = VERSIONS if os.environ.get("TEST_LONG") else (OLDEST, NEWEST)

NGINX = """user root root;
daemon off;
worker_processes 1;
pid "%(home)s/nginx.pid";
error_log "%(home)s/error.log" warn;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path "%(home)s/body";
	proxy_temp_path "%(home)s/proxy";
	fastcgi_temp_path "%(home)s/fastcgi";
	uwsgi_temp_path "%(home)s/uwsgi";
	scgi_temp_path "%(home)s/scgi";
	server {
		listen %(address)s:443 ssl;
		server_name derp.example.org;
		ssl_certificate "%(home)s/cert.pem";
		ssl_certificate_key "%(home)s/key.pem";
		include "%(home)s/locations.conf";
	}
}
"""


class Relay(Host):
    """The second machine."""

    def __init__(self, lab):
        super().__init__(lab, "r", NET + "200")
        lab.clients.append(self)  # ended with them
        self.home = os.path.join(lab.folder, "relay")
        os.makedirs(self.home, mode=0o750)
        lab.server.exec("ip", "link", "add", "eth0", "netns", self.ns, "type",
                        "veth", "peer", "name", "vr", "netns", lab.server.ns)
        lab.server.exec("ip", "link", "set", "vr", "master", "br0", "up")
        self.exec("ip", "link", "set", "eth0", "up")
        self.exec("ip", "addr", "add", self.address + "/24", "dev", "eth0")
        self.program = None
        self.begin_nginx()

    def begin_nginx(self):
        cert = os.path.join(self.home, "cert.pem")
        self.exec("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                  "-subj", "/CN=derp.example.org", "-addext",
                  "subjectAltName=DNS:derp.example.org", "-out", cert,
                  "-keyout", os.path.join(self.home, "key.pem"))
        with open(cert, encoding="ascii") as f:
            self.pin = hashlib.sha256(
                ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()
        with open(os.path.join(TOP, "nginx/cairn-relay-locations.conf"),
                  encoding="utf-8") as f:
            shipped = f.read().replace("/var/lib/cairn-relay", self.home)
        for name, text in (("locations.conf", shipped), ("nginx.conf", NGINX % {
                "home": self.home, "address": self.address})):
            with open(os.path.join(self.home, name), "w",
                      encoding="utf-8") as f:
                f.write(text)
        self.start(["nginx", "-p", self.home, "-e", self.home + "/error.log",
                    "-c", self.home + "/nginx.conf"], "relay-nginx.log",
                   env={"PATH": os.environ["PATH"] + ":/usr/sbin"})
        until("nginx", 10, lambda: os.path.exists(self.home + "/nginx.pid"))

    def begin(self, token):
        """With that token, from the start; waits until it serves."""
        if self.program:
            self.program.terminate()
            self.program.wait(10)
        conf = os.path.join(self.home, "relay.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("# as the page shows it\nserver = %s\ntoken = %s\n" % (
                self.lab.server.url, token))
        os.chmod(conf, 0o640)
        at = len(self.log())
        self.program = self.start(
            [os.path.join(TOP, BUILD, "bin/cairn-relay"), "--home", self.home,
             "--config", conf], "relay.log")
        until("the relay runs", 10, lambda: "started" in self.log()[at:])

    def log(self):
        try:
            with open(os.path.join(self.lab.logs, "relay.log"),
                      encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""


def trial(lab):
    """How it answered the server, or None."""
    return [r.get("test") for r in lab.server.json("relays", "list")
            if str(r["region_id"]) == FAR][0]


def second(lab, v):
    """The relay and two clients without UDP but for STUN; the same at each
    call, with all regions shown."""
    if "relay" not in lab.shared:
        a, b = lab.pair(v)
        relay = Relay(lab)
        relay.begin("cairn-relay-%s-%s" % (FAR, 43 * "x"))  # of none yet
        token = lab.server.json(
            "relays", "add", "--region", FAR, "--code", "far", "--name",
            "Far away", "--host", "derp.example.org", "--ipv4", relay.address,
            "--ipv6", "none", "--cert", relay.pin)["token"]
        until("it is tried", 20, lambda: trial(lab))
        relay.begin(token)
        for c in (a, b):
            c.block_udp()
            c.cli("debug", "rebind", ok=False)
        lab.shared["relay"] = (relay, a, b)
    for region in (OWN, FAR):
        lab.server.cairn("relays", "show", region)
    return lab.shared["relay"]


def netcheck(c):
    text = c.cli("netcheck", "--format=json", ok=False)
    return json.loads(text[text.find("{"):] or "{}")


def regions(c):
    return sorted(json.loads(c.cli("debug", "derp-map"))["Regions"])


def carries(code, a, b, seconds=60):
    until("%s carries what %s sends %s" % (code, a.hostname, b.hostname),
          seconds, lambda: "via DERP(%s)" % code in a.cli(
              "ping", "--c=2", "--timeout=3s", "--until-direct=false", b.ip4,
              ok=False))


def only(lab, shown, *clients):
    """All but this region are hidden; how long until the last client has its
    home there."""
    lab.server.cairn("relays", "show", shown)
    lab.server.cairn("relays", "hide", FAR if shown == OWN else OWN)
    begun = time.monotonic()
    code = {OWN: "cairn", FAR: "far"}[shown]
    for c in clients:
        until("%s has its home at %s" % (c.hostname, code), HIDDEN_SECONDS,
              lambda c=c: c.self_node().get("Relay") == code)
        until("%s has no other in its map" % c.hostname, MAP_SECONDS,
              lambda c=c: regions(c) == [shown])
    return time.monotonic() - begun


@test("netcheck measures the own region and one on another machine", RULE, 30,
      versions=SOME)
def both(lab, v):
    _, a, b = second(lab, v)
    for c in (a, b):
        until("%s has both" % c.hostname, 10,
              lambda c=c: regions(c) == [OWN, FAR])
        until("%s measures both" % c.hostname, 30, lambda c=c: sorted(
            netcheck(c).get("RegionLatency") or {}) == [OWN, FAR])


@test("the server tries it as a client does, and says how it answered", RULE,
      versions=[NEWEST])
def tried(lab, v):
    second(lab, v)
    row = trial(lab)
    claim("stun_ms" in row and "https_ms" in row and not row.get("error"),
          row)


@test("machines without UDP talk by each region, and when it is hidden have "
      "their homes at the other without a new poll", RULE, 60, versions=SOME)
def by_each(lab, v):
    _, a, b = second(lab, v)
    before = polls(a, b)
    for region, code in ((FAR, "far"), (OWN, "cairn"), (FAR, "far")):
        took = only(lab, region, a, b)
        print("    homes at %s after %.2f s" % (code, took), flush=True)
        carries(code, a, b)
        carries(code, b, a)
        a.sees(b.hostname, Relay=code)
    claim(polls(a, b) == before, "a new poll: %s, %s" % (before, polls(a, b)))


@test("each has its home at another region, and they talk", RULE, 30,
      versions=SOME)
def apart(lab, v):
    _, a, b = second(lab, v)
    only(lab, FAR, a, b)
    a.cli("debug", "force-prefer-derp", FAR)
    lab.server.cairn("relays", "show", OWN)
    b.cli("debug", "force-prefer-derp", OWN)
    try:
        until("b is at home at the own one", 40,
              lambda: b.self_node().get("Relay") == "cairn")
        a.sees(b.hostname, Relay="cairn")
        claim(a.self_node().get("Relay") == "far", "a has moved too")
        carries("cairn", a, b)
        carries("far", b, a)
    finally:
        for c in (a, b):
            c.cli("debug", "force-prefer-derp", "0")


@test("while the server is away who is at the relay stays, and they talk",
      RULE, 20, versions=[NEWEST])
def server_away(lab, v):
    relay, a, b = second(lab, v)
    only(lab, FAR, a, b)
    carries("far", a, b)
    at = len(relay.log())
    lab.server.stop()
    try:
        until("the relay says that it cannot ask", 15,
              lambda: "server not asked" in relay.log()[at:])
        carries("far", a, b)
        claim("client left" not in relay.log()[at:], relay.log()[at:])
    finally:
        lab.server.begin()
    until("it asks again", 15,
          lambda: "server asked again" in relay.log()[at:])


@test("with a revoked token nobody new is let in and who is there stays; a new "
      "token opens it", RULE, 60, versions=[NEWEST])
def revoked(lab, v):
    relay, a, b = second(lab, v)
    only(lab, FAR, a, b)
    carries("far", a, b)
    at = len(relay.log())
    lab.server.cairn("relays", "token", "revoke", FAR)
    until("the relay hears of it", 10, lambda: re.search(
        "server not asked .*status=403", relay.log()[at:]))
    c = lab.client("newcomer")
    until("it is refused", 30, lambda: re.search(
        "connection refused .*address=" + re.escape(c.address),
        relay.log()[at:]))
    carries("far", a, b)
    claim("address=" + c.address not in "".join(
        l for l in relay.log()[at:].splitlines() if "client joined" in l),
        "it was let in")
    relay.begin(lab.server.json("relays", "token", "new", FAR)["token"])
    until("it is let in", 60, lambda: re.search(
        "client joined .*address=" + re.escape(c.address),
        relay.log()[at:]))
    carries("far", a, b)


@test("who is deleted is put out within 5 s, and not let in again", RULE, 30,
      versions=SOME)
def deleted(lab, v):
    """The client is stopped, for it would hang up by itself."""
    relay, a, b = second(lab, v)
    only(lab, FAR, a, b)
    carries("far", a, b)
    at = len(relay.log())
    os.kill(b.daemon.pid, signal.SIGSTOP)
    try:
        lab.server.cairn("nodes", "delete", "--force", "-i",
                         lab.server.node_id(b.hostname))
        begun = time.monotonic()
        until("it is put out", OUT_SECONDS, lambda: re.search(
            "client left .*address=" + re.escape(b.address),
            relay.log()[at:]))
        print("    put out after %.2f s" % (time.monotonic() - begun),
              flush=True)
    finally:
        os.kill(b.daemon.pid, signal.SIGCONT)
    left = [l for l in relay.log()[at:].splitlines() if "client left" in l]
    claim("reason=" in left[0], left)
    b.wait_state("NeedsLogin", 40)
    claim(not re.search("client joined .*address=" + re.escape(b.address),
                        relay.log()[at:]), "it came back")


# Relays of others: known by a map of theirs, asking nobody who comes.

THEIRS = "77"


def map_of(server):
    """What others publish: the relay of that cairn, a region of theirs."""
    with open(os.path.join(server.home, "tls/cert.pem"), encoding="ascii") as f:
        pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()
    return {"Regions": {THEIRS: {
        "RegionID": int(THEIRS), "RegionCode": "theirs", "RegionName": "Theirs",
        "Nodes": [{"Name": THEIRS + "a", "RegionID": int(THEIRS),
                   "HostName": server.address, "IPv4": server.address,
                   "IPv6": "none", "CertName": "sha256-raw:" + pin,
                   "DERPPort": int(SECOND["CAIRN_HTTPS_PORT"]),
                   "STUNPort": int(SECOND["CAIRN_STUN_PORT"])}]}}}


@test("machines without UDP talk by a relay of others that takes anybody, known "
      "by a map of theirs", "a relay of others", 40, versions=[NEWEST])
def by_theirs(lab, v):
    other = Neighbour(lab)
    other.begin()
    a, b = lab.pair(v)
    place = os.path.join(lab.folder, "theirs.json")
    with open(place, "w", encoding="utf-8") as f:
        json.dump(map_of(other), f)
    os.chmod(place, 0o644)
    lab.server.cairn("relays", "source", "add", place)
    until("both know the region", 20, lambda: all(
        THEIRS in regions(c) for c in (a, b)))
    lab.server.cairn("relays", "hide", OWN)
    for c in (a, b):
        c.block_udp()
        c.cli("debug", "rebind", ok=False)
    until("it takes its own tailnet's machines alone", 60,
          lambda: "connection refused" in other.log())
    other.cairn("settings", "set", "relay_verify", "false")
    for c in (a, b):
        until("%s has its home there" % c.hostname, 60,
              lambda c=c: c.self_node().get("Relay") == "theirs")
    carries("theirs", a, b)
    carries("theirs", b, a)
