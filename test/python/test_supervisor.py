import json
import os
import resource
import signal
import sys
import time
import unittest

from support import RunCase, is_alive, wait_for

ENDLESS = """
    import time
    print("ready", flush=True)
    while True:
        time.sleep(0.02)
"""

# Says "ready", then ends with code 5 once the file `go` lies beside it.
UNTIL_TOLD = """
    import os, sys, time
    print("ready", os.getpid(), flush=True)
    while not os.path.exists("go"):
        time.sleep(0.01)
    print("done", flush=True)
    sys.exit(5)
"""

CHECKPOINT_AT_SIGTERM = """
    import signal, sys, time

    def save(*_):
        time.sleep(0.2)
        open("saved", "w").close()
        sys.exit(0)

    signal.signal(signal.SIGTERM, save)
    print("ready", flush=True)
    while True:
        time.sleep(0.02)
"""

FAKE_NVIDIA_SMI = """#!/bin/sh
echo "NVIDIA L4, 97, 1024, 23034, 61, 70.25"
echo "NVIDIA A100, 80GB, [N/A], 0, 81920, [Not Supported], nan"
"""


class Ends(RunCase):
    def test_records_the_exit_code(self):
        state = self.run_to_end("raise SystemExit(7)")
        self.assertEqual(("exited", 7, None), (state["reason"], state["exitCode"], state["signal"]))
        self.assertLessEqual(state["started"], state["ended"])
        self.assertEqual(1, state["attempt"])

    def test_records_the_signal_that_killed_the_training(self):
        state = self.run_to_end("import os; os.kill(os.getpid(), 9)")
        self.assertEqual(("exited", None, "SIGKILL"), (state["reason"], state["exitCode"], state["signal"]))

    def test_nothing_of_ours_runs_after_the_end(self):
        state = self.run_to_end("print('bye')")
        wait_for("the supervisor has left", lambda: not is_alive(state["supervisorPid"]))
        self.assertFalse(is_alive(self.training()["keeperPid"]))
        self.assertEqual("", self.state()["message"] or "")

    def test_what_outlives_the_training_is_ended(self):
        script = """
            import subprocess, sys
            stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
            inside = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
            outside = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
            inside.stdout.readline(), outside.stdout.readline()
            print(inside.pid, outside.pid)
        """
        state = self.run_to_end(script, graceSeconds=0.2)
        self.assertEqual(0, state["exitCode"])
        for pid in self.log().split():
            self.assertFalse(is_alive(int(pid)), pid)


class StartFails(RunCase):
    def start_failure(self, **job):
        state = self.run_to_end("", **job)
        self.assertEqual("start-failed", state["reason"])
        self.assertIsNone(state["exitCode"])
        return state["message"]

    def test_names_a_program_that_does_not_exist(self):
        message = self.start_failure(argv=["/nowhere/python3", "train.py"])
        self.assertIn("The program /nowhere/python3 does not exist on this machine", message)

    def test_names_a_folder_that_does_not_exist(self):
        message = self.start_failure(cwd="/nowhere/work")
        self.assertEqual("The folder /nowhere/work to run in does not exist on this machine.", message)

    def test_names_a_program_that_is_not_executable(self):
        message = self.start_failure(argv=[self.write("data.txt", "1")])
        self.assertEqual(f"The program {self.path('data.txt')} could not be started: Permission denied.", message)

    def test_a_missing_job_file_is_refused_before_detaching(self):
        answer = self.start()
        self.assertEqual(1, answer.returncode)
        self.assertIn(b"There is no readable job.json in", answer.stderr)

    def test_an_unusable_job_file_is_refused_before_detaching(self):
        self.write("job.json", json.dumps({"attempt": 1, "argv": [], "cwd": "/", "output": "/"}))
        self.assertIn(b"argv is empty", self.start().stderr)


