"""wasm: a control client of JavaScript's world, which has no socket but a
WebSocket: in Node, with the packages that a browser's client is made of."""
import os
import re
import shutil

from lab import Skipped, claim, run
from programs import built
from tests import DOMAIN, test


def make(sources, folder):
    """The program, and what Go's own folder has to start such a one."""
    run("go", "-C", sources, "build", "-trimpath", "-o",
        os.path.join(folder, "client.wasm"), ".", seconds=900,
        env={"GOOS": "js", "GOARCH": "wasm"})
    root = run("go", "-C", sources, "env", "GOROOT").strip()
    for file in ("wasm_exec.js", "wasm_exec_node.js"):
        shutil.copy(os.path.join(root, "lib", "wasm", file), folder)


def node():
    """The command that is Node with WebSocket.  By its path: as plain `node`
    Go's programs keep off fetch, for the sake of Go's own tests."""
    path = shutil.which("node")
    if not path:
        raise Skipped("no node here")
    args = [path, "--experimental-websocket"]
    if run(*args, "-p", "typeof WebSocket", ok=False).strip() != "function":
        raise Skipped("this node knows no WebSocket")
    return args


def program():
    """The command of the client."""
    args = node()
    folder = built("wasm", make if shutil.which("go") else None)
    if not folder:
        raise Skipped("no go to build the client with")
    # Go's starter takes 12 KiB of environment at most, and needs none of it.
    return ["env", "-i", *args, *(os.path.join(folder, f) for f in (
        "wasm_exec_node.js", "client.wasm"))]


@test("a client of JavaScript shakes hands by WebSocket through nginx", "first",
      10)
def shakes_hands(lab):
    client = program()
    a, b = lab.pair()

    def joins(key):
        return a.exec(*client, lab.server.url, key, "scripted")
    said = joins("wrong")
    claim(re.match(r"key mkey:[0-9a-f]{64}\nrefused invalid auth key", said),
          said)
    claim(not lab.server.node("scripted"), "it is listed all the same")
    said = joins(lab.server.key()).splitlines()[1:]
    claim(said[:2] == ["joined", "self scripted.%s." % DOMAIN], said)
    for peer in (a, b):
        claim("peer %s.%s." % (peer.hostname, DOMAIN) in said, said)
    a.sees("scripted")
    lab.server.cairn("nodes", "delete", "--force", "-i",
                     lab.server.node_id("scripted"))
    a.misses("scripted")
