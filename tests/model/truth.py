"""truth: the naive model of a tailnet: what was done to it, and what each client
must therefore have in the end.

It follows spec/map-and-state.md in the simplest way there is: everything is
worked out anew whenever it is asked for.  What the policy says comes from
tests/tools/policy_model.py.  No code of the server is in it.
"""
import ipaddress
import json
import re
import urllib.parse

import policy_model

TAGGED = 2147455555
SELF_TAGGED = 1 << 32
EXITS = ("0.0.0.0/0", "::/0")
RESERVED = ("wpad", "isatap", "localhost")
KEY_DAYS = 180
EXIT_DNS = 125   # of this version on clients know UseWithExitNode
NEXTDNS = "https://dns.nextdns.io/"


class Node:
    def __init__(self, node_id, place):
        self.id, self.place = node_id, place
        self.machine = self.key = self.disco = None
        self.user, self.tags = None, []
        self.label, self.pinned, self.hostname = None, False, ""
        self.host, self.told = {}, None   # of the register; of the last update
        self.ipv4 = self.ipv6 = None
        self.routes, self.approved = [], set()
        self.requested = []
        self.capver, self.endpoints, self.derp = 0, [], 0
        self.ephemeral = False
        self.created = self.expires = 0
        self.hidden = False
        self.online = False   # it has a stream
        self.away_since = 0   # when it was seen to be offline first

    def name(self):
        return "n%d" % self.id


class User:
    def __init__(self, user_id, name, email, display, role):
        self.id, self.name, self.email = user_id, name, email
        self.display, self.role = display, role

    def login(self):
        return self.email or self.name


def label_of(hostname):
    """spec/map-and-state.md 3.5."""
    s = hostname
    for suffix in (".local", ".localdomain", ".lan"):
        if s.endswith(suffix):
            s = s[:-len(suffix)]
    s = s.encode()[:63].decode("latin-1")
    s = re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", s)
    s = re.sub(r"[ .@_]", "-", s)
    return re.sub(r"[^A-Za-z0-9-]", "", s).lower() or "node"


def normal_endpoints(texts):
    """Loopback counts where the server itself listens on loopback."""
    kept = set()
    for text in texts:
        host, _, port = text.rpartition(":")
        try:
            address = ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            continue
        if address.is_unspecified or address.is_multicast or \
                (address.version == 6 and address.is_link_local) or \
                (address.version == 4 and int(address) >= 240 << 24):
            continue
        kept.add("[%s]:%s" % (address, port) if address.version == 6
                 else "%s:%s" % (address, port))
    return sorted(kept)[:16]


def view(host):
    """What others may see of a Hostinfo."""
    got = {k: host[k] for k in ("OS", "Hostname", "ShareeNode", "sshHostKeys",
                                "Location") if host.get(k)}
    services = [{k: s[k] for k in ("Proto", "Port")}
                for s in host.get("Services") or []
                if s["Proto"] in ("peerapi4", "peerapi6",
                                  "peerapi-dns-proxy")]
    if services:
        got["Services"] = services
    return got


