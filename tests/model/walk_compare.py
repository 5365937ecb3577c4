"""walk_compare: what each client made of its messages, held against the model.
"""
import json

import compare_fixture
import netmap
import truth as model
from walk_stage import Differs


class Comparing:
    """A part of Walk (walk.py)."""

    def compare(self):
        viewers = []
        for c in self.clients:
            if c.map.wrong:
                raise Differs("client %d: %s" % (c.place, c.map.wrong[:5]))
            n = self.node_of(c)
            if c.streams and not c.lags and n:
                viewers.append((c, n))
            elif c.streams and not c.lags:
                self.compare_gone(c)
        self.t.now = self.stage.now
        self.disturbed |= self.unprobed()
        for c in self.clients:   # a late answer is a doubt
            if c.map.pinged and self.node_of(c):
                self.disturbed.add(self.node_of(c).name())
            c.map.pinged = False
        bad, seen = self.t.elect(self.carried(viewers), self.disturbed,
                                 {n.name() for _, n in viewers}), {}
        self.disturbed = set()
        answers = self.t.answers()
        for c, n in viewers:
            one = self.compare_one(c, n, answers)
            bad += ["n%d (client %d): %s" % (n.id, c.place, b) for b in one]
            if self.is_open(n) and not n.hidden:
                self.compare_times(c, n, seen, bad)
        if bad:
            raise Differs("\n    ".join(["netmaps differ:"] + bad[:20]))

    def carried(self, viewers):
        """Who says that it carries a subnet."""
        got = {}
        for c, n in viewers:
            if c.map.self and self.is_open(n) and not n.hidden:
                for route in c.map.self.get("PrimaryRoutes") or []:
                    got[route] = n.name()
                for i, peer in c.map.peers.items():
                    for route in peer.get("PrimaryRoutes") or []:
                        got.setdefault(route, "n%d" % i)
        return got

    def compare_gone(self, c):
        """A farewell."""
        me = c.map.self
        if not me or me.get("KeyExpiry") != "1970-01-02T00:00:00Z" or \
                c.map.rules():
            raise Differs("client %d was not told that it is gone: %s"
                          % (c.place, me))

    def compare_one(self, c, n, answers):
        nm = c.map
        if nm.self is None:
            return ["has no netmap"]
        bad = self.compare_self(nm, n) + self.compare_own_words(c, n) + \
            self.compare_warnings(c, n)
        if not self.is_open(n) or n.hidden:
            if nm.rules():
                bad.append("is shut out and has a filter")
            if nm.ssh != {"rules": []}:
                bad.append("is shut out and has SSH rules: %s" % nm.ssh)
            if n.hidden and nm.peers:
                bad.append("waits for approval and has peers")
            return bad
        want = dict(answers[n.name()])
        del want["autoApproved"]   # not in netmaps
        want["capMap"] = self.t.caps(n, want["capMap"])
        got = self.answer_of(nm)
        bad += [b.partition(": ")[2] for b in compare_fixture.compare(
            {"status": 200, "nodes": {n.name(): want}},
            {"status": 200, "nodes": {n.name(): got}}, "semantic")]
        for i, peer in nm.peers.items():
            m = self.t.nodes.get(i)
            if m:
                bad += self.compare_peer(peer, m, nm)
        bad += self.compare_dns(nm.dns or {}, self.t.expected_dns(
            n, c.capver, answers))
        if nm.domain != self.t.domain():
            bad.append("domain is %r" % nm.domain)
        if set((nm.derp or {}).get("Regions") or {}) != self.t.relays():
            bad.append("relays are %s" % nm.derp)
        return bad

    @staticmethod
    def compare_dns(got, want):
        got = dict(got)
        if got.get("ExtraRecords"):
            got["ExtraRecords"] = sorted(
                got["ExtraRecords"],
                key=lambda r: (r["Name"], r["Type"], r["Value"]))
        return ["DNS %s: want %s, got %s" % (k, want.get(k), got.get(k))
                for k in sorted(want.keys() | got.keys())
                if want.get(k) != got.get(k)]

    def compare_warnings(self, c, n):
        """As many as there is reason for, the old way or the new one."""
        want = self.t.warnings(n, self.stage.now)
        nm = c.map
        if c.capver < 117:
            good = not nm.display and len(nm.health or []) == len(want)
        else:
            good = not nm.health and set(nm.display) == want
        said = json.dumps([nm.health, nm.display])
        if "cairn-key-expiry" in want:
            good = good and model.text_of(n.expires)[:10] in said
        return [] if good else ["is warned of %s, not %s" % (said, want)]

    @staticmethod
    def answer_of(nm):
        """As policy engines answer."""
        strip = netmap.lowest
        return {
            "packetFilter": nm.rules(),
            "sshRules": (nm.ssh or {}).get("rules"),
            "addresses": nm.self["Addresses"],
            "allowedIPs": nm.self.get("AllowedIPs", nm.self["Addresses"]),
            "primaryRoutes": nm.self.get("PrimaryRoutes"),
            "capMap": nm.self.get("CapMap"),
            "peers": {"n%d" % i: strip({
                "allowedIPs": p.get("AllowedIPs", p["Addresses"]),
                "primaryRoutes": p.get("PrimaryRoutes"),
                "capMap": p.get("CapMap")}) for i, p in nm.peers.items()}}

    @staticmethod
    def differences(what, want, got, but=()):
        bad = []
        want = {k: v for k, v in netmap.lowest(want).items() if k not in but}
        got = {k: v for k, v in netmap.lowest(got).items() if k not in but}
        for k in sorted(want.keys() | got.keys()):
            a, b = want.get(k), got.get(k)
            if k == "Hostinfo":
                a, b = netmap.lowest(a or {}), netmap.lowest(b or {})
            if a != b:
                bad.append("%s %s: want %s, got %s" % (what, k, a, b))
        return bad

    def compare_own_words(self, c, n):
        """Hostinfo and disco key, as it said them on this stream."""
        lowest = netmap.lowest
        got = lowest(c.map.self.get("Hostinfo") or {})
        disco = c.map.self.get("DiscoKey")
        if any(lowest(self.t.own_view(h)) == got for h, _ in c.said) and \
                disco in [d for _, d in c.said]:
            return []
        return ["own Hostinfo or disco key: %s, %s; said was %s"
                % (got, disco, c.said[-1:])]

    def compare_self(self, nm, n):
        got = dict(nm.self)
        want = self.t.expected_self(n, self.stage.now)
        bad = self.differences("own", want, got, (
            "Addresses", "AllowedIPs", "PrimaryRoutes", "CapMap", "KeyExpiry",
            "Created", "Hostinfo", "DiscoKey"))
        if got["Created"] != model.text_of(n.created):
            bad.append("own Created: %s" % got["Created"])
        expiry = got.get("KeyExpiry")
        if self.is_open(n):
            if expiry != (model.text_of(n.expires) if n.expires else None):
                bad.append("own KeyExpiry: want %s, got %s"
                           % (n.expires, expiry))
        elif not expiry or expiry > model.text_of(self.stage.now - 3600):
            bad.append("is expired and sees %s" % expiry)
        profile = nm.profiles.get(got["User"])
        if n.user:
            want = self.t.profile(n.user)
        else:
            want = {"ID": model.SELF_TAGGED + n.id, "DisplayName": n.label,
                    "LoginName": self.t.fqdn(n)[:-1]}
        if profile != want:
            bad.append("own profile: want %s, got %s" % (want, profile))
        if not n.hidden:
            shown = (got.get("CapMap") or {}).get("tailnet-display-name")
            if shown != [self.t.domain()]:
                bad.append("the tailnet's name is %s" % shown)
        return bad

    def compare_peer(self, peer, m, nm):
        bad = self.differences("peer n%d" % m.id, self.t.expected_peer(m),
                               peer, ("Addresses", "AllowedIPs",
                                      "PrimaryRoutes", "CapMap", "Created",
                                      "LastSeen"))
        if peer["Created"] != model.text_of(m.created):
            bad.append("peer n%d Created %s" % (m.id, peer["Created"]))
        if not set(peer["Addresses"]) <= {m.ipv4 + "/32", m.ipv6 + "/128"}:
            bad.append("peer n%d Addresses %s" % (m.id, peer["Addresses"]))
        want = self.t.profile(m.user) if m.user else {
            "ID": model.TAGGED, "LoginName": "tagged-devices",
            "DisplayName": "Tagged Devices"}
        if nm.profiles.get(want["ID"]) != want:
            bad.append("profile of n%d: want %s, got %s"
                       % (m.id, want, nm.profiles.get(want["ID"])))
        return bad

    def compare_times(self, c, n, seen, bad):
        """Who is away was seen last at one time, whoever tells it."""
        for i, peer in c.map.peers.items():
            if not peer.get("LastSeen"):
                bad.append("n%d has n%d without LastSeen" % (n.id, i))
            elif not peer["Online"] and \
                    seen.setdefault(i, peer["LastSeen"]) != peer["LastSeen"]:
                bad.append("n%d saw n%d last at %s, others at %s" % (
                    n.id, i, peer["LastSeen"], seen[i]))
