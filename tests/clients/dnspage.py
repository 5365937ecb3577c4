"""dnspage: what is changed by the forms of the page DNS reaches clients that
run, as they stand."""
from browser import owner
from dns import answering, becomes, completes, config, dig, resolves
from lab import claim, until
from policy import polls
from tests import DOMAIN, test

GROUP = "dns page"
PAGE = "/admin/dns"


def asks_and_has(lab):
    if "pair" not in lab.shared:
        lab.shared["pair"] = lab.client("asks"), lab.client("has")
    a, b = lab.shared["pair"]
    a.sees(b.hostname, Online=True)
    return a, b


def form(lab, ident, **fields):
    page = owner(lab)
    page.get(PAGE)
    page.submit(ident, **fields)
    claim(page.page.attributes.get("data-page") == "dns",
          "it led elsewhere: %s" % page.page.text[:500])


def row(lab, value, what, deed):
    """The form of a row of the list `what` that holds that value."""
    page = owner(lab)
    text = page.get(PAGE).text
    found = [f["id"][5:] for f in page.page.forms
             if f["id"].startswith("form-%s-" % what)
             and f["id"].endswith("-" + deed)
             and value in text[:text.index('id="%s"' % f["id"])].rsplit(
                 "<tr", 1)[1]]
    claim(found, "no %s of %s" % (deed, value))
    return found[0]


def remove(lab, value, what):
    form(lab, row(lab, value, what, "delete"))


def leads_nowhere(a, name, b):
    """It is no name of the tailnet: a resolver outside is asked, in vain."""
    until("%s does not lead to %s" % (name, b.hostname), 20,
          lambda: b.ip4 not in dig(a, name))


def untouched(before, a, b):
    claim(polls(a, b) == before, "a new poll: %s" % before)


@test("MagicDNS goes off and on by the page", GROUP, 10)
def magic(lab):
    a, b = asks_and_has(lab)
    name = "%s.%s" % (b.hostname, DOMAIN)
    resolves(a, name, b.ip4)
    before = polls(a, b)
    form(lab, "dns-prefs", magic_dns=None)
    becomes(a, "no MagicDNS", lambda d: not d.get("Proxied"))
    leads_nowhere(a, name, b)
    form(lab, "dns-prefs", magic_dns="1")
    resolves(a, name, b.ip4)
    untouched(before, a, b)


@test("nameservers of a domain and of all names come, change places and go by "
      "the page", GROUP, 15)
def nameservers(lab):
    a, b = asks_and_has(lab)
    answering(b, "203.0.113.9")
    before = polls(a, b)
    form(lab, "ns-add", address=b.address, domain="corp.example")
    resolves(a, "www.corp.example", "203.0.113.9")
    claim(dig(a, "www.other.example") != ["203.0.113.9"], "asked for all")
    remove(lab, "corp.example", "ns")
    becomes(a, "no route", lambda d: len(d.get("Routes") or {}) == 1)
    form(lab, "ns-add", address=b.address)
    form(lab, "ns-add", address="192.0.2.53", with_exit_node="1")
    form(lab, "dns-prefs", override_local="1")
    resolves(a, "www.other.example", "203.0.113.9")
    form(lab, row(lab, "192.0.2.53", "ns", "order"), move="up")
    becomes(a, "the other first", lambda d: [
        (r["Addr"], bool(r.get("UseWithExitNode")))
        for r in d.get("Resolvers") or []] == [
            ("192.0.2.53", True), (b.address, False)])
    form(lab, "dns-prefs", override_local=None)
    for address in ("192.0.2.53", b.address):
        remove(lab, address, "ns")
    becomes(a, "neither", lambda d: not d.get("Resolvers")
            and not d.get("FallbackResolvers"))
    untouched(before, a, b)


@test("records and search domains come and go by the page, and a record of a "
      "machine follows it", GROUP, 15)
def records(lab):
    a, b = asks_and_has(lab)
    before = polls(a, b)
    form(lab, "record-add", name="wiki.corp.example", type="A",
         value="192.0.2.3")
    form(lab, "record-add", name="its.example", type="A",
         machine=lab.server.node_id(b.hostname))
    resolves(a, "wiki.corp.example", "192.0.2.3")
    resolves(a, "its.example", b.ip4)
    form(lab, "search-add", domain="corp.example")
    until("the domain completes a name", 20,
          lambda: completes(a, "wiki") == "192.0.2.3")
    remove(lab, "corp.example", "search")
    becomes(a, "one domain", lambda d: d.get("Domains") == [DOMAIN])
    for name in ("wiki.corp.example", "its.example"):
        remove(lab, name, "record")
    becomes(a, "no records", lambda d: not d.get("ExtraRecords"))
    untouched(before, a, b)


@test("another base domain of the page renames machines that run", GROUP, 10)
def domain(lab):
    a, b = asks_and_has(lab)
    before = polls(a, b)
    page = owner(lab)
    for name in ("hill.internal", DOMAIN):
        page.get(PAGE)
        page.send(page.page.of("form-dns-domain"), base_domain=name)
        page.submit("confirm")
        resolves(a, "%s.%s" % (b.hostname, name), b.ip4)
        becomes(a, "that domain", lambda d: d.get("Domains") == [name])
        a.sees(b.hostname, DNSName="%s.%s." % (b.hostname, name))
    leads_nowhere(a, "%s.hill.internal" % b.hostname, b)
    claim(config(a).get("Proxied"), config(a))
    untouched(before, a, b)
