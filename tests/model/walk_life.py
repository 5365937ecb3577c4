"""walk_life: one random life of a tailnet: what is done next, and when one looks.
"""
import collections
import random

import truth as model
from walk_compare import Comparing
from walk_machines import Client, Machines
from walk_names import Names
from walk_people import People
from walk_stage import Differs, Stage
from walk_words import LOGINS, LONG_LEAP, PLACES, SETTLE_SHARE


class Walk(Machines, People, Names, Comparing):
    """One life of a tailnet, from its seed."""

    def __init__(self, seed, build, folder, verbose):
        self.seed, self.verbose = seed, verbose
        self.stage = Stage(build, folder)
        self.t = model.Truth()
        self.clients = [Client(i) for i in range(PLACES)]
        self.uses = collections.Counter()
        self.kept_keys = []      # reusable ones: (text, user, tags)
        self.settles = self.named = 0
        self.disturbed = set()   # routers to which something happened
        self.r = random.Random(seed)
        self.begin()

    def begin(self):
        s = self.stage
        for name in ("register_machine_rate", "register_rate"):
            s.do("set", name, "1000000")
        self.t.users[1] = model.User(1, "ann", "", "", "member")
        s.do("user_change", 1, "ann", "ann@example.com", "")
        self.t.users[1].email = "ann@example.com"
        for i in range(2):
            self.add_user(LOGINS[i], "member")
        for c in self.clients:
            s.do("new", c.place)
            c.keys = s.do("keys", c.place)
            self.new_host(c)

    def add_user(self, login, role):
        self.named += 1
        name = "user-%d" % self.named
        got = self.stage.do("user_add", name, login, "", role)
        self.t.users[got["id"]] = model.User(got["id"], name, login, "", role)

    # ---- choices ----
    def node(self, *tests):
        """Any node that passes."""
        found = [n for n in self.t.nodes.values()
                 if all(test(n) for test in tests)]
        return self.r.choice(found) if found else None

    def client(self, *tests):
        found = [c for c in self.clients if all(test(c) for test in tests)]
        return self.r.choice(found) if found else None

    def node_of(self, c):
        n = self.t.by_key(c.keys["node"]) if c.used else None
        return n if n and n.place == c.place else None

    def is_open(self, n):
        return not n.expires or n.expires > self.stage.now

    def current(self, c):
        """It holds a stream and may be told everything."""
        n = self.node_of(c)
        return c.streams and n is not None and self.is_open(n)

    # ---- the programs ----
    def do_restart(self):
        self.stage.do("restart")
        return True

    def do_restart_handlers(self):
        self.stage.do("restart_handlers")
        return True

    def do_long_leap(self):
        """Ephemeral machines that are away go, and keys expire."""
        self.settle()
        for n in list(self.t.nodes.values()):
            if n.ephemeral and not n.online:
                self.t.forget(n)
        self.stage.do("leap", LONG_LEAP)
        self.settle()
        return True

    # ---- coming to rest ----
    def needs_leap(self):
        now = self.stage.now
        return any(n.expires and now < n.expires < now + 400 or
                   n.ephemeral and not n.online and n.away_since and
                   now - n.away_since > 1200
                   for n in self.t.nodes.values())

    def streaming(self):
        """Which nodes have a stream."""
        return {n.id for n in (self.node_of(c) for c in self.clients
                               if c.streams) if n}

    def settle(self):
        online = self.streaming()
        for n in self.t.nodes.values():
            n.online = n.id in online
        got = self.stage.ask("settle", len(self.t.nodes))
        if "error" in got:
            raise Differs("it does not come to rest: %s" % got)
        for n in self.t.nodes.values():
            if n.online:
                n.away_since = 0
            else:
                n.away_since = n.away_since or self.stage.now
        for c in self.clients:
            for text in got["told"][str(c.place)]:
                if text is None:
                    c.map.begin()
                else:
                    c.map.take(text)
        self.settles += 1
        self.compare()

    def router_state(self):
        """What elections depend on."""
        online = self.streaming()
        return {n.name(): (n.id in online, n.hidden, self.is_open(n),
                           tuple(sorted(set(n.routes) & n.approved)))
                for n in self.t.nodes.values()}

    def unprobed(self):
        """Who reads nothing answers no probe, and may lose what it carries."""
        return {self.node_of(c).name() for c in self.clients
                if c.lags and self.node_of(c)}

    # ---- the walk ----
    def step(self, number):
        self.r = random.Random("%s/%d" % (self.seed, number))
        if number < 4:
            name = "join"
        else:
            name = self.r.choices(NAMES, WEIGHTS)[0]
        if self.verbose:
            print("%4d %s" % (number, name), flush=True)
            self.stage.loud = True
        before = self.router_state()
        self.disturbed |= self.unprobed()
        if getattr(self, "do_" + name)():
            self.uses[name] += 1
        after = self.router_state()
        self.disturbed |= {n for n in before.keys() | after.keys()
                           if before.get(n) != after.get(n)}
        if self.needs_leap():
            self.do_long_leap()
        elif self.r.random() < SETTLE_SHARE or name in ALONE:
            self.settle()


# How often each is done.
DEEDS = {
    "join": 10, "link": 3, "again": 2, "logout": 3, "leave": 4, "return": 6,
    "new_stream": 3, "lag": 3, "catch_up": 4, "net": 8, "disco": 3, "host": 4,
    "advertise": 5, "routes": 6, "rename": 5, "tag": 4, "expire": 4,
    "extend": 4, "delete": 3, "approve": 3, "user_add": 2, "user_change": 3,
    "user_role": 2, "user_delete": 1, "policy": 6, "open_policy": 2,
    "nameserver_add": 4, "nameserver_move": 2, "nameserver_delete": 2,
    "search": 2, "record": 3, "record_of_node": 4, "record_delete": 3,
    "dns_prefs": 2, "setting": 2, "restart": 1, "restart_handlers": 1,
    "long_leap": 0.5,
}
NAMES, WEIGHTS = list(DEEDS), list(DEEDS.values())
ALONE = ("restart", "restart_handlers")
