"""walk_words: what random lives of a tailnet choose from, and when they look.
"""

PLACES = 10
NODES_MOST = 16
VERSIONS = [113, 130, 142, 142]
HOSTNAMES = ["Laptop", "laptop", "web.server", "Joe's Mac mini", "db_1",
             "pi.local", "我的电脑", "wpad", "a" * 70, ".hidden.", "X.LOCAL"]
LABELS = ["nas", "gate", "Printer", "one-1", "z" * 63, "laptop", "x"]
BAD_LABELS = ["-x", "under_score", "localhost", "y" * 64, "a b"]
LOGINS = ["alice@example.com", "bob@example.com", "carol@corp.example.org",
          "dave@example.com", "eve@example.net", "frank@corp.example.org"]
ROLES = ["member", "member", "admin", "network-admin", "it-admin", "auditor"]
TAGS = ["tag:a", "tag:b", "tag:web-1"]
ROUTES = ["10.33.0.0/16", "10.33.7.0/24", "192.168.7.0/24", "fd00:1::/64",
          "10.5.0.0/16"]
NAMESERVERS = ["9.9.9.9", "2620:fe::fe", "10.0.0.1", "100.64.0.3",
               "https://dns.example/dns-query",
               "https://dns.nextdns.io/abc123"]
DNS_DOMAINS = ["corp.example", "lab.corp.example", "internal", "example.org",
               "cairn.internal", "lab.tail.example.org", "tail.example.org"]
RECORDS = ["git.cairn.internal", "nas.cairn.internal", "gate.tail.example.org",
           "www.corp.example", "x.lab.corp.example", "corp.example",
           "home.lan", "b.home.lan", "a.b.home.lan", "x-home.lan",
           "cairn.internal"]
VALUES = {"A": ["10.1.1.1", "10.1.1.2"], "AAAA": ["fd00::1", "fd00::2"]}
SERVICES = [{"Proto": "peerapi4", "Port": 41000}, {"Proto": "tcp", "Port": 80},
            {"Proto": "peerapi6", "Port": 41001}]
LONG_LEAP = 1900     # past the ephemeral timeout, and any keep-alive
SOON = 600           # an expiry that a walk waits for
SETTLE_SHARE = 0.15
GRACE = 10
