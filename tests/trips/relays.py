#!/usr/bin/env python3
"""Maps of relays from an https server of somebody else, which the job reads: good
ones, and each way in which such a server can be bad.

The server is ours, on loopback, with a certificate that handlers trust by
SSL_CERT_FILE; what it answers is changed from step to step.
"""
import contextlib
import http.server
import json
import os
import time

from instance import claim, folder, instance, main, trip, until
from outside import certificate, serve

LIMIT = 128 * 1024  # bytes of a map
SECONDS = 10  # that a job may wait for it


def region(number, code):
    return {str(number): {
        "RegionID": number, "RegionCode": code, "RegionName": code,
        "Nodes": [{"Name": "%da" % number, "RegionID": number,
                   "HostName": "relay.example.org", "IPv4": "192.0.2.1"}]}}


def a_map(*regions):
    return json.dumps({"Regions": {k: v for r in regions
                                   for k, v in r.items()}}).encode()


GOOD = a_map(region(1, "one"), region(2, "two"))
OTHER = a_map(region(2, "two"), region(3, "three"))


def of_size(size):
    """A good map with blanks behind it."""
    return GOOD + b" " * (size - len(GOOD))


class Bad(http.server.BaseHTTPRequestHandler):
    """Answers what its server was told to."""

    def do_GET(self):  # pylint: disable=invalid-name
        self.server.asked += 1
        status, headers, body, slow = self.server.answers.get(
            self.path, (404, {}, b"", False))
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Connection", "close")
            self.end_headers()
            if slow:  # a byte now and then, for ever
                for byte in body:
                    if self.server.ended.wait(0.5):
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
            else:
                self.wfile.write(body)
        except OSError:
            pass  # it has hung up, as it should

    def log_message(self, *_):
        pass


def bad(tls=None):
    return serve(Bad, tls, answers={}, asked=0)


class Stage:
    """A cairn and the server that its source is at."""

    def __init__(self, one, https, plain, strange):
        self.one, self.https = one, https
        self.plain, self.strange = plain, strange
        self.place = https.url + "/map"

    def answers(self, body=b"", status=200, slow=False, server=None,
                path="/map", **headers):
        (server or self.https).answers[path] = (
            status, {k.replace("_", "-"): v for k, v in headers.items()},
            body, slow)

    def row(self):
        return self.one.json("relays", "source", "list")[0]

    def read(self):
        """It is asked for, and the row after that.  Times are whole seconds,
        so the next one is waited for.  Jobs are done one by one, and trying a
        region that does not answer takes seven seconds."""
        before = self.row().get("tried_at") or {"seconds": 0}
        until("another second", 3, lambda: time.time() >= before["seconds"] + 1)
        self.one.cairn("relays", "source", "refresh", self.place)
        return until("a try of " + str(self.row()), SECONDS + 30, lambda: (
            lambda r: r.get("tried_at") != before and r)(self.row()))

    def regions(self):
        return sorted(int(r["region_id"]) for r in
                      self.one.json("relays", "list"))

    def keeps(self, words):
        """What was good stays with its age, and the fault is told."""
        good = self.row()
        row = self.read()
        claim(words in row.get("error", ""), "%s is not in %s" % (words, row))
        for name in ("read_at", "changed_at", "regions"):
            claim(row[name] == good[name], "%s: %s, then %s" % (
                name, good, row))
        claim(row["tried_at"] != good["tried_at"], row)
        claim(self.regions() == [1, 2, 900], self.regions())
        said = self.one.cairn("doctor", ok=False)
        told = [l for l in said.splitlines() if self.place in l]
        claim(told and not told[0].startswith("ok"), said)

    def recovers(self):
        self.answers(GOOD)
        row = self.read()
        claim(not row.get("error"), row)


@contextlib.contextmanager
def stage():
    with folder() as path:
        trusted = os.path.join(path, "trusted")
        unknown = os.path.join(path, "unknown")
        certificate(trusted)
        certificate(unknown)
        with bad(trusted) as https, bad() as plain, bad(unknown) as strange, \
                instance(SSL_CERT_FILE=trusted + ".pem") as one:
            s = Stage(one, https, plain, strange)
            s.answers(GOOD)
            one.cairn("settings", "set", "relay_private", "true")
            one.cairn("relays", "source", "add", s.place)
            until("the first reading", 15, lambda: s.row().get("read_at"))
            yield s


@trip("a map is read when its source is added, and again: unchanged it is no "
      "news, changed it counts at once")
def good():
    with stage() as s:
        first = s.row()
        claim(first["regions"] == 2 and not first.get("error"), first)
        claim(s.regions() == [1, 2, 900], s.regions())
        again = s.read()
        claim(again["read_at"] != first["read_at"], again)
        claim(again["changed_at"] == first["changed_at"], again)
        s.answers(OTHER)
        third = s.read()
        claim(third["changed_at"] != first["changed_at"], third)
        claim(s.regions() == [2, 3, 900], s.regions())


@trip("what is no good map, or comes with another status, keeps the last one")
def broken():
    with stage() as s:
        s.answers(GOOD[:-9])
        s.keeps("")
        claim(s.row()["error"], s.row())
        s.answers(b"")
        s.keeps("")
        s.answers(b'{"Regions":{"7":{}}}')
        s.keeps("region 7")
        s.answers(GOOD, status=500)
        s.keeps("it answers 500")
        s.answers(GOOD, status=404)
        s.keeps("it answers 404")
        s.recovers()


@trip("a map is taken at its limit and no byte further, with a length or without")
def huge():
    with stage() as s:
        s.answers(of_size(LIMIT))
        claim(not s.read().get("error"), s.row())
        s.answers(of_size(LIMIT + 1))
        s.keeps("more than %d bytes" % LIMIT)
        s.answers(of_size(LIMIT + 1), Content_Length=str(LIMIT + 1))
        s.keeps("more than %d bytes" % LIMIT)
        s.answers(b"x" * (64 << 20))
        s.keeps("more than %d bytes" % LIMIT)
        s.recovers()


@trip("a source that trickles is left after ten seconds, and holds nobody up")
def slow():
    with stage() as s:
        s.answers(GOOD, slow=True)
        begun = time.monotonic()
        s.keeps("it took more than %d seconds" % SECONDS)
        took = time.monotonic() - begun
        claim(took < SECONDS + 25, "it took %.1f s" % took)
        s.recovers()


@trip("a redirect is followed to https three times, never to http")
def redirects():
    with stage() as s:
        def to(place, path="/map"):
            s.answers(status=302, path=path, Location=place)
        s.answers(OTHER, server=s.plain)
        to(s.plain.url + "/map")
        s.keeps("")
        claim(s.row()["error"] and s.plain.asked == 0, s.row())
        for n in range(3):
            to("%s/%d" % (s.https.url, n + 1), "/%d" % n)
        to(s.https.url + "/1")
        s.answers(GOOD, path="/3")
        claim(not s.read().get("error"), s.row())
        to(s.https.url + "/0")  # one more
        s.keeps("it redirects more than 3 times")
        s.recovers()


@trip("a certificate that is not trusted, and nobody there, keep the last map")
def strange():
    with stage() as s:
        s.answers(OTHER, server=s.strange)
        s.answers(status=302, Location=s.strange.url + "/map")
        s.keeps("certificate")
        claim(s.strange.asked == 0, "it was asked")
        s.one.cairn("settings", "set", "relay_private", "false")
        s.answers(OTHER)
        asked = s.https.asked
        s.keeps("its address is not one of the public internet")
        claim(s.https.asked == asked, "it was asked")


if __name__ == "__main__":
    main()
