import json
import os
import signal
import subprocess
import sys

from support import RUNTIME, TempCase, clean_environment


class ScriptCase(TempCase):
    """Runs scripts that import trainyard, as a job's training when given `job`, else as anybody's program."""

    def environment(self, attempt=1, job=True, **more):
        env = clean_environment(PYTHONPATH=RUNTIME, **more)
        if job:
            self.write("job.json", json.dumps({"params": {"epochs": 3, "name": "é"}}))
            os.makedirs(self.path("control"), exist_ok=True)
            env.update(
                TRAINYARD_JOB_FILE=self.path("job.json"),
                TRAINYARD_OUTPUT=self.path("output"),
                TRAINYARD_CONTROL=self.path("control"),
                TRAINYARD_ATTEMPT=str(attempt),
            )
        return env

    def start(self, script, **environment):
        return subprocess.Popen(
            [sys.executable, "-u", self.write("script.py", script)],
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run_script(self, script, **environment):
        """Its stdout; the script must succeed."""
        process = self.start(script, **environment)
        out, err = process.communicate(timeout=15)
        self.assertEqual(0, process.returncode, err.decode())
        return out.decode()

    def evaluate(self, expression, **environment):
        script = f"import json, trainyard\nprint(json.dumps({expression}))"
        return json.loads(self.run_script(script, **environment))

    def messages(self, script, **environment):
        lines = self.run_script("import trainyard\n" + script, **environment).splitlines()
        return [json.loads(line, parse_constant=self.fail) for line in lines]


class Report(ScriptCase):
    def test_prints_a_line_of_progress(self):
        self.assertEqual(
            [
                {
                    "type": "progress",
                    "data": {"epoch": 5, "total_epochs": 10, "progress": 0.5, "status": "training", "metrics": {"loss": 0.25}},
                }
            ],
            self.messages("trainyard.report(epoch=5, total_epochs=10, progress=0.5, status='training', loss=0.25)"),
        )

    def test_says_nan_and_infinities_as_strings(self):
        script = "trainyard.report(a=float('nan'), b=float('inf'), c=-float('inf'), d=None, e=True)"
        [message] = self.messages(script)
        self.assertEqual({"a": "nan", "b": "inf", "c": "-inf", "e": 1}, message["data"]["metrics"])

    def test_takes_numbers_of_other_libraries(self):
        script = "import decimal, fractions\nclass Tensor:\n    def __float__(self): return 1.5\n"
        script += "trainyard.report(step=Tensor(), a=Tensor(), b=decimal.Decimal('2.5'), c=fractions.Fraction(1, 4))"
        [message] = self.messages(script)
        self.assertEqual({"step": 1, "metrics": {"a": 1.5, "b": 2.5, "c": 0.25}}, message["data"])

    def test_names_the_metric_that_is_no_number(self):
        process = self.start("import trainyard\ntrainyard.report(loss=[1, 2])")
        self.assertIn(b"trainyard.report: loss must be a number, not [1, 2]", process.communicate()[1])

    def test_is_seen_at_once(self):
        process = self.start("import time, trainyard\ntrainyard.report(step=1)\ntime.sleep(60)")
        try:
            self.assertIn(b'"step": 1', process.stdout.readline())
        finally:
            process.kill()
            process.communicate()


class Messages(ScriptCase):
    def test_model_names_the_absolute_path(self):
        [message] = self.messages("trainyard.model('best.pt')")
        self.assertEqual({"type": "model", "path": self.path("best.pt")}, message)

    def test_error_explains_the_end(self):
        [message] = self.messages("trainyard.error('The column \"price\" is empty.')")
        self.assertEqual({"type": "error", "message": 'The column "price" is empty.'}, message)


class Stop(ScriptCase):
    LOOP = """
        import sys, time, trainyard
        trainyard.should_stop()
        print("ready")
        while not trainyard.should_stop():
            time.sleep(0.01)
        print("saved")
    """

    def finish(self, process):
        out, err = process.communicate(timeout=15)
        return process.returncode, out.decode().splitlines(), err.decode()

    def test_is_asked_for_by_sigterm(self):
        for job in (True, False):
            process = self.start(self.LOOP, job=job)
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            self.assertEqual((0, ["saved"], ""), self.finish(process))

    def test_is_asked_for_by_the_control_file(self):
        process = self.start(self.LOOP)
        process.stdout.readline()
        self.write("control/stop", "{}")
        self.assertEqual((0, ["saved"], ""), self.finish(process))

    def test_does_not_keep_a_script_alive_that_never_asks(self):
        process = self.start("import time, trainyard\nprint('ready')\ntime.sleep(60)")
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(-signal.SIGTERM, self.finish(process)[0])

    def test_passes_the_signal_on_to_an_earlier_handler(self):
        script = """
            import signal
            signal.signal(signal.SIGTERM, lambda *_: print("mine"))
            import os, trainyard
            os.kill(os.getpid(), signal.SIGTERM)
            print(trainyard.should_stop())
        """
        self.assertEqual("mine\nTrue\n", self.run_script(script))

    def test_leaves_the_workers_of_a_pool_mortal(self):
        script = """
            import multiprocessing, time, trainyard
            trainyard.should_stop()
            for _ in range(20):
                worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,), daemon=True)
                worker.start()
                worker.terminate()
                worker.join(5)
                assert worker.exitcode == -15, worker.exitcode
        """
        self.run_script(script)

    def test_is_never_asked_for_outside_trainyard(self):
        self.assertFalse(self.evaluate("trainyard.should_stop()", job=False))

    def test_works_when_imported_in_a_thread(self):
        script = """
            import threading
            thread = threading.Thread(target=lambda: print(__import__("trainyard").should_stop()))
            thread.start()
            thread.join()
        """
        self.assertEqual("False\n", self.run_script(script))


class Save(ScriptCase):
    def test_is_said_once_per_request(self):
        self.write("control/save", "{}")
        self.assertEqual([True, False], self.evaluate("[trainyard.should_save(), trainyard.should_save()]"))

    def test_is_never_said_outside_trainyard(self):
        self.assertFalse(self.evaluate("trainyard.should_save()", job=False))


class Resume(ScriptCase):
    def checkpoint(self, name, time):
        path = self.write(f"output/checkpoints/{name}", "x")
        os.utime(path, (time, time))
        return path

    def test_is_from_nothing_in_the_first_attempt(self):
        self.checkpoint("a.pt", 1000)
        self.assertIsNone(self.evaluate("trainyard.resume_from()"))

    def test_is_from_the_newest_checkpoint_later(self):
        self.checkpoint("b.pt", 1000)
        newest = self.checkpoint("a.pt", 2000)
        self.checkpoint(".a.pt.77.tmp", 3000)
        self.checkpoint("c.tmp", 3000)
        self.assertEqual(newest, self.evaluate("trainyard.resume_from()", attempt=2))

    def test_takes_a_folder_by_the_files_in_it(self):
        self.checkpoint("checkpoint-20/state.json", 3000)
        self.checkpoint("checkpoint-100/state.json", 2000)
        expected = self.path("output", "checkpoints", "checkpoint-20")
        self.assertEqual(expected, self.evaluate("trainyard.resume_from()", attempt=2))

    def test_is_from_what_trainyard_names(self):
        self.checkpoint("b.pt", 1000)
        named = self.write("elsewhere.pt", "x")
        self.assertEqual(named, self.evaluate("trainyard.resume_from()", TRAINYARD_RESUME_FROM=named))

    def test_is_from_nothing_when_there_is_none(self):
        self.assertIsNone(self.evaluate("trainyard.resume_from()", attempt=2))
        self.assertIsNone(self.evaluate("trainyard.resume_from()", job=False))


class Folders(ScriptCase):
    def test_are_those_of_the_job(self):
        self.assertEqual(self.path("output"), self.evaluate("trainyard.output_dir()"))
        expected = self.path("output", "checkpoints", "deep", "a.pt")
        self.assertEqual(expected, self.evaluate("trainyard.checkpoint_path('deep/a.pt')"))
        self.assertTrue(os.path.isdir(os.path.dirname(expected)))

    def test_are_below_the_current_one_outside_trainyard(self):
        self.assertEqual(self.path("output"), self.evaluate("trainyard.output_dir()", job=False))

    def test_parameters_come_from_the_job_file(self):
        self.assertEqual({"epochs": 3, "name": "é"}, self.evaluate("trainyard.params()"))
        self.assertEqual({}, self.evaluate("trainyard.params()", job=False))


class SaveAtomically(ScriptCase):
    def save(self, content):
        self.run_script(f"import trainyard\ntrainyard.save_atomically('model.bin', {content})")
        self.assertEqual(["model.bin", "script.py"], sorted(name for name in os.listdir(self.folder) if "." in name and name != "job.json"))
        return self.read_bytes("model.bin")

    def test_takes_bytes_text_or_a_writer(self):
        self.assertEqual(b"\x00\xff", self.save(r"b'\x00\xff'"))
        self.assertEqual("é\n".encode(), self.save(r"'é\n'"))
        self.assertEqual(b"written", self.save("lambda file: file.write(b'written')"))

    def test_keeps_the_old_file_when_the_writer_fails(self):
        self.write("model.bin", "old")
        process = self.start("import trainyard\ntrainyard.save_atomically('model.bin', lambda file: 1 / 0)")
        self.assertIn(b"ZeroDivisionError", process.communicate()[1])
        self.assertEqual(b"old", self.read_bytes("model.bin"))
        self.assertFalse([name for name in os.listdir(self.folder) if name.endswith(".tmp")])

    def test_leaves_the_old_file_to_a_kill_in_the_middle(self):
        self.write("model.bin", "old")
        script = """
            import time, trainyard

            def slowly(file):
                file.write(b"half")
                file.flush()
                print("half")
                time.sleep(60)

            trainyard.save_atomically("model.bin", slowly)
        """
        process = self.start(script)
        process.stdout.readline()
        process.kill()
        process.communicate()
        self.assertEqual(b"old", self.read_bytes("model.bin"))
