"""A web server that is not ours: what a trip has cairn speak to."""
import contextlib
import http.server
import ssl
import subprocess
import threading


def certificate(path):
    """PATH.pem and PATH.key, for localhost, signed by itself."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out",
         path + ".pem", "-keyout", path + ".key"], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def serve(handler, tls=None, **told):
    """On a port of its own, by TLS with that certificate; its handlers find
    what was told as members of their server, and `ended` there is set at the
    end, so that a slow one can give up."""
    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    one.ended, one.daemon_threads = threading.Event(), True
    for name, value in told.items():
        setattr(one, name, value)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls + ".pem", tls + ".key")
        one.socket = context.wrap_socket(one.socket, server_side=True)
    one.url = "%s://localhost:%d" % ("https" if tls else "http",
                                     one.server_address[1])
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.ended.set()
        one.shutdown()
        one.server_close()
        thread.join()
