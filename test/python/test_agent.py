import ctypes
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

from cloud import Cloud
from support import FAST, RUNTIME, TempCase, clean_environment, is_alive, kill_quietly, wait_for

BOOT = "import sys;s=sys.stdin.buffer;exec(compile(s.read(int(s.readline())),'trainyard','exec'))"
JOB = "digits-7f3k2a"


def read_program(name):
    with open(os.path.join(RUNTIME, name), encoding="utf-8") as file:
        return file.read()


def lose_root_power():
    """Makes the permissions of files count for root too: the program that is started next has no CAP_DAC_OVERRIDE."""
    drop_capability, dac_override = 24, 1
    if ctypes.CDLL(None).prctl(drop_capability, dac_override, 0, 0, 0) != 0:
        raise OSError("the capability cannot be dropped")


class AgentCase(TempCase):
    """An agent over pipes, as a host runs it, with a root of its own."""

    def setUp(self):
        super().setUp()
        self.root = self.path("root")
        self.run_folder = self.path("root", "runs", JOB)
        self.agent = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", BOOT],
            env=clean_environment(**FAST, LC_ALL="C", no_proxy="127.0.0.1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=lose_root_power if os.geteuid() == 0 else None,
        )
        self.addCleanup(self.close)
        source = read_program("agent.py").encode()
        self.send(b"%d\n" % len(source) + source)
        self.send(json.dumps({"root": self.root}).encode() + b"\n")
        self.assertEqual(b"\n", self.agent.stdout.readline())
        self.greeting = json.loads(self.agent.stdout.readline())
        self.last_id = 0

    def close(self):
        self.agent.stdin.close()
        self.agent.wait(timeout=15)
        self.agent.stdout.close()

    def send(self, data):
        self.agent.stdin.write(data)
        self.agent.stdin.flush()

    def post(self, op, **fields):
        self.last_id += 1
        self.send(json.dumps({"id": self.last_id, "op": op, **fields}).encode() + b"\n")
        return self.last_id

    def ask(self, op, **fields):
        number = self.post(op, **fields)
        answer = json.loads(self.agent.stdout.readline())
        self.assertEqual(number, answer["id"])
        return answer

    def get(self, op, **fields):
        answer = self.ask(op, **fields)
        self.assertTrue(answer["ok"], answer)
        return answer["result"]

    def refused(self, op, **fields):
        """The (code, message) of a refusal."""
        answer = self.ask(op, **fields)
        self.assertFalse(answer["ok"], answer)
        return answer["error"]["code"], answer["error"]["message"]

    def job_file(self, script="", attempt=1, **more):
        return {
            "version": 1,
            "job": JOB,
            "attempt": attempt,
            "recipe": "script",
            "params": {},
            "dataset": self.path("dataset"),
            "output": os.path.join(self.run_folder, "output"),
            "argv": [sys.executable, "-c", script],
            "cwd": os.path.join(self.run_folder, "output"),
            "env": {},
            "limits": {"hours": None, "stallMinutes": None, "graceSeconds": 5},
            **more,
        }

    def install(self, script="", files=None, **more):
        sources = {name: read_program(name) for name in ("supervisor.py", "trainyard.py")}
        return self.get("install", job=JOB, files={**sources, **(files or {})}, jobFile=self.job_file(script, **more))

    def start(self, script, **more):
        self.install(script, **more)
        self.addCleanup(shutil.rmtree, self.run_folder, True)
        return self.get("start", job=JOB)

    def state(self):
        return self.get("state", job=JOB)["state"]

    def wait_ended(self):
        return wait_for("the end", lambda: self.state()["phase"] == "ended" and self.state())

    def write_run(self, name, content="x", age=0):
        path = self.write(f"root/runs/{JOB}/{name}", content)
        when = time.time() - age
        os.utime(path, (when, when))
        return path