class Output(RunCase):
    def test_is_the_bytes_of_both_streams_in_their_order(self):
        script = r"""
            import os
            for number in range(300):
                os.write(1, b"out %d \xff\xfe\r" % number)
                os.write(2, b"err %d \xe2\x94\n" % number)
            os.write(1, b"no newline at the end")
        """
        self.run_to_end(script)
        expected = b"".join(b"out %d \xff\xfe\rerr %d \xe2\x94\n" % (n, n) for n in range(300))
        self.assertEqual(expected + b"no newline at the end", self.log())

    def test_is_unbuffered_and_utf8_whatever_the_locale(self):
        self.job("import time; print('⚠️'); time.sleep(60)")
        self.start(LANG="C", LC_ALL="C")
        self.wait_output("⚠️\n".encode())

    def test_appears_in_a_log_that_grows_over_attempts(self):
        self.run_to_end("print('first')")
        self.job("print('second')", attempt=2)
        self.start()
        self.wait_ended(attempt=2)
        self.assertEqual(b"first\nsecond\n", self.log())


class Environment(RunCase):
    SHOW = "import json, os; print(json.dumps(dict(os.environ)))"

    def environment(self, **job):
        self.job(self.SHOW, **job)
        self.start(RUNPOD_POD_ID="x", GITHUB_ACTIONS="true", YOLO_VERBOSE="false", PYTHONPATH="/mine", LC_ALL="C")
        self.wait_ended(attempt=job.get("attempt", 1))
        return json.loads(self.log())

    def test_makes_frameworks_talk(self):
        env = self.environment()
        for name in ("RUNPOD_POD_ID", "GITHUB_ACTIONS", "YOLO_VERBOSE"):
            self.assertNotIn(name, env)
        expected = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
        self.assertEqual(expected, {name: env[name] for name in expected})

    def test_tells_the_training_where_it_is(self):
        env = self.environment()
        self.assertEqual(self.path("job.json"), env["TRAINYARD_JOB_FILE"])
        self.assertEqual(self.path("output"), env["TRAINYARD_OUTPUT"])
        self.assertEqual(self.path("control"), env["TRAINYARD_CONTROL"])
        self.assertEqual("1", env["TRAINYARD_ATTEMPT"])
        self.assertEqual(f"{self.folder}:/mine", env["PYTHONPATH"])
        self.assertNotIn("TRAINYARD_RESUME_FROM", env)

    def test_the_job_file_has_the_last_word(self):
        env = self.environment(env={"COLUMNS": "80", "YOLO_VERBOSE": "true"})
        self.assertEqual(("80", "true"), (env["COLUMNS"], env["YOLO_VERBOSE"]))

    def test_names_the_newest_checkpoint_from_the_second_attempt_on(self):
        for age, name in enumerate(("new.pt", "old.pt", ".hidden", "half.tmp")):
            path = self.write(f"output/checkpoints/{name}", "x")
            os.utime(path, (1000 - age if "." not in name[:1] else 2000,) * 2)
        env = self.environment(attempt=2)
        self.assertEqual(self.path("output", "checkpoints", "new.pt"), env["TRAINYARD_RESUME_FROM"])


class StartedTwice(RunCase):
    def test_a_second_start_changes_nothing(self):
        self.job(UNTIL_TOLD)
        for _ in range(3):
            self.assertEqual(0, self.start().returncode)
        pid = self.wait_running()["pid"]
        self.start()
        self.write("output/go", "")
        self.assertEqual(5, self.wait_ended()["exitCode"])
        self.start()
        self.assertEqual(f"ready {pid}\ndone\n".encode(), self.log())

    def test_a_newer_attempt_replaces_one_that_has_ended(self):
        self.run_to_end("print('one')")
        self.job("raise SystemExit(2)", attempt=2)
        self.start()
        self.assertEqual(2, self.wait_ended(attempt=2)["exitCode"])

    def test_a_newer_attempt_ends_a_training_nobody_watches(self):
        self.job(ENDLESS)
        self.start()
        state = self.wait_running()
        self.kill(state["supervisorPid"])
        self.job("print('second')", attempt=2, graceSeconds=1)
        self.start()
        self.assertEqual(0, self.wait_ended(attempt=2)["exitCode"])
        self.assertFalse(is_alive(state["pid"]))


