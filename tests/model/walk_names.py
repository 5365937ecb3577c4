"""walk_names: what people do with DNS: nameservers, search domains, records.
"""
from walk_stage import Differs
from walk_words import DNS_DOMAINS, NAMESERVERS, RECORDS, VALUES


class Names:
    """A part of Walk (walk.py)."""

    def may(self, bad, got, what):
        """Whether it was done, as it had to be."""
        if bool(bad) != ("error" in got):
            raise Differs("%s: %s" % (what, got))
        return not bad

    def do_nameserver_add(self):
        t, r = self.t, self.r
        domain = r.choice(["", r.choice(DNS_DOMAINS)])
        address = r.choice(NAMESERVERS)
        with_exit = r.random() < 0.3
        bad = any(n[1:3] == (domain, address) for n in t.nameservers) or \
            t.settings["magic_dns"] == "true" and \
            domain == t.settings["dns_domain"]
        got = self.stage.ask("nameserver_add", address, domain.upper(),
                             int(with_exit))
        if self.may(bad, got, "nameserver %s for %r" % (address, domain)):
            t.nameservers.append((got["id"], domain, address, with_exit))
        return True

    def do_nameserver_move(self):
        """It changes places with the next of its domain."""
        rows = self.t.nameservers
        if not rows:
            return False
        i, up = self.r.randrange(len(rows)), self.r.random() < 0.5
        self.stage.do("nameserver_move", rows[i][0], int(up))
        same = [k for k in range(len(rows)) if rows[k][1] == rows[i][1]]
        with_ = same.index(i) + (-1 if up else 1)
        if 0 <= with_ < len(same):
            k = same[with_]
            rows[i], rows[k] = rows[k], rows[i]
        return True

    def do_nameserver_delete(self):
        rows = self.t.nameservers
        if not rows:
            return False
        row = rows.pop(self.r.randrange(len(rows)))
        self.stage.do("nameserver_delete", row[0])
        return True

    def do_search(self):
        rows = self.t.searches
        domain = self.r.choice(DNS_DOMAINS)
        known = [s for s in rows if s[1] == domain]
        if known and self.r.random() < 0.7:
            self.stage.do("search_delete", known[0][0])
            rows.remove(known[0])
            return True
        got = self.stage.ask("search_add", domain)
        if self.may(known, got, "search domain " + domain):
            rows.append((got["id"], domain))
        return True

    def add_record(self, kind, value, node):
        name = self.r.choice(RECORDS)
        row = (name, kind, value, node)
        got = self.stage.ask("record_add", *row)
        bad = self.t.is_machine_name(name) or row in self.t.records.values()
        if self.may(bad, got, "record %s" % (row,)):
            self.t.records[got["id"]] = row
        return True

    def do_record(self):
        kind = self.r.choice(["A", "AAAA"])
        return self.add_record(kind, self.r.choice(VALUES[kind]), 0)

    def do_record_of_node(self):
        n = self.node()
        return bool(n) and self.add_record(
            self.r.choice(["A", "AAAA"]), None, n.id)

    def do_record_delete(self):
        if not self.t.records:
            return False
        i = self.r.choice(list(self.t.records))
        self.stage.do("record_delete", i)
        del self.t.records[i]
        return True

    def do_dns_prefs(self):
        t, r = self.t, self.r
        magic, override = r.random() < 0.7, r.random() < 0.5
        bad = override and t.settings["override_local_dns"] == "false" and \
            not any(not n[1] for n in t.nameservers)
        got = self.stage.ask("dns_prefs", int(magic), int(override))
        if self.may(bad, got, "override without a nameserver"):
            t.settings["magic_dns"] = "true" if magic else "false"
            t.settings["override_local_dns"] = \
                "true" if override else "false"
        return True