class Protocol(AgentCase):
    def test_greets_as_if_asked(self):
        self.assertEqual({"id": 0, "ok": True}, {name: self.greeting[name] for name in ("id", "ok")})
        self.assertEqual(self.root, self.greeting["result"]["root"])
        self.assertEqual(list(sys.version_info[:3]), self.greeting["result"]["python"])

    def test_refuses_an_unknown_operation(self):
        self.assertEqual(("invalid", "there is no operation dance"), self.refused("dance"))

    def test_survives_a_request_without_its_fields(self):
        self.assertEqual("internal", self.refused("state")[0])
        self.get("disk")

    def test_answers_what_was_asked_before_stdin_ended(self):
        for _ in range(5):
            self.post("probe")
        self.agent.stdin.close()
        answers = [json.loads(line) for line in self.agent.stdout]
        self.assertEqual({1, 2, 3, 4, 5}, {answer["id"] for answer in answers})
        self.assertEqual(0, self.agent.wait())

    def test_probe_says_what_the_machine_is(self):
        facts = self.get("probe")
        self.assertEqual((sys.platform, self.root, True), (facts["platform"], facts["root"], facts["rootWritable"]))
        self.assertGreater(facts["memoryBytes"], 0)
        self.assertTrue(0 < facts["disk"]["freeBytes"] <= facts["disk"]["totalBytes"])

    def test_probe_says_that_the_root_cannot_be_written(self):
        os.chmod(self.folder, 0o500)
        self.addCleanup(os.chmod, self.folder, 0o700)
        self.assertFalse(self.get("probe")["rootWritable"])


class Names(AgentCase):
    def test_of_jobs_that_lead_elsewhere_are_refused(self):
        for name in ("..", ".", "", "../x", "/etc", "a/b", "-rf", "a\n", "a\0", "é", "x" * 200, None, 7, ["a"]):
            for op in ("install", "state", "remove", "results"):
                code, message = self.refused(op, job=name, jobFile=self.job_file(), files={}, declared=[])
                self.assertEqual("invalid", code, message)
        self.assertFalse(os.path.exists(self.path("root", "runs")))

    def test_of_files_that_lead_elsewhere_are_refused(self):
        self.install()
        os.symlink(self.folder, os.path.join(self.run_folder, "link"))
        for name in ("../x.py", "/etc/x.py", "a/../../x.py", "a//b", "", ".", "link/x.py", "a\0b"):
            answer = self.refused("install", job=JOB, files={name: "text"}, jobFile=self.job_file())
            self.assertEqual("invalid", answer[0], name)
        self.assertEqual(["root"], os.listdir(self.folder))

    def test_that_are_not_utf8_come_and_go(self):
        self.install()
        name = b"model \xff'\n\"$(x).pt"
        with open(os.path.join(os.fsencode(self.run_folder), b"output", name), "wb") as file:
            file.write(b"weights")
        escaped = name.decode("utf-8", "surrogateescape")
        [found] = self.get("results", job=JOB, declared=[escaped])
        self.assertEqual("output/" + escaped, found["path"])
        self.assertEqual(hashlib.sha256(b"weights").hexdigest(), found["sha256"])