class SupervisorKilled(RunCase):
    def test_the_training_goes_on_alone_and_its_exit_code_is_learned(self):
        self.job(UNTIL_TOLD)
        self.start()
        state = self.wait_running()
        self.kill(state["supervisorPid"])
        self.start()
        wait_for("another supervisor", lambda: self.state()["supervisorPid"] != state["supervisorPid"])
        self.write("output/go", "")
        ended = self.wait_ended()
        self.assertEqual(("exited", 5, state["pid"]), (ended["reason"], ended["exitCode"], ended["pid"]))
        self.assertEqual(f"ready {state['pid']}\ndone\n".encode(), self.log())

    def test_the_exit_code_of_a_training_that_ended_meanwhile_is_known(self):
        self.job(UNTIL_TOLD)
        self.start()
        self.kill(self.wait_running()["supervisorPid"])
        self.write("output/go", "")
        wait_for("its end", lambda: self.training()["ended"])
        self.assertEqual("running", self.state()["phase"])
        self.start()
        state = self.wait_ended()
        self.assertEqual(("exited", 5), (state["reason"], state["exitCode"]))

    def test_a_kill_before_the_first_state_starts_nothing_twice(self):
        self.job(UNTIL_TOLD)
        self.start()
        self.kill(self.wait_running()["supervisorPid"])
        os.unlink(self.path("state.json"))
        self.start()
        self.wait_running()
        self.write("output/go", "")
        self.assertEqual(5, self.wait_ended()["exitCode"])
        self.assertEqual(1, self.log().count(b"ready"))

    def test_a_stop_that_had_begun_is_finished(self):
        self.job(ENDLESS.replace("import time", "import signal, time; signal.signal(15, signal.SIG_IGN)"), graceSeconds=0.5)
        self.start()
        self.wait_output(b"ready")
        self.control("stop", graceSeconds=60)
        state = wait_for("stopping", lambda: self.state().get("reason") and self.state())
        self.kill(state["supervisorPid"])
        self.control("stop", graceSeconds=0.1)
        self.start()
        self.assertEqual(("stopped", "SIGKILL"), (self.wait_ended()["reason"], self.state()["signal"]))

    def test_a_training_whose_keeper_is_gone_too_is_followed_to_its_end(self):
        self.job(UNTIL_TOLD)
        self.start()
        state = self.wait_running()
        self.kill(state["supervisorPid"])
        self.kill(self.training()["keeperPid"])
        self.start()
        wait_for("another supervisor", lambda: self.state()["supervisorPid"] != state["supervisorPid"])
        self.assertTrue(is_alive(state["pid"]))
        self.write("output/go", "")
        ended = self.wait_ended()
        self.assertEqual(("vanished", None), (ended["reason"], ended["exitCode"]))
        self.assertEqual(1, self.log().count(b"ready"))

    def test_a_training_that_is_gone_with_everything_has_vanished(self):
        self.job(ENDLESS)
        self.start()
        state = self.wait_running()
        for pid in (state["supervisorPid"], self.training()["keeperPid"], state["pid"]):
            self.kill(pid)
        self.start()
        self.assertEqual("vanished", self.wait_ended()["reason"])


