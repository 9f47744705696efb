import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import unittest

from cloud import Cloud
from support import RUNTIME, TempCase, clean_environment, is_alive, kill_quietly, wait_for

sys.path.insert(0, RUNTIME)

import watchdog

BOOT = "import sys;s=sys.stdin.buffer;exec(compile(s.read(int(s.readline())),'watchdog','exec'))"
KEY = "wd-5ecret-7f3k2a"
# Ticks of 40 ms, pauses from 0.3 s on, an answer within 0.6 s.
SCALE = "0.02"

# Of 127.0.0.1, for the server of a test and for nothing else; from 2020 to 2126.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUACU1mvfT8XE0PIX
G5pAlTlDheAggQX6YE4chNCZDSGhRANCAATLJX5hHc3qOUqs8mcbf02OnMXyatd0
kJJvi+4F5KWojGbmmhcvaoSa2c1w1TclyP7Mb8U28xsPXjGvoKTsLnqM
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBWzCCAQKgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAkxMjcuMC4w
LjEwIBcNMjAwMTAxMDAwMDAwWhgPMjEyNjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CTEyNy4wLjAuMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMslfmEdzeo5Sqzy
Zxt/TY6cxfJq13SQkm+L7gXkpaiMZuaaFy9qhJrZzXDVNyXI/sxvxTbzGw9eMa+g
pOwueoyjQzBBMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAdBgNV
HQ4EFgQUKCQ/xreYmQh7LkRdexMeqi3JigQwCgYIKoZIzj0EAwIDRwAwRAIgR/nq
i8SZPmOP4LSJnfceHAqstw6M3QhycvpudK5xmK8CIEJAa7ru10E4sBn/bjay9pqj
J3PnrjMkmXH/iVJqfpsS
-----END CERTIFICATE-----
"""


class WatchdogCase(TempCase):
    def setUp(self):
        super().setUp()
        self.pids = []
        self.addCleanup(self.end_watchdogs)
        self.cloud = Cloud(self)

    def end_watchdogs(self):
        for pid in self.pids:
            kill_quietly(os.kill, pid)

    def attempt(self, path="/machines/${MACHINE}", **more):
        headers = {"Authorization": "Bearer ${MACHINE_KEY}", "Content-Type": "application/json"}
        whole = {"method": "DELETE", "url": self.cloud.url + path, "headers": headers, "body": "{}", "find": None}
        return {**whole, **more}

    def guard(self, deadline, *attempts, **options):
        """Starts a watchdog and returns its number once it is on guard."""
        before = self.holder()
        self.launch(deadline, list(attempts) or [self.attempt()], **options)
        return self.wait_on_guard(before)

    def wait_on_guard(self, before=None):
        self.pids.append(wait_for("a watchdog", lambda: self.holder() not in (None, before) and self.holder()))
        return self.pids[-1]

    def launch(self, deadline, attempts, secrets=None, env=None, isolated=True):
        """As the agent does."""
        with open(os.path.join(RUNTIME, "watchdog.py"), "rb") as file:
            source = file.read()
        request = {"version": 1, "root": self.folder, "deadline": deadline, "end": {"attempts": attempts}}
        request["secrets"] = {"MACHINE": "m-1", "MACHINE_KEY": KEY} if secrets is None else secrets
        subprocess.run(
            [sys.executable, *(["-I"] if isolated else []), "-X", "utf8", "-c", BOOT],
            input=b"%d\n%s%s\n" % (len(source), source, json.dumps(request).encode()),
            env=self.environment(**(env or {})),
            timeout=15,
            check=True,
        )

    def environment(self, **more):
        env = {name: value for name, value in clean_environment().items() if not name.lower().endswith("_proxy")}
        return {**env, "TRAINYARD_TIME_SCALE": SCALE, **more}

    def holder(self):
        return (self.read_json("watchdog", "lock") or {}).get("pid")

    def limits(self, **limits):
        path = self.write("watchdog/limits.new", json.dumps(limits))
        os.replace(path, self.path("watchdog", "limits.json"))

    def log(self):
        return self.read_bytes("watchdog", "log").decode()

    def wait_log(self, text):
        return wait_for(f"{text!r} in the log", lambda: text in self.log() and self.log())

    def assert_quiet(self, until):
        """Until then, in Unix seconds, nothing was asked of the provider."""
        wait_for("the time", lambda: time.time() > until)
        self.assertEqual([], [asked for asked in self.cloud.asked if asked[0] < until])


class Ends(WatchdogCase):
    def test_the_machine_at_its_deadline_and_not_before(self):
        deadline = time.time() + 0.3
        self.guard(deadline)
        when, method, path, headers, body = self.cloud.wait_asked()[0]
        self.assertGreaterEqual(when, deadline)
        self.assertEqual(("DELETE", "/machines/m-1", "{}"), (method, path, body))
        self.assertEqual((f"Bearer {KEY}", "trainyard"), (headers["Authorization"], headers["User-Agent"]))

    def test_it_through_everything_a_provider_may_answer_and_goes_on_after_a_good_one(self):
        self.cloud.answers += [(500, {}), "hang-up", "silence", "drops", (429, {}), (404, {}), (200, {}), (200, {})]
        refused = self.attempt(url="http://127.0.0.1:1/machines")
        self.guard(0, refused, *(self.attempt(f"/{number}") for number in range(7)))
        asked = self.cloud.wait_asked(9)
        self.assertEqual([f"/{number}" for number in (0, 1, 2, 3, 4, 5, 6, 0, 1)], [path for _, _, path, _, _ in asked[:9]])
        for said in ("Connection refused", "500", "Remote end closed", "TimeoutError", "429", "404"):
            self.assertIn(said, self.log())

    def test_it_with_every_attempt_though_the_first_is_answered_well(self):
        self.cloud.answers += [(200, {"errors": ["not permitted"]})]
        self.guard(0, self.attempt("/graphql", method="POST"), self.attempt("/rest"))
        self.assertEqual(["/graphql", "/rest"], [asked[2] for asked in self.cloud.wait_asked(2)[:2]])

    def test_it_although_one_attempt_names_what_is_not_known(self):
        self.guard(0, self.attempt("/${NOWHERE}"), self.attempt("/known"))
        self.assertEqual("/known", self.cloud.wait_asked()[0][2])
        self.assertIn("KeyError('NOWHERE')", self.log())

    def test_it_with_what_its_environment_knows(self):
        self.guard(0, secrets={"MACHINE": "m-2"}, env={"MACHINE": "other", "MACHINE_KEY": "scoped"})
        _, _, path, headers, _ = self.cloud.wait_asked()[0]
        self.assertEqual(("/machines/m-2", "Bearer scoped"), (path, headers["Authorization"]))

    def test_it_with_what_the_container_was_given(self):
        path = self.write("environ", "MACHINE=m-3\0EQUATION=a=b\0\0broken\0")
        self.assertEqual({"MACHINE": "m-3", "EQUATION": "a=b"}, watchdog.container_environment(path))
        self.assertEqual({}, watchdog.container_environment(self.path("missing")))

    def test_it_through_a_proxy(self):
        self.guard(0, self.attempt(url="http://cloud.invalid/m"), env={"http_proxy": self.cloud.url})
        self.assertEqual("http://cloud.invalid/m", self.cloud.wait_asked()[0][2])

    def test_it_where_no_file_can_be_written(self):
        self.write("watchdog", "a file in the way of the folder")
        self.launch(0, [self.attempt()])
        self.cloud.wait_asked()
        os.unlink(self.path("watchdog"))
        self.wait_on_guard()


class Finds(WatchdogCase):
    def found(self, **more):
        find = {
            "method": "GET",
            "url": self.cloud.url + "/machines",
            "headers": {"Authorization": "Bearer ${MACHINE_KEY}"},
            "list": "data",
            "where": {"name": "trainyard-${MACHINE}"},
            "field": "id",
            "as": "FOUND",
        }
        return self.attempt("/end", method="POST", body='{"ids":["${FOUND}"]}', find={**find, **more})

    def machines(self, *names):
        return 200, {"data": [{"id": f"id-{index}", "name": name} for index, name in enumerate(names)]}

    def test_the_machine_among_others(self):
        self.cloud.answers += [self.machines("trainyard-m-10", "trainyard-m-1", "mine")]
        self.guard(0, self.found())
        look, end = self.cloud.wait_asked(2)[:2]
        self.assertEqual(("GET", "/machines", f"Bearer {KEY}"), (look[1], look[2], look[3]["Authorization"]))
        self.assertEqual(("POST", "/end", '{"ids":["id-1"]}'), (end[1], end[2], end[4]))

    def test_it_later_when_the_list_fails_or_fits_none_or_several(self):
        alike = self.machines("trainyard-m-1", "trainyard-m-1")
        self.cloud.answers += [(429, {}), self.machines("mine"), alike, self.machines("mine", "trainyard-m-1")]
        self.guard(0, *[self.found()] * 4)
        asked = self.cloud.wait_asked(5)
        self.assertEqual(["/machines"] * 4 + ["/end"], [path for _, _, path, _, _ in asked[:5]])
        self.assertEqual('{"ids":["id-1"]}', asked[4][4])


class Limits(WatchdogCase):
    def test_move_the_end_to_later_and_to_earlier(self):
        deadline = time.time() + 0.4
        self.limits(deadline=time.time() + 3600)
        self.guard(deadline)
        self.assert_quiet(deadline + 0.2)
        earlier = time.time() + 0.2
        self.limits(deadline=earlier)
        self.assertGreaterEqual(self.cloud.wait_asked()[0][0], earlier)

    def test_that_cannot_be_read_leave_the_deadline_of_the_start(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        for text in ("", "{", "[]", "null", '{"deadline": null}', '{"deadline": "soon"}', '{"deadline": Infinity}'):
            dog = self.dog(deadline=1000)
            self.write("limits.json", text)
            self.assertTrue(dog.is_over(), text)
            self.assertEqual(1000, dog.end(), text)

    def dog(self, deadline):
        return watchdog.Watchdog({"deadline": deadline, "end": {"attempts": []}})

    def test_let_the_machine_wait_after_the_training_but_not_beyond_the_deadline(self):
        cases = [
            ({"keepMinutes": 10}, 5000),
            ({"keepMinutes": 10, "trainingEnded": None, "attended": 1000}, 5000),
            ({"keepMinutes": 10, "trainingEnded": 1000}, 1600),
            ({"keepMinutes": 0, "trainingEnded": 1000}, 1000),
            ({"keepMinutes": 10, "trainingEnded": 1000, "attended": 900}, 1600),
            ({"keepMinutes": 10, "trainingEnded": 1000, "attended": 1500}, 2100),
            ({"keepMinutes": 10, "trainingEnded": 1000, "attended": 4900}, 5000),
            ({"keepMinutes": 10, "trainingEnded": 1000, "deadline": 1200}, 1200),
            ({"keepMinutes": None, "trainingEnded": 1000}, 5000),
        ]
        for limits, end in cases:
            dog = self.dog(deadline=5000)
            dog.limits = limits
            self.assertEqual(end, dog.end(), limits)

    def test_are_obeyed_when_nobody_collects(self):
        self.guard(time.time() + 3600)
        ended = time.time()
        self.limits(deadline=ended + 3600, keepMinutes=0.3 / 60, trainingEnded=ended, attended=ended + 0.3)
        self.assertGreaterEqual(self.cloud.wait_asked()[0][0], ended + 0.6)

    def test_that_are_moved_while_nobody_answers_let_the_machine_live(self):
        self.cloud.answers += [(500, {})] * 100
        # No pause is longer than 0.3 s.
        self.guard(0, env={"TRAINYARD_TIME_SCALE": "0.005"})
        self.cloud.wait_asked()
        self.limits(deadline=time.time() + 3600)
        wait_for("quiet", lambda: time.time() - self.cloud.asked[-1][0] > 0.6)


class Jumps(unittest.TestCase):
    """Of the wall clock, which is 1000 when the steady one is 0."""

    def setUp(self):
        self.time, self.jump = 0, 0
        self.clock = watchdog.Clock(lambda: 1000 + self.time + self.jump, lambda: self.time)

    def now(self, time, jump=0):
        self.time, self.jump = time, jump
        return self.clock.now()

    def test_back_do_not_prolong(self):
        self.assertEqual(1100, self.now(100, jump=-3600))
        self.assertEqual(9000, self.now(8000, jump=-3600))

    def test_forward_count_once_they_have_stood_for_five_minutes(self):
        self.assertEqual(1100, self.now(100))
        self.assertEqual([1110, 1400], [self.now(110, jump=7200), self.now(400, jump=7200)])
        self.now(401, jump=7200)
        self.assertEqual(8602, self.now(402, jump=7200))

    def test_forward_that_are_put_right_leave_nothing(self):
        self.now(100)
        self.now(110, jump=7200)
        self.assertEqual(1120, self.now(120))
        self.assertEqual(1405, self.now(405, jump=7200))

    def test_of_seconds_are_the_better_clock_going_on(self):
        self.assertEqual(1105, self.now(100, jump=5))

    def test_count_at_once_where_limits_are_set_by_the_new_time(self):
        self.now(100, jump=-3600)
        self.clock.take()
        self.assertEqual(-2490, self.now(110, jump=-3600))


class OnGuard(WatchdogCase):
    def test_is_one_and_the_last_that_came(self):
        first = self.guard(time.time() + 3600)
        second = self.guard(time.time() + 3600)
        wait_for("the first has left", lambda: not is_alive(first))
        self.assertTrue(is_alive(second))
        self.assertEqual(second, self.holder())
        self.assertEqual(["lock", "log"], sorted(os.listdir(self.path("watchdog"))))

    def test_is_the_earlier_one_again_when_a_later_one_has_died(self):
        first = self.guard(time.time() + 3600)
        os.kill(first, signal.SIGSTOP)
        second = self.guard(time.time() + 3600)
        os.kill(second, signal.SIGKILL)
        wait_for("its death", lambda: not is_alive(second))
        os.kill(first, signal.SIGCONT)
        wait_for("the first", lambda: self.holder() == first)
        self.limits(deadline=time.time())
        self.cloud.wait_asked()

    def test_is_one_though_its_folder_was_removed(self):
        pid = self.guard(time.time() + 3600)
        shutil.rmtree(self.path("watchdog"))
        wait_for("its return", lambda: self.holder() == pid)
        self.limits(deadline=time.time())
        self.cloud.wait_asked()

    def test_survives_hang_up_and_termination(self):
        deadline = time.time() + 0.3
        pid = self.guard(deadline)
        self.assertNotEqual(os.getsid(0), os.getsid(pid))
        for number in (signal.SIGHUP, signal.SIGTERM):
            os.kill(pid, number)
        self.assertGreaterEqual(self.cloud.wait_asked()[0][0], deadline)

    def test_keeps_its_files_to_its_user(self):
        self.guard(time.time() + 3600)
        for name in ("", "lock", "log"):
            self.assertEqual(0, os.stat(self.path("watchdog", name)).st_mode & 0o077, name)


class Secrets(WatchdogCase):
    def test_are_nowhere_but_in_the_memory_of_the_watchdog(self):
        self.cloud.answers += [(401, {"message": f"the key {KEY} is wrong"})]
        self.guard(0, self.attempt("/${MACHINE_KEY}"))
        self.wait_log("is wrong")
        self.assertIn("the key MACHINE_KEY is wrong", self.log())
        for name in os.listdir(self.path("watchdog")):
            self.assertNotIn(KEY, self.read_bytes("watchdog", name).decode())
        if sys.platform == "linux":
            self.assert_no_process_shows(KEY.encode())

    def assert_no_process_shows(self, text):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for what in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{what}", "rb") as file:
                        self.assertNotIn(text, file.read(), f"{what} of {pid}")
                except OSError:
                    pass

    def test_are_not_sent_where_a_redirect_leads(self):
        elsewhere = Cloud(self)
        self.cloud.answers += [(307, {}, elsewhere.url + "/steal"), (302, {}, elsewhere.url + "/steal")]
        self.guard(0, *[self.attempt(method="GET", body=None)] * 3)
        self.cloud.wait_asked(3)
        self.assertEqual([], elsewhere.asked)


class Certificates(WatchdogCase):
    def setUp(self):
        super().setUp()
        self.certificate = self.write("certificate.pem", CERTIFICATE)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.cloud.socket = context.wrap_socket(self.cloud.socket, server_side=True)

    def secure(self, isolated=True, **env):
        self.guard(0, self.attempt(url=self.cloud.url.replace("http:", "https:")), env=env, isolated=isolated)

    def test_that_nobody_vouches_for_are_refused(self):
        self.secure()
        self.wait_log("CERTIFICATE_VERIFY_FAILED")
        self.assertEqual([], self.cloud.asked)

    def test_that_the_machine_trusts_are_accepted(self):
        self.secure(SSL_CERT_FILE=self.certificate)
        self.assertEqual("DELETE", self.cloud.wait_asked()[0][1])

    def test_of_pip_are_taken_where_the_machine_has_none(self):
        self.write("pip/__init__.py", "")
        self.write("pip/_vendor/__init__.py", "")
        self.write("pip/_vendor/certifi.py", f"def where(): return {self.certificate!r}")
        self.secure(isolated=False, PYTHONPATH=self.folder, SSL_CERT_FILE="/nowhere")
        self.assertEqual("DELETE", self.cloud.wait_asked()[0][1])


if __name__ == "__main__":
    unittest.main()
