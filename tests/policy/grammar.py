"""grammar: random policies for a tailnet that are right in every part.

Each alias that is used is counted by where it stands and of which kind it is;
LEGAL lists the kinds that each place takes, so that differential.py can ask
whether all were tried.
"""
from world import EXITS, PREFIXES, RARE, TAGS, chance

ROLE_GROUPS = ["owner", "admin", "network-admin", "it-admin", "billing-admin",
               "auditor"]
PEOPLE = ["user", "nobody", "domain", "group", "empty group"]
IDENTITY = PEOPLE + ["tag", "member", "tagged"] + ROLE_GROUPS
LITERAL = ["host", "host network", "IPv4", "IPv4 network", "IPv6",
           "IPv6 network", "outside", "public"]
LEGAL = {
    "acl src": ["any", "danger-all", "shared"] + IDENTITY + LITERAL,
    "acl dst": ["any", "self", "internet", "IPv6 bare", "default route"] +
    IDENTITY + LITERAL,
    "grant src": ["any", "danger-all", "shared"] + IDENTITY + LITERAL,
    "grant dst": ["any", "self", "internet"] + IDENTITY + LITERAL,
    "via": ["tag"],
    "ssh src": ["shared"] + IDENTITY,
    "ssh dst": ["user", "self", "tag", "member", "tagged"],
    "target": ["any", "shared"] + IDENTITY + LITERAL,
    "owner": IDENTITY,
    "approver": IDENTITY,
    "test src": ["user", "domain", "group", "tag", "member", "tagged", "host",
                 "IPv4", "IPv6", "outside"],
    "test dst": ["user", "group", "tag", "host", "IPv4", "IPv6", "outside"],
    "sshTest src": ["user", "domain", "group", "tag", "member", "tagged",
                    "host", "IPv4", "IPv6"],
    "sshTest dst": ["user", "tag", "host", "IPv4", "IPv6"],
}
SECTIONS = ["acls", "grants", "groups", "hosts", "tagOwners", "autoApprovers",
            "ssh", "nodeAttrs", "tests", "sshTests", "randomizeClientPort",
            "postures", "defaultSrcPosture", "ipsets", "disableIPv4",
            "OneCGNATRoute", "derpMap"]
PORTS = ["*", "22", "80,443", "1-65535", "8000-8080", "022", "22,80-90",
         "53", "443", "65535"]
PROTOS = ["tcp", "udp", "sctp", "icmp", "6", "17", "1", "TCP", "gre", "58",
          "ipv6-icmp", "igmp", "ipv4", "ip-in-ip", "egp", "igp", "esp", "ah",
          "fc", "132", "255", "Icmp"]
WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")
IPS = ["*", "22", "80-443", "tcp:22", "udp:*", "icmp:*", "*:22", "6:443",
       "sctp:1-65535", "gre:*", "TCP:80", "53", "udp:53", "*:*", "tcp:*"]
CAPS = ["tailscale.com/cap/drive", "tailscale.com/cap/relay",
        "tailscale.com/cap/webui", "tailscale.com/cap/kubernetes",
        "tailscale.com/cap/tsidp", "example.com/cap/x",
        "example.com/a/deep/one"]
VALUES = [{}, {"shares": ["*"], "access": "rw"}, {"impersonate": {"groups": [
    "system:masters"]}}, "text", "zoë", 1, -0.5, 1e21, True, None, [1, [2]],
    {"a": {"b": [{}]}, "c": "x, /* no comment */ // nor this ]"}]
ATTRS = ["funnel", "disable-ipv4", "randomize-client-port", "mullvad",
         "one-cgnat?v=true", "nextdns:abc", "example.com/attr", "is-admin",
         "https://tailscale.com/cap/file-sharing", " spaced ", ""]
USERS = ["root", "autogroup:nonroot", "ubuntu", "group:foo", "tag:foo",
         "autogroup:member", "localpart:foo", "localpart:*@", "émile", "a b",
         "localpart:*@example.com", "localpart:*@corp.example.org"]
PERIODS = ["12h", "0s", "30s", "168h", "always", "1h30m", "1.5h", "0",
           "500ms", "+2h", "1us", "1µs", "300000ns"]
ENVS = ["LANG", "LC_*", "**", "*X*", "GIT_?", " A "]


class Grammar:
    """A policy for one tailnet; `uses` collects (place, kind)."""

    def __init__(self, r, net, uses):
        self.r, self.net, self.uses = r, net, uses
        self.nodes = net["topology"]["nodes"]
        self.users = net["topology"]["users"]
        self.domains = net["tailnet"]["domains"]
        self.tags = [t for t in TAGS if chance(r, 0.85)] or TAGS[:1]
        self.member = r.choice(["autogroup:member"] * 3 +
                               ["autogroup:members"])
        self.groups, self.hosts = self.make_groups(), self.make_hosts()

    # ---- names that rules use ----
    def make_groups(self):
        logins = [u["login"] for u in self.users] + ["ghost@example.com"]
        got = {"group:empty": []}
        for name in ("group:eng", "group:ops", "group:ünï"):
            if chance(self.r, 0.8):
                got[name] = self.r.sample(logins, self.r.randint(1, 3))
        return got

    def make_hosts(self):
        got = {"srv": self.literal("IPv4"), "net": self.literal("IPv4 network"),
               "six": self.literal("IPv6")}
        if chance(self.r, 0.5):
            got["far"] = "192.0.2.7"
            got["wide"] = self.literal("IPv6 network")
            got["one"] = self.literal("IPv4") + "/32"
        return got

    def a_node(self):
        return self.r.choice(self.nodes) if self.nodes else \
            {"ipv4": "100.64.0.9", "ipv6": "fd7a:115c:a1e0::9"}

    def literal(self, kind):
        r = self.r
        if kind == "IPv4":
            return self.a_node()["ipv4"]
        if kind == "IPv6":
            a = self.a_node()["ipv6"]
            return a.upper() if chance(r, 0.1) else a
        if kind == "IPv4 network":
            return r.choice([p for p in PREFIXES if "." in p] +
                            ["10.0.0.0/9", "10.33.7.8/30", "100.64.0.0/10",
                             "100.64.0.3/25", "192.168.0.0/16"])
        if kind == "IPv6 network":
            return r.choice([p for p in PREFIXES if ":" in p] +
                            ["fd7a:115c:a1e0::/48", "FD00:1::7/60", RARE[1],
                             "fd00:1:2:3::/128"])
        if kind == "public":
            return r.choice(["1.1.1.1", "8.8.8.8", "8.0.0.0/7", "2606::/16"])
        return r.choice(["192.0.2.1", "10.33.7.9", "10.5.1.2", "172.16.3.4",
                         "fd00:1::5", "2001:db8::", "10.33.7.7/32"])

    def alias(self, place, kind):
        """The text of one alias of that kind."""
        r = self.r
        self.uses[place, kind] += 1
        simple = {"any": "*", "member": self.member, "nobody": r.choice(
            ["ghost@example.com", "user:b*b@example.com", "alice@",
             "ALICE@EXAMPLE.COM"]), "empty group": "group:empty"}
        if kind in simple:
            return simple[kind]
        if kind == "user":
            return r.choice(self.users)["login"]
        if kind == "domain":
            return "user:*@" + r.choice(self.domains)
        if kind == "group":
            return r.choice(list(self.groups))
        if kind == "tag":
            return r.choice(self.tags)
        if kind == "host":
            return r.choice([h for h in ("srv", "six", "far", "one")
                             if h in self.hosts])
        if kind == "host network":
            return r.choice([h for h in ("net", "wide") if h in self.hosts])
        if kind == "default route":
            return r.choice(EXITS)
        if kind == "IPv6 bare":
            return self.literal("IPv6")
        if kind in LITERAL:
            return self.literal(kind)
        return "autogroup:" + kind

    def some(self, place, most=3, but=()):
        """A list for that place; identity aliases more often than others."""
        kinds = [k for k in LEGAL[place] if k not in but]
        common = [k for k in ("any", "user", "group", "tag", "member",
                              "tagged") if k in kinds]
        got = []
        for _ in range(self.r.choice([1, 1, 1, 2, 2, most])):
            if common and chance(self.r, 0.5):
                got.append(self.alias(place, self.r.choice(common)))
            else:
                got.append(self.alias(place, self.r.choice(kinds)))
        return got

    def for_self(self, place, wild):
        kinds = PEOPLE + ["member"] + ROLE_GROUPS + (["any"] if wild else [])
        return [self.alias(place, self.r.choice(kinds))
                for _ in range(self.r.randint(1, 2))]

    # ---- sections ----
    def acl_dst(self, kind, ports):
        host = self.alias("acl dst", kind)
        if ":" in host and host.split("/")[0].count(":") > 1 and \
                kind != "IPv6 bare" and not host.startswith("user:"):
            host = "[%s]" % host
        return "%s:%s" % (host, ports)

    def acl(self):
        r = self.r
        rule = {"action": "accept", "src": self.some("acl src"), "dst": []}
        if chance(r, 0.4):
            rule["proto"] = r.choice(PROTOS)
        free = "proto" not in rule or rule["proto"].lower() in WITH_PORTS
        for _ in range(r.choice([1, 1, 2, 2, 3, 5])):
            kind = r.choice(LEGAL["acl dst"]) if chance(r, 0.6) else \
                r.choice(["any", "tag", "user", "group", "tagged"])
            rule["dst"].append(self.acl_dst(kind, r.choice(PORTS)
                                            if free else "*"))
            if kind == "self":
                rule["src"] = self.for_self("acl src", True)
        if chance(r, 0.04):
            rule[r.choice(["src", "dst"])] = []
        return rule

    def app(self):
        return {c: [self.r.choice(VALUES) for _ in range(self.r.randint(0, 2))]
                for c in self.r.sample(CAPS, self.r.randint(1, 3))}

    def grant(self):
        r = self.r
        rule = {"src": self.some("grant src")}
        shape = r.choice(["ip", "ip", "app", "both"])
        if shape != "app":
            rule["ip"] = [r.choice(IPS) for _ in range(r.randint(1, 3))]
        if shape != "ip":
            rule["app"] = self.app()
        but = [] if shape == "ip" else ["internet"]
        if chance(r, 0.25):
            rule["via"] = [self.alias("via", "tag")
                           for _ in range(r.randint(1, 2))]
            rule["dst"] = [self.alias("grant dst", r.choice(
                [k for k in ("any", "internet", "IPv4 network", "outside",
                             "host network", "IPv6 network") if k not in but]))
                for _ in range(r.randint(1, 2))]
        else:
            rule["dst"] = self.some("grant dst", 4, but)
        if "autogroup:self" in rule["dst"]:
            rule["src"] = self.for_self("grant src", False)
        if chance(r, 0.04):
            rule[r.choice(["src", "dst"])] = []
        return rule

    def ssh(self):
        r = self.r
        rule = {"action": r.choice(["accept", "accept", "check", " accept"])}
        no_tags = rule["action"] == "check"
        dst = [self.alias("ssh dst", r.choice(["self", "tag", "tag", "member",
                                               "tagged"]))
               for _ in range(r.randint(1, 2))]
        if chance(r, 0.15):
            login = self.alias("ssh dst", "user")
            self.uses["ssh src", "user"] += 1
            dst, rule["src"] = [login], [login]
        else:
            for_people = {"autogroup:self", "autogroup:member",
                          "autogroup:members"} & set(dst)
            but = ("tag", "tagged") if no_tags or for_people else ()
            rule["src"] = self.some("ssh src", 4, but)
        rule["dst"] = dst
        rule["users"] = [r.choice(USERS) for _ in range(r.randint(1, 3))]
        rule["users"] = [
            u for u in rule["users"] if u[12:] in self.domains + [""] or
            not u.startswith(("localpart:*@", "autogroup:member"))] or ["root"]
        if no_tags and chance(r, 0.6):
            rule["checkPeriod"] = r.choice(PERIODS)
        if chance(r, 0.3):
            rule["acceptEnv"] = r.sample(ENVS, r.randint(0, 3))
        if chance(r, 0.05):
            del rule[r.choice(["src", "dst"])]
        return rule

    def attr(self):
        r = self.r
        rule = {"target": self.some("target")}
        if chance(r, 0.9):
            rule["attr"] = r.sample(ATTRS, r.randint(0, 3))
        if chance(r, 0.3):
            rule["app"] = self.app()
            if chance(r, 0.3):
                rule["app"]["tailscale.com/app-connectors"] = [
                    {"name": "x", "connectors": ["tag:a"], "domains": ["*"]}]
        if chance(r, 0.2):
            rule["ipPool"] = [r.choice(["100.81.0.0/16", "100.64.0.0/24",
                                        "100.127.0.0/17"])]
        return rule

    def approvers(self):
        keys = self.r.sample(PREFIXES + ["0.0.0.0/0", "::/0", "10.0.0.0/15",
                                         "fd00::/16"], self.r.randint(0, 4))
        got = {"routes": {k: self.some("approver") for k in keys}}
        if chance(self.r, 0.6):
            got["exitNode"] = self.some("approver")
        if chance(self.r, 0.1):
            got["services"] = {"svc:web": self.some("approver")}
        return got

    def owners(self):
        return [self.alias("owner", self.r.choice(LEGAL["owner"]))
                for _ in range(self.r.randint(0, 2))]

    def rest(self, p):
        r = self.r
        if chance(r, 0.1):
            p["randomizeClientPort"] = chance(r, 0.7)
        if chance(r, 0.05):
            p["disableIPv4"] = chance(r, 0.7)
        if chance(r, 0.05):
            p["OneCGNATRoute"] = r.choice(["", "mac-always", "mac-never"])
        if chance(r, 0.05):
            p["derpMap"] = {"OmitDefaultRegions": chance(r, 0.5), "Regions": {}}
        if chance(r, 0.05):
            p["postures"] = {"posture:mac": ["node:os == 'macos'"]}
        if chance(r, 0.05):
            p["defaultSrcPosture"] = []
        if chance(r, 0.05):
            p["ipsets"] = {"ipset:x": ["add 10.0.0.0/8", "remove 10.3.0.0/16"]}

    def policy(self):
        """Everything but tests and sshTests, which need to know who reaches
        whom: oracle_tests.py."""
        r = self.r
        p = {"groups": self.groups, "hosts": self.hosts,
             "tagOwners": {t: self.owners() for t in self.tags}}
        if not chance(r, 0.06):
            if chance(r, 0.75):
                p["acls"] = [self.acl() for _ in range(r.randint(0, 3))]
            if chance(r, 0.6):
                p["grants"] = [self.grant() for _ in range(r.randint(0, 3))]
        if chance(r, 0.45):
            p["ssh"] = [self.ssh() for _ in range(r.randint(0, 3))]
        if chance(r, 0.35):
            p["nodeAttrs"] = [self.attr() for _ in range(r.randint(0, 3))]
        if chance(r, 0.6):
            p["autoApprovers"] = self.approvers()
        self.rest(p)
        for k in list(p):
            if chance(r, 0.02) and k not in ("groups", "hosts", "tagOwners"):
                p[k] = None
        items = list(p.items())
        r.shuffle(items)
        return dict(items)