class Stop(RunCase):
    def stop(self, script, ready=b"ready", **data):
        self.job(script)
        self.start()
        self.wait_output(ready)
        self.control("stop", **data)
        return self.wait_ended()

    def test_a_training_that_sees_the_request_before_the_supervisor_does_was_stopped(self):
        # At its usual pace the supervisor looks too seldom to be first, but for a busy computer: then it may ask as well,
        # even at the very end, where Python no longer holds the signal. It is left without that end.
        self.job(
            """
            import os, signal, sys, time
            signal.signal(signal.SIGTERM, lambda *_: None)
            print("ready", flush=True)
            while not os.path.exists(os.path.join(os.environ["TRAINYARD_CONTROL"], "stop")):
                time.sleep(0.001)
            os._exit(0)
            """
        )
        self.start(TRAINYARD_TIME_SCALE="1")
        self.wait_output(b"ready")
        self.control("stop", graceSeconds=30)
        state = self.wait_ended()
        self.assertEqual(("stopped", 0), (state["reason"], state["exitCode"]))

    def test_leaves_time_for_a_checkpoint(self):
        state = self.stop(CHECKPOINT_AT_SIGTERM)
        self.assertEqual(("stopped", 0, None), (state["reason"], state["exitCode"], state["signal"]))
        self.assertTrue(os.path.exists(self.path("output", "saved")))

    def test_kills_what_ignores_it_when_the_grace_is_over(self):
        script = ENDLESS.replace("import time", "import signal, time; signal.signal(15, signal.SIG_IGN)")
        state = self.stop(script, graceSeconds=0.3)
        self.assertEqual(("stopped", None, "SIGKILL"), (state["reason"], state["exitCode"], state["signal"]))

    def test_leaves_the_workers_to_a_training_that_saves(self):
        script = """
            import signal, subprocess, sys, time
            worker = subprocess.Popen(["sleep", "60"])

            def save(*_):
                time.sleep(0.3)
                print("worker", worker.poll())
                worker.kill()
                sys.exit(0)

            signal.signal(signal.SIGTERM, save)
            print("ready")
            while True:
                time.sleep(0.02)
        """
        self.stop(script)
        self.assertIn(b"worker None", self.log())

    def test_reaches_the_training_behind_a_launcher_that_just_dies(self):
        trainer = self.write("inner.py", CHECKPOINT_AT_SIGTERM)
        state = self.stop(f"import subprocess, sys; subprocess.call([sys.executable, {trainer!r}])")
        self.assertEqual(("stopped", "SIGTERM"), (state["reason"], state["signal"]))
        self.assertTrue(os.path.exists(self.path("output", "saved")))

    def test_reaches_the_training_behind_a_launcher_that_keeps_the_signal(self):
        trainer = self.write("inner.py", CHECKPOINT_AT_SIGTERM)
        launcher = f"""
            import signal, subprocess, sys
            signal.signal(signal.SIGTERM, lambda *_: None)
            sys.exit(subprocess.call([sys.executable, {trainer!r}]))
        """
        self.assertEqual(0, self.stop(launcher, graceSeconds=2)["exitCode"])
        self.assertTrue(os.path.exists(self.path("output", "saved")))

    def test_before_the_start_nothing_is_started(self):
        self.job("print('never')")
        self.control("stop")
        self.start()
        self.assertEqual("stopped", self.wait_ended()["reason"])
        self.assertEqual(b"", self.log())

    def test_by_sigterm_to_the_supervisor_works_too(self):
        self.job(CHECKPOINT_AT_SIGTERM)
        self.start()
        self.wait_output(b"ready")
        os.kill(self.wait_running()["supervisorPid"], signal.SIGTERM)
        self.assertEqual("stopped", self.wait_ended()["reason"])
        self.assertTrue(os.path.exists(self.path("output", "saved")))

    def test_by_removing_the_folder_ends_the_training(self):
        self.job(ENDLESS)
        self.start()
        self.wait_output(b"ready")
        pid = self.wait_running()["pid"]
        os.rename(self.folder, self.folder + ".gone")
        try:
            wait_for("the end", lambda: not is_alive(pid))
        finally:
            os.rename(self.folder + ".gone", self.folder)


class Limits(RunCase):
    def test_the_deadline_stops_the_training(self):
        state = self.run_to_end(ENDLESS, hours=0.5 / 3600)
        self.assertEqual(("deadline", "SIGTERM"), (state["reason"], state["signal"]))
        self.assertGreaterEqual(state["ended"] - state["started"], 0.5)
        self.assertIn("limit", state["message"])

    def test_the_deadline_counts_from_the_start_of_the_attempt(self):
        self.job(ENDLESS, hours=1)
        self.start()
        state = self.wait_running()
        self.assertAlmostEqual(state["started"] + 3600, state["deadline"], delta=1)
        self.kill(state["supervisorPid"])
        self.start()
        again = wait_for("another supervisor", lambda: self.state()["supervisorPid"] != state["supervisorPid"] and self.state())
        self.assertAlmostEqual(state["deadline"], again["deadline"], delta=1)

    def test_extend_moves_the_deadline(self):
        self.job(UNTIL_TOLD, hours=1 / 3600)
        self.start()
        self.wait_running()
        self.control("extend", hours=2)
        state = wait_for("the new deadline", lambda: self.state()["deadline"] > self.state()["started"] + 7000 and self.state())
        self.assertAlmostEqual(state["started"] + 7200, state["deadline"], delta=1)
        wait_for("more than the old limit", lambda: self.state()["heartbeat"] > state["started"] + 1.1)
        self.write("output/go", "")
        self.assertEqual("exited", self.wait_ended()["reason"])

    def test_a_silent_training_without_gpu_load_is_stalled(self):
        state = self.run_to_end(ENDLESS, stallMinutes=0.5 / 60)
        self.assertEqual("stalled", state["reason"])
        self.assertIn("printed nothing and used no GPU", state["message"])

    def test_a_training_that_prints_is_not_stalled(self):
        script = "import time\nfor n in range(60):\n    print(n)\n    time.sleep(0.02)"
        self.assertEqual("exited", self.run_to_end(script, stallMinutes=0.9 / 60)["reason"])

    def test_a_training_that_uses_a_gpu_is_not_stalled(self):
        with_gpu(self)
        self.job(UNTIL_TOLD, stallMinutes=0.8 / 60)
        self.start(PATH=self.path("bin") + os.pathsep + os.environ["PATH"])
        started = self.wait_running()["started"]
        wait_for("more than the limit", lambda: self.state()["heartbeat"] > started + 1.2)
        self.write("output/go", "")
        self.assertEqual("exited", self.wait_ended()["reason"])