class Install(AgentCase):
    def test_puts_files_in_place(self):
        self.install(files={"recipes/x.py": "é = '\\n'\r\n"})
        self.assertEqual("é = '\\n'\r\n".encode(), self.read_bytes("root", "runs", JOB, "recipes", "x.py"))
        self.assertEqual(self.job_file(), self.read_json("root", "runs", JOB, "job.json"))
        self.assertEqual(0o700, os.stat(self.root).st_mode & 0o777)

    def test_again_changes_nothing_for_a_running_training(self):
        self.start("import time; time.sleep(60)")
        pid = self.state()["pid"]
        self.install("import time; time.sleep(60)")
        self.assertEqual(pid, self.get("start", job=JOB)["pid"])
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        self.wait_ended()

    def test_refuses_a_newer_attempt_while_the_older_runs(self):
        self.start("import time; time.sleep(60)")
        answer = self.refused("install", job=JOB, files={}, jobFile=self.job_file(attempt=2))
        self.assertEqual(("invalid", f"attempt 1 of {JOB} still runs"), answer)
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        self.wait_ended()

    def test_forgets_the_stop_of_the_earlier_attempt(self):
        self.start("import time; time.sleep(60)")
        self.get("control", job=JOB, command="stop", data={})
        self.assertEqual("stopped", self.wait_ended()["reason"])
        self.start("raise SystemExit(3)", attempt=2)
        self.assertEqual(("exited", 3, 2), tuple(self.wait_ended()[name] for name in ("reason", "exitCode", "attempt")))

    def test_refuses_to_go_back_to_an_older_attempt(self):
        self.install(attempt=2)
        answer = self.refused("install", job=JOB, files={}, jobFile=self.job_file(attempt=1))
        self.assertEqual(("invalid", f"attempt 2 of {JOB} came before"), answer)

    @unittest.skipUnless(sys.platform == "linux", "a file size limit can be set from outside on Linux only")
    def test_says_that_the_disk_is_full_and_leaves_no_half_file(self):
        self.install()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = sorted(os.listdir(self.run_folder))
        resource.prlimit(self.agent.pid, resource.RLIMIT_FSIZE, (1000, limits[1]))
        code, message = self.refused("install", job=JOB, files={"big.py": "#" * 5000}, jobFile=self.job_file())
        self.assertEqual("no-space", code)
        self.assertIn("the disk is full", message)
        self.assertEqual(before, sorted(os.listdir(self.run_folder)))

    def test_says_what_may_not_be_written(self):
        self.install()
        os.chmod(self.run_folder, 0o500)
        self.addCleanup(os.chmod, self.run_folder, 0o700)
        code, message = self.refused("install", job=JOB, files={"x.py": ""}, jobFile=self.job_file())
        self.assertEqual("permission", code)
        self.assertIn(self.run_folder, message)


class Training(AgentCase):
    def test_starts_once_and_ends(self):
        self.start("print('hello')")
        state = self.wait_ended()
        self.assertEqual(("exited", 0), (state["reason"], state["exitCode"]))
        self.assertEqual("ended", self.get("start", job=JOB)["phase"])
        self.assertEqual(len("hello\n"), self.get("state", job=JOB)["logBytes"])

    def test_a_start_that_fails_says_why(self):
        state = self.start("", argv=["/nowhere/python"])
        self.assertEqual(("ended", "start-failed"), (state["phase"], state["reason"]))
        self.assertIn("/nowhere/python", state["message"])

    def test_an_unusable_job_file_is_refused(self):
        self.install(argv=[])
        code, message = self.refused("start", job=JOB)
        self.assertIn("the supervisor cannot start: job.json is not usable: argv is empty", message)

    def test_a_killed_supervisor_is_replaced_when_somebody_looks(self):
        self.start("import time; time.sleep(60)")
        state = self.state()
        os.kill(state["supervisorPid"], 9)
        wait_for("its death", lambda: not is_alive(state["supervisorPid"]))
        again = wait_for(
            "another", lambda: self.state()["supervisorPid"] != state["supervisorPid"] and self.state()
        )
        self.assertEqual((state["pid"], "running"), (again["pid"], again["phase"]))
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        self.assertEqual("stopped", self.wait_ended()["reason"])

    def test_a_training_that_died_with_its_supervisor_does_not_look_alive(self):
        self.start("import time; time.sleep(60)")
        state = self.state()
        for pid in (state["supervisorPid"], self.read_json("root", "runs", JOB, "training.json")["keeperPid"], state["pid"]):
            os.kill(pid, 9)
            wait_for("its death", lambda: not is_alive(pid))
        self.assertEqual("vanished", self.wait_ended()["reason"])

    def test_remove_waits_for_the_end(self):
        self.start("import time; time.sleep(60)")
        self.assertEqual(("invalid", f"{JOB} still runs; stop it first"), self.refused("remove", job=JOB))
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        self.wait_ended()
        self.get("remove", job=JOB)
        self.assertEqual([], os.listdir(self.path("root", "runs")))
        self.get("remove", job=JOB)

    def test_remove_takes_away_what_may_not_be_written_and_follows_no_link(self):
        self.install()
        kept = self.write("kept/file", "x")
        os.symlink(os.path.dirname(kept), os.path.join(self.run_folder, "output", "link"))
        self.write_run("output/closed/file")
        os.chmod(os.path.join(self.run_folder, "output", "closed"), 0o500)
        self.get("remove", job=JOB)
        self.assertEqual([], os.listdir(self.path("root", "runs")))
        self.assertTrue(os.path.exists(kept))

    def test_one_limit_is_extended_beside_the_other(self):
        self.start("import time; time.sleep(60)")
        hour = time.time() + 3600
        for data in ({"hours": 1}, {"endsAt": hour}, {"hours": 2}):
            self.get("control", job=JOB, command="extend", data=data)
        extended = self.read_json("root", "runs", JOB, "control", "extend")
        self.assertEqual({"hours": 2, "endsAt": hour}, extended)
        wait_for("the sooner end", lambda: abs((self.state()["deadline"] or 0) - hour) < 5)
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        self.wait_ended()

    def test_unknown_commands_are_refused(self):
        self.install()
        self.assertEqual("invalid", self.refused("control", job=JOB, command="../x", data={})[0])


