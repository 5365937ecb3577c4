"""world: small random tailnets, as fixtures have them."""
import ipaddress

LOGINS = ["alice@example.com", "bob@example.com", "carol@corp.example.org",
          "dave@github", "Eve@example.com", "erik.b+x@example.com",
          "zoë@example.com"]
ROLES = ["owner", "admin", "network-admin", "it-admin", "billing-admin",
         "auditor", "member"]
TAGS = ["tag:a", "tag:b", "tag:web-1", "tag:Z9"]
PREFIXES = ["10.0.0.0/8", "10.33.0.0/16", "10.33.7.0/24", "192.168.1.0/24",
            "172.16.0.0/12", "10.33.7.9/32", "8.8.8.0/24", "fd00:1::/64",
            "fd00:1:2::/48", "2001:4860::/32", "10.5.6.7/16"]
EXITS = ["0.0.0.0/0", "::/0"]
RARE = ["100.64.0.0/24", "fd7a:115c:a1e0::/120"]  # hold nodes' addresses


def chance(r, share):
    return r.random() < share


def addresses(r, i):
    """One pair; texts of different lengths, so that order by text shows."""
    v4 = r.choice(["100.64.0.%d" % (i + 1), "100.64.0.%d" % (100 + i),
                   "100.%d.%d.%d" % (r.randint(65, 99), r.randint(0, 255), i),
                   "100.115.92.%d" % (i + 1), "100.127.255.%d" % (200 + i)])
    v6 = r.choice(["fd7a:115c:a1e0::%x" % (i + 1),
                   "fd7a:115c:a1e0::%x:%x" % (r.randint(1, 65535), i + 1),
                   "fd7a:115c:a1e0:ab12:%x::%x" % (r.randint(1, 9), i + 1)])
    return v4, v6


def routes(r, prefixes):
    """What a node advertises: no prefix twice."""
    if not chance(r, 0.4):
        return []
    got = r.sample(prefixes, r.randint(1, min(3, len(prefixes))))
    if chance(r, 0.35):
        got += [x for x in EXITS if chance(r, 0.9)]
    r.shuffle(got)
    return got


def node(r, i, users, tags, prefixes, by_policy):
    v4, v6 = addresses(r, i)
    tagged = chance(r, 0.4)
    mine = sorted(r.sample(tags, r.choice([1, 1, 1, 2, 3]))) if tagged else []
    if mine and chance(r, 0.05):
        mine.append("tag:stray")
    offered = routes(r, prefixes)
    approved = [x for x in offered if chance(r, 0.8)]
    if chance(r, 0.05):
        approved.append("10.99.0.0/16")
    owner = r.choice(users)["name"]
    return {"id": i + 1, "name": "n%d" % (i + 1),
            "user": None if mine and chance(r, 0.7) else owner,
            "tags": mine, "ipv4": v4, "ipv6": v6, "routableIPs": offered,
            "approvedRoutes": None if by_policy else approved}


def tailnet(r):
    """{"tailnet": …, "topology": …}: 4 users, up to 12 nodes, 4 tags."""
    ids = r.sample(range(1, 40), 4)
    users = [{"id": n, "name": "user%d" % k, "login": login,
              "role": r.choice(ROLES)}
             for k, (n, login) in enumerate(zip(ids, r.sample(LOGINS, 4)))]
    prefixes = r.sample(PREFIXES, 6)
    if chance(r, 0.08):
        prefixes[0] = r.choice(RARE)
    # some users have most of the devices
    weighted = users + [users[0]] * r.choice([0, 0, 3])
    by_policy = chance(r, 0.3)
    count = r.choice([11, 10, 9, 8, 7, 6, 5, 3, 1, 0]) \
        if chance(r, 0.5) else 12
    nodes = [node(r, i, weighted, TAGS, prefixes, by_policy)
             for i in range(count)]
    if chance(r, 0.2):
        r.shuffle(nodes)
    domains = ["example.com"] + \
        (["corp.example.org"] if chance(r, 0.4) else [])
    return {"tailnet": {"domains": domains, "httpsEnabled": chance(r, 0.5),
                        "autoUpdates": chance(r, 0.5), "magicDNS": True},
            "topology": {"users": users, "nodes": nodes}}


def masked(cidr):
    return str(ipaddress.ip_network(cidr, strict=False))
