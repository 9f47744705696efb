"""A provider for the tests of the watchdog: a real server that answers as it is told."""

import http.server
import json
import threading
import time

from support import wait_for


class Cloud(http.server.ThreadingHTTPServer):
    """A provider that does what the next of `answers` says and notes what it was asked: (seconds, method, path, headers,
    body)."""

    daemon_threads = True

    def __init__(self, case):
        super().__init__(("127.0.0.1", 0), CloudRequest)
        self.answers = []
        self.asked = []
        self.over = threading.Event()
        case.addCleanup(self.close)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """What a watchdog that was killed leaves behind is no news."""

    def wait_asked(self, count=1):
        return wait_for(f"{count} requests", lambda: len(self.asked) >= count and self.asked)


class CloudRequest(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((time.time(), self.command, self.path, dict(self.headers), body.decode()))
        answer = self.server.answers.pop(0) if self.server.answers else (200, {})
        if answer == "silence":
            self.server.over.wait()
        elif answer == "drops":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not self.server.over.wait(0.1):
                self.wfile.write(b".")
        elif answer != "hang-up":
            status, value, *location = answer
            self.send_response(status)
            for target in location:
                self.send_header("Location", target)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass
