"""roles: what a person is made by the page, for machines that run."""
from browser import owner
from lab import NEWEST, OLDEST, claim, until
from policy import (EDIT_SECONDS, OTHER, PORT, closes, grant, listening, obey,
                    opens, polls, reaches)
from tests import test

THIRD = 7779
BY_ROLE = [grant("autogroup:member", "tag:server", "tcp:%d" % PORT),
           grant("autogroup:admin", "tag:server", "tcp:%d" % OTHER),
           grant("autogroup:auditor", "tag:server", "tcp:%d" % THIRD)]


def crew(lab, v):
    if "crew" not in lab.shared:
        lab.shared["crew"] = lab.client("ann", v), lab.client(
            "srv", v, key=lab.server.key("--tags", "tag:server", user=None))
        owner(lab)  # by its setup a policy is saved
    obey(lab, grants=BY_ROLE)
    a, s = lab.shared["crew"]
    a.sees("srv", Online=True)
    return a, s


def page_of(lab, name):
    page = owner(lab)
    page.get("/admin/users/" + lab.server.user(name))
    return page


@test("who is made an admin by the page reaches what admins may, as its machines "
      "stand, and no longer when that ends", "roles", 15,
      versions=[OLDEST, NEWEST])
def by_page(lab, v):
    a, s = crew(lab, v)
    with listening(s, PORT, OTHER, THIRD):
        opens(a, s.ip4)
        claim(not reaches(a, s.ip4, OTHER), "a member reaches what admins may")
        before = polls(a, s)
        for role, port, other in (("admin", OTHER, THIRD),
                                  ("auditor", THIRD, OTHER)):
            page_of(lab, "alice").submit("role", role=role)
            opens(a, s.ip4, port)
            closes(a, s.ip4, other)
            opens(a, s.ip4)  # every role is a member
        page_of(lab, "alice").submit("role", role="member")
        closes(a, s.ip4, THIRD)
        opens(a, s.ip4)
        claim(polls(a, s) == before, "a new poll: %s" % before)


@test("who is suspended by the page is out at once, and in again when restored "
      "and signed in", "roles", 15, versions=[NEWEST])
def suspended(lab, v):
    a, s = crew(lab, v)
    with listening(s, PORT):
        opens(a, s.ip4)
        page = page_of(lab, "alice")
        page.send(page.page.of("form-status"), do="suspend")
        page.submit("confirm")
        until("the server's peer is gone or expired", EDIT_SECONDS, lambda: (
            s.peers().get("ann") or {"Expired": True}).get("Expired"))
        a.wait_state("NeedsLogin", 15)
        claim(not reaches(a, s.ip4), "it is reached still")
        page_of(lab, "alice").submit("status", do="restore")
        a.up(lab.server.key())
        opens(a, s.ip4)


@test("no machine is shared with another tailnet, and none is said to be",
      "roles", 5, versions=[OLDEST, NEWEST])
def sharing(lab, v):
    a, s = crew(lab, v)
    for p in a.netmap()["Peers"]:
        claim(not p.get("Sharer") and not (p.get("Hostinfo") or {}).get(
            "ShareeNode"), p)
    claim(not any(p.get("ShareeNode") for p in a.peers().values()), a.peers())
    who = a.cli("whois", "--json", s.ip4)
    claim("Sharer" not in who, who)
