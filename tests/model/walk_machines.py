"""walk_machines: what machines do: they join, leave, move, log out, lag.
"""
import json

import netmap
import truth as model
from walk_stage import Differs
from walk_words import (HOSTNAMES, NODES_MOST, ROUTES, SERVICES, TAGS,
                        VERSIONS)


class Client:
    """What a machine knows of itself."""

    def __init__(self, place):
        self.place = place
        self.capver, self.slow = 142, False
        self.host, self.endpoints, self.derp = {}, [], 0
        self.keys, self.old_key, self.used = None, None, False
        self.connected = self.streams = self.lags = False
        self.map = netmap.Netmap()
        # What it said of itself since its stream began: a client is not told
        # again what it told.
        self.said = []


class Machines:
    """A part of Walk (walk.py)."""

    def new_host(self, c):
        r = self.r
        free = [h for h in HOSTNAMES if sum(
            model.label_of(n.hostname) == model.label_of(h) or
            n.label.startswith(model.label_of(h))
            for n in self.t.nodes.values()) < 6]
        c.host = {"OS": r.choice(["linux", "windows", "macOS"]),
                  "OSVersion": str(r.randint(1, 9)),
                  "Hostname": r.choice(free),
                  "IPNVersion": "1.102.3"}
        if r.random() < 0.7:
            c.host["Services"] = r.sample(SERVICES, r.randint(1, 3))
        if r.random() < 0.2:
            c.host["sshHostKeys"] = ["ssh-ed25519 AAAA%d" % r.randint(0, 9)]
        if r.random() < 0.4:
            c.host["RoutableIPs"] = self.some_routes()
        self.new_net(c)

    def some_routes(self):
        r = self.r
        got = r.sample(ROUTES, r.randint(0, 2))
        return got + list(model.EXITS) if r.random() < 0.3 else got

    def new_net(self, c):
        r = self.r
        c.endpoints = r.sample(
            ["192.0.2.%d:41641" % r.randint(1, 9), "[2001:db8::7]:41641",
             "10.0.0.5:1", "224.0.0.1:5", "[fe80::1]:1", "127.0.0.1:9"],
            r.randint(0, 4))
        c.derp = r.choice([0, 900, 900, 901])

    def say_host(self, c):
        """The stage's client gets what this one knows."""
        host = dict(c.host)
        if c.derp:
            host["NetInfo"] = {"PreferredDERP": c.derp}
        self.stage.do("host", c.place, json.dumps(host),
                      json.dumps(c.endpoints))

    def connect(self, c):
        c.slow = self.r.random() < 0.3
        c.capver = self.r.choice(VERSIONS)
        self.stage.do("connect", c.place, c.capver, int(c.slow))
        c.connected, c.lags = True, False

    def take_row(self, n, new):
        row = self.stage.do("row", n.key)
        if row["id"] != n.id:
            raise Differs("node %d, expected %d" % (row["id"], n.id))
        if new:
            n.ipv4, n.ipv6, n.created = row["ipv4"], row["ipv6"], \
                row["created"]
            others = {a for m in self.t.nodes.values()
                      for a in (m.ipv4, m.ipv6)} | self.t.held
            if {n.ipv4, n.ipv6} & others:
                raise Differs("an address is given twice: " + n.ipv4)
        elif (n.ipv4, n.ipv6, n.created) != (row["ipv4"], row["ipv6"],
                                             row["created"]):
            raise Differs("n%d has other addresses than before" % n.id)
        self.take_expiry(n, row["expires"],
                         0 if n.tags else model.KEY_DAYS * 86400)

    def take_expiry(self, n, expires, after):
        """The second is the server's; 0: never."""
        if after is None or (after == 0) != (expires == 0) or \
                (after and abs(self.stage.now + after - expires) > 30):
            raise Differs("n%d expires at %d, expected now %d and %s later"
                          % (n.id, expires, self.stage.now, after))
        n.expires = expires

    def registered(self, c, **how):
        n, new, before = self.t.join(
            c.place, c.keys, c.old_key, dict(c.host), c.capver, **how)
        self.take_row(n, new)
        self.t.joined(n, before)
        c.used = True
        c.said.append((dict(c.host), None))
        return n

    def new_keys(self, c, fresh):
        """Another node key than the last one, if that was used."""
        if not c.used:
            return
        c.old_key = None if fresh else c.keys["node"]
        self.stage.do("fresh" if fresh else "rotate", c.place)
        c.keys = self.stage.do("keys", c.place)

    def poll(self, c):
        """A stream and a lite update, as after each login."""
        c.streams, c.lags = True, False
        self.stage.do("map", c.place, 0)
        self.lite(c)

    def lite(self, c):
        got = self.stage.ask("lite", c.place)
        if got.get("status") == 429:
            self.stage.do("leap", 61)
            got = self.stage.ask("lite", c.place)
        n = self.node_of(c)
        if got.get("status") != (200 if n else 200) or "error" in got:
            raise Differs("a lite update is answered with %s" % got)
        if n:
            c.said.append((dict(c.host), c.keys["disco"]))
            self.t.update(n, dict(c.host), c.endpoints, c.derp,
                          c.keys["disco"], c.capver)

    def begin_login(self, fresh):
        c = self.client(lambda c: not c.lags)
        if not c or (len(self.t.nodes) >= NODES_MOST):
            return None
        if not c.connected:
            self.connect(c)
        self.new_keys(c, fresh)
        if self.r.random() < 0.5 or not c.used:
            self.new_host(c)
        self.say_host(c)
        return c

    def register(self, c, key, followup=None):
        got = self.stage.do("register", c.place, key, followup, None)
        if got["status"] != 200:
            raise Differs("a registration is answered with %s" % got)
        return json.loads(got["text"])

    def admitted(self, said, n):
        user = n.user or model.SELF_TAGGED + n.id
        if said.get("Error") or not said.get("MachineAuthorized") and \
                not n.hidden or said["User"]["ID"] != user:
            raise Differs("n%d registers and is told %s" % (n.id, said))

    def do_join(self, fresh=None):
        """With a key of some user, or some tags."""
        r = self.r
        c = self.begin_login(r.random() < 0.5 if fresh is None else fresh)
        if not c:
            return False
        if self.kept_keys and r.random() < 0.3:
            key, user, tags, ephemeral = r.choice(self.kept_keys)
        else:
            user = r.choice(list(self.t.users)) if r.random() < 0.7 else None
            tags = [] if user else sorted(r.sample(TAGS, r.randint(1, 2)))
            ephemeral, reusable = r.random() < 0.15, r.random() < 0.5
            got = self.stage.ask("key", user or 0, json.dumps(tags),
                                 int(ephemeral), int(reusable))
            if ("error" in got) == self.t.may_tag(tags):
                raise Differs("a key for %s: %s" % (tags, got))
            if "error" in got:
                self.disconnect(c)
                return True
            key = got["key"]
            if reusable:
                self.kept_keys.append((key, user, tags, ephemeral))
        said = self.register(c, key)
        n = self.registered(c, user=user, tags=tags, ephemeral=ephemeral)
        self.admitted(said, n)
        self.poll(c)
        return True

    def do_link(self):
        """By the link that is printed without a key."""
        c = self.begin_login(self.r.random() < 0.5)
        if not c:
            return False
        said = self.register(c, None)
        if "/register/" not in said.get("AuthURL", ""):
            raise Differs("no link: %s" % said)
        user = self.r.choice(list(self.t.users))
        self.stage.do("link_approve", said["AuthURL"].split("/register/")[1],
                      user, "[]")
        n = self.registered(c, user=user, tags=[], ephemeral=False,
                            person=True)
        self.admitted(self.register(c, None, said["AuthURL"]), n)
        self.poll(c)
        return True

    def do_again(self):
        """A container that starts once more with keys that it has."""
        c = self.client(lambda c: self.current(c) and not c.lags)
        if not c or not self.kept_keys:
            return False
        n = self.node_of(c)
        fits = [k for k in self.kept_keys
                if (k[1] == n.user if n.user else not k[1])]
        if not fits:
            return False
        self.say_host(c)
        self.admitted(self.register(c, self.r.choice(fits)[0]), n)
        return True

    def do_logout(self):
        c = self.client(lambda c: self.current(c) and not c.lags)
        if not c:
            return False
        n = self.node_of(c)
        got = self.stage.do("register", c.place, None, None,
                            "1970-01-01T00:02:03Z")
        if not json.loads(got["text"]).get("NodeKeyExpired"):
            raise Differs("logged out and told %s" % got["text"])
        if n.ephemeral:
            self.t.forget(n)
        else:
            self.take_expiry(n, self.stage.do("row", n.id)["expires"], 0.1)
        self.disconnect(c)
        return True

    def disconnect(self, c):
        self.stage.do("disconnect", c.place)
        c.connected = c.streams = c.lags = False

    def do_leave(self):
        c = self.client(lambda c: c.connected)
        if not c:
            return False
        self.disconnect(c)
        return True

    def do_return(self):
        """A reconnect, of the old version or another one."""
        c = self.client(lambda c: self.node_of(c) and not c.lags)
        if not c:
            return False
        n = self.node_of(c)
        version = c.capver
        c.slow = self.r.random() < 0.3
        if self.r.random() < 0.3:
            c.capver = self.r.choice(VERSIONS)
        self.stage.do("connect", c.place, c.capver, int(c.slow))
        c.connected = c.streams = True
        self.say_host(c)
        self.stage.do("map", c.place, 0)
        if c.capver != version or n.capver != c.capver or \
                self.r.random() < 0.3:
            self.lite(c)
        return True

    def do_new_stream(self):
        c = self.client(lambda c: c.streams)
        if not c:
            return False
        c.lags = False
        self.stage.do("map", c.place, 0)
        return True

    def do_lag(self):
        c = self.client(lambda c: c.streams and c.slow and not c.lags)
        if not c:
            return False
        c.lags = True
        self.stage.do("lag", c.place, 1)
        return True

    def do_catch_up(self):
        c = self.client(lambda c: c.lags)
        if not c:
            return False
        c.lags = False
        self.stage.do("lag", c.place, 0)
        return True

    def do_net(self):
        c = self.client(self.current)
        if not c:
            return False
        self.new_net(c)
        self.say_host(c)
        self.lite(c)
        return True

    def do_disco(self):
        c = self.client(self.current)
        if not c:
            return False
        self.stage.do("disco", c.place)
        c.keys = self.stage.do("keys", c.place)
        self.lite(c)
        return True

    def do_host(self):
        c = self.client(self.current)
        if not c:
            return False
        self.new_host(c)
        self.say_host(c)
        self.lite(c)
        return True

    def do_advertise(self):
        c = self.client(self.current)
        if not c:
            return False
        c.host["RoutableIPs"] = self.some_routes()
        self.say_host(c)
        self.lite(c)
        return True
