import fcntl
import os
import sys
import unittest

from support import is_alive, wait_for
from test_agent import JOB, AgentCase

ENVIRONMENT, OTHER = "0123456789abcdef01234567", "fedcba9876543210fedcba98"


class StoreCase(AgentCase):
    def environment(self, name=ENVIRONMENT, content="x" * 100_000):
        self.write(f"root/envs/{name}/lib/package.py", content)
        self.write(f"root/envs/{name}/.trainyard-environment.json", "{}")
        return self.path("root", "envs", name)

    def dataset(self, name="ab" * 16):
        self.write(f"root/datasets/{name}/data.csv", "x" * 100_000)
        self.write(f"root/datasets/{name}.manifest", "")
        return self.path("root", "datasets", name)

    def kept(self):
        return {(item["kind"], item["name"]): item for item in self.get("kept")}

    def hold(self, path):
        file = open(path, "w")
        self.addCleanup(file.close)
        fcntl.flock(file, fcntl.LOCK_EX)


class Kept(StoreCase):
    def test_is_nothing_at_first(self):
        self.assertEqual([], self.get("kept"))

    def test_is_what_can_be_made_or_sent_again(self):
        self.environment()
        self.dataset()
        self.write("root/tools/uv-cache/package.whl", "x" * 100_000)
        self.write("root/tools/ai-toolkit-0.7/run.py", "x" * 100_000)
        self.write("root/tools/uv/bin/uv", "needed for the next environment")
        self.write("root/known_hosts", "not ours to delete")
        kept = self.kept()
        self.assertEqual({"environment", "dataset", "cache", "tool"}, {kind for kind, _ in kept})
        for item in kept.values():
            self.assertFalse(item["needed"], item)
            self.assertGreater(item["bytes"], 100_000)

    def test_counts_shared_files_once_and_those_of_others_not_at_all(self):
        mine, other = self.environment(), self.environment(OTHER)
        os.unlink(os.path.join(other, "lib", "package.py"))
        os.link(os.path.join(mine, "lib", "package.py"), os.path.join(other, "lib", "package.py"))
        sizes = sorted(item["bytes"] for item in self.get("kept"))
        self.assertLess(sizes[0], 100_000)
        self.assertGreater(sizes[1], 100_000)
        os.link(os.path.join(mine, "lib", "package.py"), self.path("package-of-somebody.py"))
        self.assertLess(max(item["bytes"] for item in self.get("kept")), 100_000)

    def test_is_needed_while_a_run_is_not_over(self):
        environment, dataset = self.environment(), self.dataset()
        os.makedirs(os.path.join(environment, "bin"))
        os.symlink(sys.executable, os.path.join(environment, "bin", "python"))
        argv = [os.path.join(environment, "bin", "python"), "-c", "import time; time.sleep(60)"]
        self.write("root/tools/ai-toolkit-0.7/run.py", "x")
        self.start("", argv=argv, dataset=dataset)
        self.assertEqual({True}, {item["needed"] for item in self.get("kept")})
        for kind, path in (("environment", environment), ("dataset", dataset)):
            name = os.path.basename(path)
            said = self.refused("reclaim", kind=kind, name=name)
            self.assertEqual(("invalid", f"the {kind} {name} is in use"), said)
        self.get("control", job=JOB, command="stop", data={"graceSeconds": 1})
        self.wait_ended()
        wait_for("nobody needs it", lambda: not any(item["needed"] for item in self.get("kept")))

    def test_is_needed_while_it_is_made_or_sent(self):
        environment, dataset = self.environment(), self.dataset()
        os.mkdir(dataset + ".partial")
        self.hold(environment + ".lock")
        self.hold(os.path.join(dataset + ".partial", "lock"))
        self.write("root/tools/uv-cache/package.whl", "x")
        self.assertEqual({True}, {item["needed"] for item in self.get("kept")})
        message = f"the environment {ENVIRONMENT} is being made"
        self.assertEqual(("invalid", message), self.refused("reclaim", kind="environment", name=ENVIRONMENT))
        self.assertEqual("invalid", self.refused("reclaim", kind="cache", name="uv-cache")[0])
        self.assertTrue(os.path.isdir(environment) and os.path.isdir(dataset))


