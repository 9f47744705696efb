"""Finding the images of a YOLO dataset, and the working copy Ultralytics gets. No package is needed for either."""

import os
import shutil
import sys
import tempfile
import unittest

from support import RUNTIME

sys.path.insert(0, os.path.join(RUNTIME, "recipes"))

import class_folders  # noqa: E402
import yolo_classes  # noqa: E402
import yolo_dataset  # noqa: E402
import yolo_errors  # noqa: E402
import yolo_model  # noqa: E402
import yolo_paths  # noqa: E402


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="trainyard-")
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path, text=""):
        full = os.path.join(self.root, "data", path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    @property
    def data(self):
        return os.path.join(self.root, "data")

    def yaml(self, content, at="data.yaml"):
        return yolo_paths.DataYaml(self.data, yolo_paths.files_of(self.data), at, content)


class PathsTest(FolderTest):
    def setUp(self):
        super().setUp()
        for name in ("images/train/a.png", "images/train/b.JPG", "images/val/c.png", "images/train/notes.txt"):
            self.write(name)

    def test_folders_are_found_from_every_side(self):
        expected = ["images/train/a.png", "images/train/b.JPG"]
        for root in (None, ".", "./", "/content/cats", "C:\\cats", "../datasets/cats"):
            self.assertEqual(self.yaml({"train": "images/train", "path": root}).images("train"), expected, root)
        for value in ("./images/train", "../images/train", "/home/me/cats/images/train", "D:\\cats\\images\\train"):
            self.assertEqual(self.yaml({"train": value}).images("train"), expected, value)

    def test_path_counts_from_the_yaml(self):
        yaml = self.yaml({"train": "train", "path": "."}, "images/data.yaml")
        self.assertEqual(len(yaml.images("train")), 2)
        yaml = self.yaml({"train": "train", "path": "../images"}, "sub/data.yaml")
        self.assertEqual(len(yaml.images("train")), 2)

    def test_lists_of_images_and_of_folders(self):
        self.write("lists/train.txt", "./../images/train/a.png\r\n\nimages/val/c.png\n/gone/x.png\n")
        listed = self.yaml({"train": "lists/train.txt"}).images("train")
        self.assertEqual(listed, ["images/train/a.png", "images/val/c.png"])
        both = self.yaml({"train": ["images/train", "images/val", "images/val"]}).images("train")
        self.assertEqual(len(both), 3)

    def test_validation_is_val(self):
        self.assertEqual(self.yaml({"validation": "images/val"}).images("val"), ["images/val/c.png"])

    def test_what_leads_nowhere_is_said(self):
        for value in ("images/test", "../../etc", "/etc/passwd", "images/train/notes.png"):
            with self.assertRaises(yolo_errors.YoloError) as caught:
                self.yaml({"train": value}).images("train")
            self.assertIn("leads nowhere in the dataset folder", str(caught.exception))
        self.assertIsNone(self.yaml({}).images("test"))

    def test_labels_are_where_ultralytics_looks(self):
        self.assertEqual(yolo_paths.label_of("images/images/a.b.png"), "images/labels/a.b.txt")
        self.assertEqual(yolo_paths.label_of("train/images/a.png"), "train/labels/a.txt")
        self.assertEqual(yolo_paths.label_of("pics/a.png"), "pics/a.txt")

    def test_the_yaml_is_found(self):
        def find(named=""):
            return yolo_paths.find_data_yaml(self.data, yolo_paths.files_of(self.data), named)

        self.assertIsNone(find())
        self.write("trainyard.yaml", "names: x\n")
        self.write("deep/er/set.yaml", "train: x\n")
        self.assertEqual(find(), "deep/er/set.yaml")
        self.write("one.yaml", "names: [a]\n")
        self.write("two.yml", "names: [a]\n")
        self.assertRaises(yolo_errors.YoloError, find)
        self.write("data.yaml")
        self.assertEqual(find(), "data.yaml")
        self.assertEqual(find(".\\two.yml"), "two.yml")


class WorkingCopyTest(FolderTest):
    def test_images_and_labels_are_links_and_the_data_stays_as_it_is(self):
        for name in ("set/images/a.png", "set/images/b.png", "set/labels/a.txt", "set/labels/a.cache"):
            self.write(name, name)
        before = yolo_paths.files_of(self.data)
        copy = os.path.join(self.root, "copy")
        yolo_dataset.link_part(self.data, ["set/images/a.png", "set/images/b.png"], set(before), copy, "train")
        linked = yolo_paths.files_of(copy)
        self.assertEqual(
            linked,
            [
                "images/train/set/images/a.png",
                "images/train/set/images/b.png",
                "images/train/set/labels/a.txt",
            ],
        )
        for path in linked:
            self.assertTrue(os.path.islink(os.path.join(copy, path)))
        self.assertEqual(yolo_paths.files_of(self.data), before)

    def test_labels_tell_the_task(self):
        images = ["images/a.png", "images/b.png"]
        known = {"labels/a.txt", "labels/b.txt"}

        def guess(first, second, **content):
            self.write("labels/a.txt", first)
            self.write("labels/b.txt", second)
            return yolo_dataset.guess_task(self.data, content, images, known)

        box, corners, outline = "0 1 1 1 1\n", "0" + " 1" * 8 + "\n", "0" + " 1" * 10 + "\n"
        self.assertEqual(guess(box, ""), "detect")
        self.assertEqual(guess(corners, corners), "obb")
        self.assertEqual(guess(corners, outline), "segment")
        self.assertEqual(guess(box * 3, outline), "detect")
        self.assertEqual(guess(box, box, kpt_shape=[1, 2]), "pose")


class ClassesTest(FolderTest):
    def divide(self, root, images, seed):
        return class_folders.divide(root, images, 0.2, seed)[0]

    def test_a_fifth_of_each_class_is_held_back_always_the_same(self):
        images = ["%s/%d.png" % (name, at) for name in ("cat", "dog") for at in range(10)] + ["cow/1.png"]
        parts = self.divide(self.root, images, 7)
        self.assertEqual({name: len(found) for name, found in parts["val"].items()}, {"cat": 2, "dog": 2})
        self.assertEqual(len(parts["train"]["cow"]), 1)
        self.assertEqual(parts, self.divide(self.root, images, 7))
        self.assertNotEqual(parts, self.divide(self.root, images, 8))

    def test_folders_that_say_the_parts_are_believed(self):
        images = ["set/Train/cat/1.png", "set/Train/dog/x/2.png", "set/valid/cat/3.png", "set/test/cat/4.png"]
        parts = self.divide(self.root, images, 0)
        self.assertEqual(
            parts,
            {
                "train": {"cat": ["set/Train/cat/1.png"], "dog": ["set/Train/dog/x/2.png"]},
                "val": {"cat": ["set/valid/cat/3.png"]},
                "test": {"cat": ["set/test/cat/4.png"]},
            },
        )

    def test_split_csv_is_believed(self):
        self.write("split.csv", "path,part\ncat/1.png,val\ndog/1.png,train\n")
        images = ["cat/1.png", "cat/2.png", "dog/1.png"]
        parts = self.divide(self.data, images, 0)
        self.assertEqual(parts["val"], {"cat": ["cat/1.png"]})
        self.assertEqual(parts["train"], {"cat": ["cat/2.png"], "dog": ["dog/1.png"]})

    def test_images_of_one_name_stay_apart(self):
        for path in ("cat/x/1.png", "cat/y/1.png", "dog/1.png", "dog/2.png"):
            self.write(path)
        files = yolo_paths.files_of(self.data)
        folder = yolo_classes.link_classes(self.data, files, 0, os.path.join(self.root, "copy"))
        self.assertEqual(len(yolo_paths.files_of(folder)), 4)

    def test_one_class_is_refused(self):
        with self.assertRaises(yolo_errors.YoloError):
            yolo_classes.link_classes(self.data, ["cat/1.png", "cat/2.png"], 0, os.path.join(self.root, "copy"))


class ModelTest(FolderTest):
    def choose(self, model, task="detect", is_pretrained=True):
        return yolo_model.choose(self.data, model, task, is_pretrained)

    def test_the_ending_of_the_task_is_added(self):
        self.assertEqual(self.choose("yolo11n"), "yolo11n.pt")
        self.assertEqual(self.choose("yolo26x.pt", "segment"), "yolo26x-seg.pt")
        self.assertEqual(self.choose("yolov8n-cls", "classify"), "yolov8n-cls.pt")
        self.assertEqual(self.choose("yolo11s.yaml", "pose"), "yolo11s-pose.yaml")
        self.assertEqual(self.choose("yolo11s", "obb", is_pretrained=False), "yolo11s-obb.yaml")
        self.assertEqual(self.choose("yolov8n-p2.yaml"), "yolov8n-p2.yaml")

    def test_a_file_of_the_dataset_comes_first(self):
        self.write("weights/mine.pt")
        self.assertEqual(self.choose("./weights/mine.pt"), os.path.join(self.data, "weights/mine.pt"))
        for model in ("weights/other.pt", "../mine.pt", "resnet"):
            self.assertRaises(yolo_errors.YoloError, self.choose, model)

    def test_names_tell_their_task(self):
        self.assertEqual(yolo_model.task_of_name("yolo11n-seg.pt"), "segment")
        self.assertEqual(yolo_model.task_of_name("weights/yolo26n-obb.pt"), "obb")
        self.assertEqual(yolo_model.task_of_name("yolo11n"), "")


class ExplainTest(unittest.TestCase):
    def test_what_can_be_mended_gets_a_sentence(self):
        cases = {
            "CUDA out of memory. Tried to allocate 2 GiB": "set a smaller batch or imgsz",
            "train: No labels found in /x/train.cache. See": "labels/ beside images/",
            "No valid images found in x.\n a.jpg: ignoring corrupt image/label: Label class 5 exceeds": "class 5",
            "Segment dataset requires equal numbers of boxes and segments, but got": "set task=detect",
        }
        for text, part in cases.items():
            self.assertIn(part, yolo_errors.explain(RuntimeError(text)))
        self.assertIn("libgl1", yolo_errors.explain(ImportError("libGL.so.1: cannot open shared object file")))
        self.assertIsNone(yolo_errors.explain(RuntimeError("something else")))


if __name__ == "__main__":
    unittest.main()
