"""approve: routes are approved by policy and by people, and clients hear."""
import json

from browser import owner
from lab import claim, until
from policy import EDIT_SECONDS, OPEN, closes, listening, obey, opens
from tests import test

PORT = 7777
NET, FAR = "10.81.0.0/24", "10.81.0.1"
BY_POLICY = {"autoApprovers": {"routes": {"10.0.0.0/8": ["tag:router"]},
                               "exitNode": ["tag:exit"]}}


def viewer_and_router(lab, *more):
    if "pair" not in lab.shared:
        lab.shared["pair"] = (
            lab.client("ann", key=lab.server.key(user="alice"),
                       more=("--accept-routes",)),
            lab.client("gate", key=lab.server.key(
                "--tags", "tag:router,tag:exit", user=None), more=more))
        lab.shared["pair"][1].exec("ip", "addr", "add", FAR + "/24", "dev",
                                   "lo")
    a, r = lab.shared["pair"]
    a.sees(r.hostname, Online=True)
    return a, r


def carries(a, r, *nets):
    until("%s gets %s from %s" % (a.hostname, list(nets) or "no routes",
                                  r.hostname), EDIT_SECONDS,
          lambda: sorted(a.peers()[r.hostname].get("PrimaryRoutes")
                         or []) == sorted(nets))


def withdraw(lab, r):
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id(r.hostname), "-r", "")


@test("a route and an exit node are approved by policy when they are advertised "
      "later", "approve by policy", 20)
def later(lab):
    obey(lab, grants=OPEN, **BY_POLICY)
    a, r = viewer_and_router(lab)
    carries(a, r)
    r.cli("set", "--advertise-routes=%s,192.168.81.0/24" % NET)
    carries(a, r, NET)
    with listening(r, PORT, address=FAR):
        opens(a, FAR)
    claim(not a.peers()[r.hostname].get("ExitNodeOption"), "an exit node")
    r.cli("set", "--advertise-exit-node")
    a.sees(r.hostname, EDIT_SECONDS, ExitNodeOption=True)
    carries(a, r, NET)


@test("what an admin withdrew comes back with the next save of the policy, not "
      "with an update of the machine", "approve by policy", 20)
def withdrawn(lab):
    obey(lab, grants=OPEN, **BY_POLICY)
    a, r = viewer_and_router(lab)
    r.cli("set", "--advertise-routes=" + NET)
    carries(a, r, NET)
    withdraw(lab, r)
    carries(a, r)
    r.cli("set", "--advertise-routes=%s,10.82.0.0/16" % NET)
    carries(a, r, "10.82.0.0/16")
    obey(lab, grants=OPEN, **BY_POLICY)
    carries(a, r, "10.82.0.0/16")  # the same text is no save
    obey(lab, grants=OPEN, hosts={"x": "10.0.0.1"}, **BY_POLICY)
    carries(a, r, NET, "10.82.0.0/16")


@test("a policy that is saved later approves what was advertised before",
      "approve by save", 15)
def saved_later(lab):
    obey(lab, grants=OPEN)
    a, r = viewer_and_router(lab, "--advertise-exit-node",
                             "--advertise-routes=" + NET)
    carries(a, r)
    claim(not a.peers()[r.hostname].get("ExitNodeOption"), "an exit node")
    with listening(r, PORT, address=FAR):
        obey(lab, grants=OPEN, **BY_POLICY)
        carries(a, r, NET)
        a.sees(r.hostname, EDIT_SECONDS, ExitNodeOption=True)
        opens(a, FAR)
        obey(lab, grants=OPEN)  # nothing is ever taken back by a policy
        carries(a, r, NET)
        opens(a, FAR)


@test("a route that the form of the page approves is reached by others, and "
      "one that it withdraws is not", "approve by form", 20)
def by_form(lab):
    page = owner(lab)
    obey(lab, grants=OPEN)
    a, r = viewer_and_router(lab, "--advertise-exit-node",
                             "--advertise-routes=%s,10.82.0.0/16" % NET)
    path = "/admin/machines/" + lab.server.node_id(r.hostname)
    with listening(r, PORT, address=FAR):
        page.get(path)
        page.submit("routes", route=NET)
        carries(a, r, NET)
        opens(a, FAR)
        claim(not a.peers()[r.hostname].get("ExitNodeOption"), "an exit node")
        page.submit("routes", exit="1")
        carries(a, r, NET)
        a.sees(r.hostname, EDIT_SECONDS, ExitNodeOption=True)
        page.submit("routes", route=None, exit=None)
        carries(a, r)
        closes(a, FAR)
        a.sees(r.hostname, EDIT_SECONDS, ExitNodeOption=False)


@test("tags that the form of the page gives reach the machine and its peers",
      "approve by form", 10)
def tags_by_form(lab):
    page = owner(lab)
    obey(lab, grants=OPEN)
    a, r = viewer_and_router(lab, "--advertise-exit-node",
                             "--advertise-routes=%s,10.82.0.0/16" % NET)
    page.get("/admin/machines/" + lab.server.node_id(r.hostname))
    page.submit("tags", tags="tag:east, tag:router")
    a.sees(r.hostname, EDIT_SECONDS, Tags=["tag:east", "tag:router"])
    until("the machine has them", EDIT_SECONDS, lambda: r.self_node().get(
        "Tags") == ["tag:east", "tag:router"])