def text_of(seconds):
    import datetime
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Truth:
    def __init__(self):
        self.users, self.nodes = {}, {}
        self.last_node = 0
        self.policy, self.domains = None, []
        self.settings = {"dns_domain": "cairn.internal", "tailnet_name": "",
                         "magic_dns": "true", "override_local_dns": "false",
                         "taildrop": "true",
                         "auto_update": "false"}
        self.held = set()   # addresses of deleted nodes
        self.nameservers = []   # (id, domain, address, with exit node)
        self.searches = []      # (id, domain)
        self.records = {}       # by id: (name, type, value, node id)
        self.now = 0
        self.primaries = {}   # who was elected: the name by prefix
        self.guessed = set()  # prefixes of which nobody has said so

    def is_over(self, n):
        """Whose key has expired carries nothing."""
        return bool(n.expires) and n.expires <= self.now

    def candidates(self):
        """Who could carry each subnet, in the order of joining."""
        got = {}
        for n in sorted(self.nodes.values(), key=lambda n: n.id):
            if n.online and not n.hidden and not self.is_over(n):
                for route in set(n.routes) & n.approved - set(EXITS):
                    got.setdefault(route, []).append(n.name())
        return got

    def elect(self, observed, disturbed, viewers):
        """Who carries a subnet keeps it while nothing happened to it; of what
        happened in between only the end is known, so who was seen to carry it
        is believed, if it could.  What is wrong, in words."""
        wrong, primaries, guessed = [], {}, set()
        for route, names in self.candidates().items():
            was, seen = self.primaries.get(route), observed.get(route)
            if was in names and was not in disturbed and \
                    route not in self.guessed:
                primaries[route] = was
            elif seen in names:
                primaries[route] = seen
            else:
                primaries[route] = self.guess(names, was, viewers)
                guessed.add(route)
            if seen and seen != primaries[route]:
                wrong.append("%s is carried by %s, not %s (of %s)" % (
                    route, seen, primaries[route], names))
        self.primaries, self.guessed = primaries, guessed
        return wrong

    @staticmethod
    def guess(names, was, viewers):
        """Nobody was seen to carry it.  A viewer would have said so itself: it
        is one of those that are silent now, if there is one."""
        silent = [n for n in names if n not in viewers] or names
        return was if was in silent else silent[0]

    # ---- names ----
    def is_taken(self, label, but):
        return any(n.label == label and n is not but
                   for n in self.nodes.values())

    def free_label(self, label, but):
        if label not in RESERVED and not self.is_taken(label, but):
            return label
        for number in range(1, 9):
            text = "%s-%d" % (label[:63 - len("-%d" % number)], number)
            if not self.is_taken(text, but):
                return text
        raise AssertionError("too many of one name for this model")

    # ---- the policy ----
    def public_domains(self):
        return sorted({u.login().partition("@")[2]
                       for u in self.users.values() if "@" in u.login()})

    def fixture(self, text=None, domains=None, also=None):
        nodes = [n for n in self.nodes.values() if not n.hidden or n is also]
        return {
            "policy": self.policy or "" if text is None else text,
            "tailnet": {
                "domains": self.domains if domains is None else domains,
                "httpsEnabled": False, "magicDNS": True,
                "autoUpdates": self.settings["auto_update"] == "true",
                "taildrop": self.settings["taildrop"] == "true"},
            "topology": {
                "users": [{"id": u.id, "name": "u%d" % u.id,
                           "login": u.login(), "role": u.role}
                          for u in self.users.values()],
                "nodes": [{
                    "id": n.id, "name": n.name(),
                    "user": "u%d" % n.user if n.user else None,
                    "tags": n.tags, "ipv4": n.ipv4, "ipv6": n.ipv6,
                    "routableIPs": sorted(n.routes),
                    "approvedRoutes": sorted(n.approved),
                    "online": n.online and not self.is_over(n)}
                    for n in nodes],
                "primaries": self.primaries}}

    def verdict(self, text):
        """None: it will be taken; else the words of the refusal."""
        got = policy_model.answer(self.fixture(text, self.public_domains()))
        return None if got["status"] == 200 else got["error"]

    def take_policy(self, text):
        if text == self.policy:
            return   # nothing is saved, so nothing approved anew
        self.policy, self.domains = text, self.public_domains()
        for n in self.nodes.values():
            self.auto_approve(n, [])

    def auto_approve(self, n, before):
        """Only ever adds, and only what was not advertised before."""
        new = [r for r in n.routes if r not in before]
        if not new or self.policy is None:
            return
        fixture = self.fixture(also=n)
        net = policy_model.Tailnet(fixture)
        policy = policy_model.Policy(fixture["policy"], net)
        seen = [m for m in net.nodes if m.id == n.id][0]
        for route in new:
            if policy.approves(seen, route):
                n.approved.add(route)
        if n.approved & set(EXITS):
            n.approved |= set(EXITS)

    def declared_tags(self):
        """None: any may be given."""
        if self.policy is None:
            return None
        return set((policy_model.hujson(self.policy) or {})
                   .get("tagOwners") or {})

    def may_tag(self, tags):
        declared = self.declared_tags()
        return declared is None or set(tags) <= declared

    # ---- machines ----
    def row_of(self, place, user):
        for n in self.nodes.values():
            if n.place == place and n.user == user:
                return n
        return None

    def by_key(self, key):
        for n in self.nodes.values():
            if n.key == key:
                return n
        return None

    def join(self, place, keys, old_key, host, capver, **how):
        """A registration that succeeds: the node, and whether it is new.
        how: user (None: by tags), tags, ephemeral, person."""
        user, person = how["user"], how.get("person", False)
        n = self.row_of(place, user)
        if n is None and old_key:
            old = self.by_key(old_key)
            if old and old.place == place and \
                    bool(old.user) != bool(user) and (person or not user):
                n = old
        known = n is not None
        if not known:
            self.last_node += 1
            n = Node(self.last_node, place)
            n.user, n.tags = user, list(how["tags"])
        before = n.routes if known and n.user == user else []
        old_label = label_of(n.hostname)
        if known and n.user != user:
            n.tags = list(how["tags"])
        n.user = user
        n.machine, n.key = keys["machine"], keys["node"]
        n.hostname = host.get("Hostname", "")
        n.host, n.told = host, None
        n.routes = list(host.get("RoutableIPs") or [])
        n.ephemeral = how["ephemeral"]
        if person:
            n.hidden = False
        if not known or (not n.pinned and
                         label_of(n.hostname) != old_label):
            n.label = self.free_label(label_of(n.hostname), n)
        if not known:
            n.capver = capver
        n.row_capver = capver
        return n, not known, before

    def joined(self, n, before):
        """After its addresses are known."""
        self.nodes[n.id] = n
        self.auto_approve(n, before)

    def update(self, n, host, endpoints, derp, disco, capver):
        """A lite update."""
        if host["Hostname"] != n.hostname:
            renamed = label_of(host["Hostname"]) != label_of(n.hostname)
            n.hostname = host["Hostname"]
            if renamed and not n.pinned:
                n.label = self.free_label(label_of(n.hostname), n)
        before, n.routes = n.routes, list(host.get("RoutableIPs") or [])
        self.auto_approve(n, before)
        n.host, n.capver, n.disco = host, capver, disco
        n.endpoints = normal_endpoints(endpoints)
        n.derp = derp or n.derp

    def forget(self, n):
        self.held |= {n.ipv4, n.ipv6}
        del self.nodes[n.id]
        self.records = {i: r for i, r in self.records.items() if r[3] != n.id}

    # ---- what a client must have ----
    def profile(self, user):
        u = self.users[user]
        return {"ID": u.id, "LoginName": u.login(),
                "DisplayName": u.display or u.login()}

    def fqdn(self, n):
        return "%s.%s." % (n.label, self.settings["dns_domain"])

    def domain(self):
        return self.settings["tailnet_name"] or self.settings["dns_domain"]

    def common(self, n, user):
        got = {"ID": n.id, "StableID": str(n.id), "Name": self.fqdn(n),
               "User": user, "Key": n.key}
        if n.tags:
            got["Tags"] = sorted(n.tags)
        if n.disco:
            got["DiscoKey"] = n.disco
        return got

    def expected_self(self, n, now):
        got = self.common(n, n.user or SELF_TAGGED + n.id)
        got["Machine"] = n.machine
        got["MachineAuthorized"] = not n.hidden
        return got

    @staticmethod
    def own_view(host):
        got = view(host)
        for k in ("RoutableIPs", "RequestTags"):
            if host.get(k):
                got[k] = host[k]
        return got

    def expected_peer(self, n):
        got = self.common(n, n.user or TAGGED)
        got["Hostinfo"] = view(n.host)
        got["Cap"] = n.capver
        got["Endpoints"] = n.endpoints
        if n.derp:
            got["HomeDERP"] = n.derp
        if n.expires:
            got["KeyExpiry"] = text_of(n.expires)
        got["Online"] = n.online
        return got

    @staticmethod
    def warnings(n, now):
        """Of what its client tells its people."""
        got = set()
        if n.hidden:
            got.add("cairn-approval")
        elif set(n.routes) - n.approved:
            got.add("cairn-routes")
        if not n.hidden and set(n.host.get("RequestTags") or ()) - set(n.tags):
            got.add("cairn-tags")
        if now < n.expires <= now + 7 * 86400:
            got.add("cairn-key-expiry")
        return got

    # ---- DNS ----
    def is_machine_name(self, name):
        return any(name + "." == self.fqdn(n) for n in self.nodes.values())

    def resolver(self, n, capver, address, with_exit, answer):
        """As n is told of it."""
        if address.startswith(NEXTDNS):
            said = [c[len("nextdns:"):] for c in answer["capMap"]
                    if c.startswith("nextdns:")]
            profile = [s for s in said if s != "no-device-info"]
            if profile:
                address = NEXTDNS + profile[0]
            if "no-device-info" not in said:
                own = [a.partition("/")[0] for a in answer["addresses"]]
                ask = {"device_name": n.hostname,
                       "device_model": n.host.get("OS", ""),
                       "device_ip": ([a for a in own if ":" not in a] + own
                                     + [""])[0]}
                address += "?" + urllib.parse.urlencode(
                    ask, quote_via=urllib.parse.quote, safe="")
        got = {"Addr": address}
        if with_exit and capver >= EXIT_DNS:
            got["UseWithExitNode"] = True
        return got

    def seen_address(self, n, other, six, answers):
        """What n knows as the address of a node, or None."""
        mine = answers[n.name()]
        if other is n:
            known = mine["addresses"]
        elif other.name() in mine["peers"]:
            known = mine["peers"][other.name()]["allowedIPs"]
        else:
            return None
        own = other.ipv6 + "/128" if six else other.ipv4 + "/32"
        return own.partition("/")[0] if own in known else None

    def seen_records(self, n, answers):
        got = set()
        for name, kind, value, node in self.records.values():
            if node:
                value = self.seen_address(
                    n, self.nodes[node], kind == "AAAA", answers)
            if value:
                got.add((name, kind, value))
        return got

    def expected_dns(self, n, capver, answers):
        """spec/map-and-state.md 3: lists without order are sorted."""
        base = self.settings["dns_domain"]
        magic = self.settings["magic_dns"] == "true"
        routes, everywhere = {}, []
        for _, domain, address, with_exit in self.nameservers:
            to = routes.setdefault(domain + ".", []) if domain else everywhere
            to.append(self.resolver(
                n, capver, address, with_exit, answers[n.name()]))
        if magic:
            routes[base + "."] = []
        records = self.seen_records(n, answers)
        for name in sorted({r[0] for r in records}, key=len):
            if not any(("." + name + ".").endswith("." + r) for r in routes):
                routes[name + "."] = []
        domains = [base] if magic else []
        domains += [d for _, d in self.searches if d not in domains]
        got = {"ExitNodeFilteredSet": ["." + base, ".ts.net",
                                       ".tailscale.net"]}
        if everywhere:
            got["Resolvers" if self.settings["override_local_dns"] == "true"
                else "FallbackResolvers"] = everywhere
        if routes:
            got["Routes"] = routes
        if domains:
            got["Domains"] = domains
        if magic:
            got["Proxied"] = True
        if records:
            got["ExtraRecords"] = [
                {"Name": a, "Type": b, "Value": c}
                for a, b, c in sorted(records)]
        return got

    def answers(self):
        got = policy_model.answer(self.fixture())
        if got["status"] != 200:
            raise AssertionError("a stored policy is refused by the model: "
                                 + got["error"])
        return got["nodes"]

    def caps(self, n, caps):
        """With what the policy model leaves out."""
        said = policy_model.hujson(self.policy) if self.policy else {}
        way = {"mac-always": "true", "mac-never": "false"}.get(
            said.get("OneCGNATRoute"))
        if way and n.host.get("OS") == "macOS":
            return {**caps, "one-cgnat?v=" + way: None}
        return caps

    def relays(self):
        """The numbers of the regions."""
        said = (policy_model.hujson(self.policy) if self.policy else {}) \
            .get("derpMap") or {}
        more = set(said.get("Regions") or {})
        if more and said.get("OmitDefaultRegions"):
            return more   # never none at all
        return more | {"900"}

    def as_json(self):
        return json.dumps(self.fixture(), sort_keys=True)