class Guarding(AgentCase):
    def setUp(self):
        super().setUp()
        self.cloud = Cloud(self)
        self.pids = set()
        self.addCleanup(self.end_watchdogs)

    def end_watchdogs(self):
        for pid in self.pids:
            kill_quietly(os.kill, pid)

    def order(self, url="/machines/m-1", **more):
        attempt = {"method": "DELETE", "url": self.cloud.url + url, "headers": {}, "body": None, "find": None}
        now = time.time()
        order = {"now": now, "deadline": now + 3600, "keepMinutes": 120, "end": {"attempts": [attempt]}, "secrets": {}}
        return {**order, "source": read_program("watchdog.py"), **more}

    def guard(self, **order):
        guarded = self.get("guard", **self.order(**order))
        self.pids.add(guarded["pid"])
        return guarded

    def test_sets_the_limits_and_starts_one_watchdog(self):
        deadline = time.time() + 3600
        guarded = self.guard(deadline=deadline)
        self.assertEqual({"pid", "deadline", "missing", "skewSeconds"}, set(guarded))
        self.assertEqual((deadline, [], 0), (guarded["deadline"], guarded["missing"], guarded["skewSeconds"]))
        limits = self.get("limits")
        self.assertAlmostEqual(time.time(), limits["attended"], delta=30)
        expected = {"deadline": deadline, "keepMinutes": 120, "trainingEnded": None, "attended": limits["attended"]}
        self.assertEqual(expected, limits)
        self.assertEqual(guarded["pid"], self.guard(deadline=deadline + 60)["pid"])
        self.assertEqual(deadline + 60, self.get("limits")["deadline"])
        self.assertTrue(is_alive(guarded["pid"]))

    def test_replaces_a_watchdog_that_lacks_the_secrets_or_asks_something_else(self):
        pids = [self.guard()["pid"], self.guard(secrets={"KEY": "s"})["pid"], self.guard(url="/machines/m-2")["pid"]]
        self.assertEqual(3, len(set(pids)))
        wait_for("one", lambda: [is_alive(pid) for pid in pids] == [False, False, True])
        self.assertEqual([], self.cloud.asked)

    def test_keeps_a_watchdog_that_may_know_what_is_missing_here(self):
        kept = self.guard()["pid"]
        guarded = self.guard(url="/${NOWHERE}")
        self.assertEqual((kept, ["NOWHERE"]), (guarded["pid"], guarded["missing"]))

    def test_replaces_a_watchdog_that_was_killed(self):
        killed = self.guard()["pid"]
        os.kill(killed, signal.SIGKILL)
        wait_for("its death", lambda: not is_alive(killed))
        self.assertNotEqual(killed, self.guard()["pid"])

    def test_twice_at_once_leaves_one(self):
        for _ in range(2):
            self.post("guard", **self.order(secrets={"KEY": "s"}))
        for _ in range(2):
            self.pids.add(json.loads(self.agent.stdout.readline())["result"]["pid"])
        holder = self.read_json("root", "watchdog", "lock")["pid"]
        self.pids.add(holder)
        wait_for("one", lambda: {pid for pid in self.pids if is_alive(pid)} == {holder})

    def test_goes_on_when_the_connection_is_lost(self):
        deadline = time.time() + 1
        self.guard(deadline=deadline)
        self.agent.kill()
        self.agent.wait()
        asked = self.cloud.wait_asked()[0]
        self.assertEqual(("DELETE", "/machines/m-1"), asked[1:3])
        self.assertGreaterEqual(asked[0], deadline)

    def test_names_what_the_watchdog_will_miss(self):
        guarded = self.guard(url="/${PATH}/${NOWHERE_1}/${KEY}", secrets={"KEY": "s"})
        self.assertEqual(["NOWHERE_1"], guarded["missing"])

    def test_means_the_clock_of_whoever_asks(self):
        now = time.time() - 7200
        guarded = self.guard(now=now, deadline=now + 3600)
        self.assertAlmostEqual(7200, guarded["skewSeconds"], delta=30)
        self.assertAlmostEqual(time.time() + 3600, self.get("limits")["deadline"], delta=30)

    def test_refuses_limits_that_are_none(self):
        for order in ({"deadline": float("nan")}, {"keepMinutes": -1}, {"secrets": {"a b": "s"}}):
            self.assertEqual("invalid", self.refused("guard", **self.order(**order))[0])
        self.assertIsNone(self.get("limits"))

    def test_lets_the_machine_end_when_nobody_came_after_the_training(self):
        self.guard(keepMinutes=0.5 / 60)
        self.start("")
        self.assertEqual("exited", self.wait_ended()["reason"])
        ended = wait_for("the end in the limits", lambda: self.get("limits")["trainingEnded"])
        self.assertGreaterEqual(self.cloud.wait_asked()[0][0], ended + 0.5)

    def test_waits_anew_for_somebody_who_was_there(self):
        self.get("attend")
        self.assertFalse(os.path.exists(self.path("root", "watchdog")))
        self.guard(keepMinutes=1)
        before = time.time()
        self.get("attend")
        self.assertLess(before, self.get("limits")["attended"])
        self.assertEqual(1, self.get("limits")["keepMinutes"])

    def test_begins_anew_with_another_attempt(self):
        self.guard()
        self.start("")
        self.wait_ended()
        wait_for("the end in the limits", lambda: self.get("limits")["trainingEnded"])
        self.start("import time; time.sleep(60)", attempt=2)
        self.assertIsNone(self.get("limits")["trainingEnded"])
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 0})
        wait_for("the end in the limits", lambda: self.get("limits")["trainingEnded"])

    def test_knows_no_limits_where_there_are_none(self):
        self.assertIsNone(self.get("limits"))