class Reclaim(StoreCase):
    def test_deletes_one_thing_and_is_safe_to_repeat(self):
        environment, dataset = self.environment(), self.dataset()
        for _ in range(2):
            self.get("reclaim", kind="dataset", name=os.path.basename(dataset))
        self.assertEqual([], os.listdir(os.path.dirname(dataset)))
        self.assertEqual([("environment", ENVIRONMENT)], list(self.kept()))
        self.get("reclaim", kind="environment", name=ENVIRONMENT)
        self.assertFalse(os.path.lexists(environment))

    def test_refuses_what_trainyard_does_not_keep(self):
        self.write("root/jobs/precious/job.jsonl", "{}")
        hostile = ["..", "../jobs", "", ".", "a/b", "\0", "-rf", "jobs", None, 7, ["a"], ENVIRONMENT + "\n", "~"]
        for name in hostile:
            with self.subTest(name=name):
                for kind in ("environment", "dataset", "run", "cache", "tool"):
                    code = self.ask("reclaim", kind=kind, name=name)
                    self.assertTrue(code["ok"] or code["error"]["code"] == "invalid", code)
        self.assertEqual("invalid", self.refused("reclaim", kind="jobs", name="precious")[0])
        self.assertTrue(os.path.exists(self.path("root", "jobs", "precious", "job.jsonl")))

    def test_follows_no_link_out_of_the_root(self):
        self.write("elsewhere/precious.txt", "x")
        os.makedirs(self.path("root", "envs"))
        os.symlink(self.path("elsewhere"), self.path("root", "envs", ENVIRONMENT))
        os.symlink(self.path("elsewhere"), self.path("root", "datasets"))
        self.assertEqual([], self.get("kept"))
        self.get("reclaim", kind="environment", name=ENVIRONMENT)
        environment = self.environment(OTHER)
        os.symlink(self.path("elsewhere"), os.path.join(environment, "lib", "link"))
        self.get("reclaim", kind="environment", name=OTHER)
        self.assertFalse(os.path.lexists(environment))
        self.assertTrue(os.path.exists(self.path("elsewhere", "precious.txt")))

    def test_finishes_what_was_cut_short(self):
        self.write("root/envs/.removed-yesterday/lib/package.py", "x")
        self.environment()
        self.get("reclaim", kind="environment", name=ENVIRONMENT)
        self.assertEqual([ENVIRONMENT + ".lock"], os.listdir(self.path("root", "envs")))

    def test_frees_what_an_upload_linked_ahead_and_left_but_not_what_it_holds(self):
        name = "0" * 64
        self.write("root/datasets/" + name + "/file", "x")
        self.write("root/datasets/0a.ahead-1.partial/lock", "")
        self.write("root/datasets/0a.ahead-1.partial/tree/file", "x")
        self.write("root/datasets/0a.ahead-2.partial/lock", "")
        with open(self.path("root", "datasets", "0a.ahead-2.partial", "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.get("reclaim", kind="dataset", name=name)
        self.assertEqual(["0a.ahead-2.partial"], os.listdir(self.path("root", "datasets")))


class Secrets(AgentCase):
    def test_reach_the_training_and_no_file(self):
        self.install("import os; print(os.environ['HF_TOKEN'][::-1])")
        self.get("start", job=JOB, secrets={"HF_TOKEN": "hf_very_secret"})
        state = self.wait_ended()
        wait_for("the supervisor leaving", lambda: not is_alive(state["supervisorPid"]))
        found = []
        for folder, _, names in os.walk(self.root):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                self.assertNotIn(b"hf_very_secret", content, name)
                found += [name] if b"terces_yrev_fh" in content else []
        self.assertEqual(["output.log"], found)

    def test_are_refused_under_names_that_mean_something_else(self):
        self.install()
        for name in ("TRAINYARD_OUTPUT", "A=B", "", "lower", "X" * 200):
            code, message = self.refused("start", job=JOB, secrets={name: "hf_very_secret"})
            self.assertEqual("invalid", code)
            self.assertNotIn("hf_very_secret", message)


if __name__ == "__main__":
    unittest.main()
