import ast
import glob
import os
import unittest

from support import RUNTIME


class Syntax(unittest.TestCase):
    def test_every_program_is_python_3_8(self):
        programs = glob.glob(os.path.join(RUNTIME, "**", "*.py"), recursive=True)
        self.assertGreaterEqual(len(programs), 3)
        for program in programs:
            with self.subTest(os.path.relpath(program, RUNTIME)), open(program, encoding="utf-8") as file:
                ast.parse(file.read(), feature_version=(3, 8))

    def test_the_agent_can_tell_an_old_python_that_it_is_too_old(self):
        with open(os.path.join(RUNTIME, "agent.py"), encoding="utf-8") as file:
            tree = ast.parse(file.read(), feature_version=(3, 5))
        self.assertEqual([], [node for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.AnnAssign))])


if __name__ == "__main__":
    unittest.main()