class WorkingCopies(AgentCase):
    def workdir(self):
        self.install()
        return self.get("workdir", job=JOB, dataset=self.path("dataset"))["path"]

    def dataset(self, name, content="x"):
        return self.write(f"dataset/{name}", content)

    def test_copy_small_files_and_link_large_ones(self):
        small = self.dataset("train.py", "print(1)")
        large = self.dataset("deep/images.bin", "x" * (1024 * 1024 + 1))
        work = self.workdir()
        self.assertFalse(os.path.islink(os.path.join(work, "train.py")))
        self.assertEqual(large, os.readlink(os.path.join(work, "deep", "images.bin")))
        with open(os.path.join(work, "train.py"), "a", encoding="utf-8") as file:
            file.write("# changed")
        self.assertEqual(b"print(1)", self.read_bytes("dataset", "train.py"), small)

    def test_keep_links_empty_folders_and_executable_bits(self):
        os.chmod(self.dataset("run me.sh"), 0o555)
        os.symlink("run me.sh", self.path("dataset", "-link"))
        os.symlink("deep", self.path("dataset", "folder link"))
        os.makedirs(self.path("dataset", "deep", "empty\n'folder"))
        work = self.workdir()
        self.assertTrue(os.access(os.path.join(work, "run me.sh"), os.X_OK))
        self.assertTrue(os.stat(os.path.join(work, "run me.sh")).st_mode & 0o200)
        self.assertEqual("run me.sh", os.readlink(os.path.join(work, "-link")))
        self.assertEqual("deep", os.readlink(os.path.join(work, "folder link")))
        self.assertEqual([], os.listdir(os.path.join(work, "deep", "empty\n'folder")))

    def test_are_made_once(self):
        self.dataset("train.py")
        work = self.workdir()
        os.unlink(os.path.join(work, "train.py"))
        self.workdir()
        self.assertEqual([], os.listdir(work))

    def test_that_were_interrupted_are_made_anew(self):
        self.dataset("train.py")
        self.write_run("work.partial/half")
        self.assertEqual(["train.py"], os.listdir(self.workdir()))

    def test_need_a_dataset(self):
        self.install()
        for dataset in (self.path("nothing"), "relative"):
            self.assertEqual("not-found", self.refused("workdir", job=JOB, dataset=dataset)[0])

    def test_refuse_what_is_neither_file_nor_folder(self):
        self.dataset("train.py")
        os.mkfifo(self.path("dataset", "pipe"))
        self.install()
        code, message = self.refused("workdir", job=JOB, dataset=self.path("dataset"))
        self.assertEqual(("invalid", f"{self.path('dataset', 'pipe')} is neither a file nor a folder"), (code, message))