class RentedMachine(RunCase):
    """Limits of the machine, by which the training must be over."""

    WAITS_FOR_SAVE = """
        import os, sys, time, trainyard
        while not trainyard.should_save():
            time.sleep(0.01)
        print("saved", flush=True)
        while not os.path.exists("go"):
            time.sleep(0.01)
    """

    def test_that_ends_stops_the_training(self):
        ends_at = time.time() + 0.6
        state = self.run_to_end(ENDLESS, endsAt=ends_at, hours=5)
        self.assertEqual(("deadline", "SIGTERM"), (state["reason"], state["signal"]))
        self.assertGreaterEqual(state["ended"], ends_at)
        self.assertEqual("Stopped because this rented machine is near its limit of time or money.", state["message"])
        self.assertIsNone(state["warning"])

    def test_warns_and_asks_for_a_checkpoint(self):
        ends_at = time.time() + 3600
        self.job(self.WAITS_FOR_SAVE, endsAt=ends_at, warnSeconds=7200)
        self.start()
        state = wait_for("the warning", lambda: self.state().get("warning") and self.state())
        self.assertIn("is near its limit of time or money. Extend the limit", state["warning"])
        self.assertAlmostEqual(ends_at, state["deadline"], delta=1)
        self.wait_output(b"saved")
        self.assertFalse(os.path.exists(self.path("control", "save")))
        self.kill(state["supervisorPid"])
        self.start()
        again = wait_for("another supervisor", lambda: self.state()["supervisorPid"] != state["supervisorPid"] and self.state())
        self.assertEqual(state["warning"], again["warning"])
        self.assertFalse(os.path.exists(self.path("control", "save")))
        self.write("output/go", "")
        self.assertEqual(("exited", None), (self.wait_ended()["reason"], self.state()["warning"]))

    def test_that_goes_on_takes_the_warning_back_and_warns_again(self):
        self.job(ENDLESS, endsAt=time.time() + 3600, warnSeconds=7200)
        self.start()
        wait_for("the warning", lambda: self.state().get("warning"))
        self.control("extend", endsAt=time.time() + 36000)
        wait_for("no warning", lambda: self.state()["warning"] is None)
        self.control("extend", endsAt=time.time() + 3600)
        wait_for("the warning", lambda: self.state()["warning"])
        self.control("extend", endsAt=time.time() + 0.2)
        self.assertEqual("deadline", self.wait_ended()["reason"])

    def test_without_limits_says_nothing(self):
        self.job(UNTIL_TOLD, endsAt=None, warnSeconds=None)
        self.start()
        self.wait_running()
        self.wait_output(b"ready")
        self.write("output/go", "")
        self.assertEqual((None, None), (self.wait_ended()["warning"], self.state()["deadline"]))


class Connections(RunCase):
    def test_a_hangup_of_everybody_changes_nothing(self):
        self.job(UNTIL_TOLD)
        self.start()
        state = self.wait_running()
        self.wait_output(b"ready")
        for pid in (state["supervisorPid"], self.training()["keeperPid"], state["pid"]):
            self.assertNotEqual(os.getsid(0), os.getsid(pid))
            os.kill(pid, signal.SIGHUP)
        beat = self.state()["heartbeat"]
        wait_for("another heartbeat", lambda: self.state()["heartbeat"] > beat)
        self.write("output/go", "")
        self.assertEqual(5, self.wait_ended()["exitCode"])

    def test_no_pipe_of_the_starter_stays_open(self):
        self.job(ENDLESS)
        # subprocess.run returns only when everybody has closed the pipes of stdout and stderr.
        self.assertEqual(0, self.start().returncode)
        self.wait_running()


def with_gpu(case):
    os.chmod(case.write("bin/nvidia-smi", FAKE_NVIDIA_SMI), 0o755)


class Load(RunCase):
    def samples(self):
        with_gpu(self)
        self.job(ENDLESS)
        self.start(PATH=self.path("bin") + os.pathsep + os.environ["PATH"])
        wait_for("two samples", lambda: self.lines() >= 2)
        return [json.loads(line) for line in self.read_bytes("gpu.jsonl").splitlines()]

    def lines(self):
        return self.read_bytes("gpu.jsonl").count(b"\n") if os.path.exists(self.path("gpu.jsonl")) else 0

    def test_is_sampled_again_and_again(self):
        first, second = self.samples()[:2]
        self.assertLess(first["time"], second["time"])
        self.assertTrue(0 <= second["cpuPercent"] <= 100)
        self.assertGreater(second["memoryTotalBytes"], 0)
        self.assertTrue(0 < second["diskFreeBytes"] <= second["diskTotalBytes"])
        self.assertTrue(0 <= first["logBytes"] <= second["logBytes"] <= len(self.read_bytes("output.log")))

    def test_says_null_for_what_a_gpu_does_not_tell(self):
        l4, a100 = self.samples()[0]["gpus"]
        self.assertEqual(
            {
                "name": "NVIDIA L4",
                "utilizationPercent": 97,
                "memoryUsedBytes": 1024 * 1024 * 1024,
                "memoryTotalBytes": 23034 * 1024 * 1024,
                "temperatureC": 61,
                "powerW": 70.25,
            },
            l4,
        )
        self.assertEqual("NVIDIA A100, 80GB", a100["name"])
        self.assertEqual((None, None, None), (a100["utilizationPercent"], a100["temperatureC"], a100["powerW"]))


@unittest.skipUnless(sys.platform == "linux", "a file size limit can be set from outside on Linux only")
class FullDisk(RunCase):
    """A file size limit of zero is a disk that takes nothing."""

    def allow(self, pid, size):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_delays_the_record_of_the_end_and_loses_nothing(self):
        self.job(UNTIL_TOLD)
        self.start()
        supervisor, keeper = self.wait_running()["supervisorPid"], self.training()["keeperPid"]
        self.wait_output(b"ready")
        self.allow(supervisor, 0)
        self.allow(keeper, 0)
        self.write("output/go", "")
        wait_for("the first try", lambda: not os.path.exists(self.path(".reserve")))
        self.assertEqual("running", self.state()["phase"])
        self.allow(supervisor, resource.RLIM_INFINITY)
        self.allow(keeper, resource.RLIM_INFINITY)
        self.assertEqual(5, self.wait_ended()["exitCode"])

    def test_cuts_no_line_of_the_load_in_half(self):
        self.job(ENDLESS)
        self.start()
        pid = self.wait_running()["supervisorPid"]
        wait_for("a sample", lambda: os.path.exists(self.path("gpu.jsonl")) and self.read_bytes("gpu.jsonl"))
        before = os.stat(self.path("gpu.jsonl"))
        size = before.st_size
        self.allow(pid, size + 50)
        wait_for("a try", lambda: os.stat(self.path("gpu.jsonl")).st_mtime_ns != before.st_mtime_ns)
        self.assertTrue(self.read_bytes("gpu.jsonl").endswith(b"}\n"))
        self.allow(pid, resource.RLIM_INFINITY)
        wait_for("another sample", lambda: len(self.read_bytes("gpu.jsonl")) > size)
        for line in self.read_bytes("gpu.jsonl").splitlines():
            json.loads(line)


if __name__ == "__main__":
    unittest.main()