class Results(AgentCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("dataset"))
        os.makedirs(os.path.join(self.run_folder, "work"))
        self.install(cwd=os.path.join(self.run_folder, "work"))

    def results(self, *declared):
        found = self.get("results", job=JOB, declared=list(declared))
        return [(item["path"], item["role"]) for item in found]

    def test_are_what_the_training_named(self):
        self.write_run("work/out/best.pt", "weights")
        self.write_run("output/other.pt")
        [found] = self.get("results", job=JOB, declared=["out/best.pt"])
        self.assertEqual(
            {
                "path": "work/out/best.pt",
                "absolutePath": os.path.join(self.run_folder, "work", "out", "best.pt"),
                "bytes": 7,
                "sha256": hashlib.sha256(b"weights").hexdigest(),
                "role": "model",
                "group": None,
            },
            found,
        )

    def test_may_be_named_by_any_path_into_the_run(self):
        path = self.write_run("output/a.onnx")
        for name in (path, "a.onnx", "../output/a.onnx", "output/a.onnx"):
            self.assertEqual([("output/a.onnx", "model")], self.results(name, name))

    def test_outside_the_run_are_none(self):
        outside = self.write("secret.pt", "x")
        os.symlink(outside, os.path.join(self.run_folder, "output", "link.pt"))
        self.assertEqual([], self.results(outside, "link.pt", "../../../secret.pt", "/etc/passwd", "a\0b", "", "."))

    def test_are_never_the_whole_run_or_working_copy(self):
        self.write_run("work/train.py", "print()")
        for name in ("", ".", "..", os.path.join(self.run_folder, "work"), self.run_folder):
            self.assertEqual([], self.results(name))

    def test_of_a_folder_end_with_its_largest_file(self):
        self.write_run("output/model/a.safetensors", "weights")
        self.write_run("output/model/config.json", "{}")
        self.assertEqual("output/model/a.safetensors", self.results("model")[-1][0])

    def test_named_as_a_folder_are_its_files(self):
        self.write_run("output/model/config.json")
        self.write_run("output/model/deep/weights.safetensors")
        os.symlink("/etc/passwd", os.path.join(self.run_folder, "output", "model", "passwd"))
        found = self.get("results", job=JOB, declared=["model"])
        self.assertEqual(
            [("output/model/config.json", "output/model"), ("output/model/deep/weights.safetensors", "output/model")],
            [(item["path"], item["group"]) for item in found],
        )

    def test_come_with_the_card_beside_the_model(self):
        self.write_run("output/model.joblib")
        self.write_run("output/model.json")
        expected = [("output/model.joblib", "model"), ("output/model.json", "card")]
        self.assertEqual(expected, self.results("model.joblib"))
        self.assertEqual(expected, self.results("model.joblib", "model.json"))
        self.assertEqual(expected, self.results())

    def test_unnamed_are_the_best_model_of_the_output(self):
        self.write_run("output/weights/best.pt", age=10)
        self.write_run("output/weights/last.pt")
        self.write_run("output/checkpoints/epoch-9.pt")
        self.write_run("output/metrics.json")
        self.write_run("output/log.txt")
        self.assertEqual([("output/weights/best.pt", "model")], self.results())

    def test_unnamed_are_the_newest_model_of_the_output(self):
        self.write_run("output/a.xgb.ubj", age=10)
        self.write_run("output/b.xgb.ubj")
        self.write_run("output/model.txt")
        self.assertEqual([("output/b.xgb.ubj", "model")], self.results())

    def test_unnamed_text_is_a_model_when_its_name_says_so(self):
        self.write_run("output/lightgbm_model.txt", age=10)
        self.write_run("output/requirements.txt")
        self.assertEqual([("output/lightgbm_model.txt", "model")], self.results())

    def test_unnamed_model_folders_are_taken_whole(self):
        for name in ("config.json", "model.safetensors", "tokenizer.json", "checkpoint-5/model.safetensors"):
            self.write_run(f"output/{name}")
        found = [path for path, _ in self.results()]
        self.assertEqual(["output/config.json", "output/model.safetensors", "output/tokenizer.json"], found)

    def test_are_else_a_model_that_appeared_in_the_working_copy(self):
        self.write("dataset/pretrained.pt", "x")
        self.write_run("work/pretrained.pt")
        self.write_run("work/venv/lib/thing.pkl")
        self.write_run("work/runs/train/weights/best.pt", age=10)
        self.assertEqual([("work/runs/train/weights/best.pt", "model")], self.results())

    def test_are_else_the_newest_checkpoint(self):
        self.write_run("output/checkpoints/epoch-1.state", age=10)
        self.write_run("output/checkpoints/epoch-2.state")
        self.write_run("output/checkpoints/.epoch-3.state.1.tmp")
        self.assertEqual([("output/checkpoints/epoch-2.state", "checkpoint")], self.results())

    def test_are_else_none(self):
        self.assertEqual([], self.results("missing.pt"))

    def test_checkpoints_are_listed_oldest_first(self):
        self.write_run("output/checkpoints/b.pt", age=10)
        self.write_run("output/checkpoints/a/weights.pt", age=5)
        self.write_run("output/checkpoints/a.tmp")
        listed = self.get("checkpoints", job=JOB)
        self.assertEqual(["b.pt", "a"], [item["name"] for item in listed])
        self.assertEqual(["output/checkpoints/a/weights.pt"], [file["path"] for file in listed[1]["files"]])
        self.assertEqual("output/checkpoints/a", listed[1]["files"][0]["group"])


if __name__ == "__main__":
    unittest.main()
