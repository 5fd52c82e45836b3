"""The networks have as many classes as the images that they are scored on, unless told otherwise."""

import json
from pathlib import Path

from PIL import Image
from zsbench.bench.study import config

COMMON = ("score", "--space", "resnet", "--proxy", "params", "--json", "--data", "digits", "--batch-size", "8")
ARCH = "SuperConvK3BNRELU(3,8,1,1)SuperConvK1BNRELU(8,16,1,1)"


def test_scores_take_the_classes_of_their_images(run) -> None:
    code, out, _ = run(*COMMON, ARCH)
    assert code == 0
    assert json.loads(out)["num_classes"] == 10, "not the 100 of the space"
    assert json.loads(run(*COMMON, "--num-classes", "20", ARCH)[1])["num_classes"] == 20
    noise = run("score", "--space", "resnet", "--proxy", "params", "--json", ARCH)[1]
    assert json.loads(noise)["num_classes"] == 100


def test_studies_do_so_unless_they_say_how_many(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name in ("a", "b", "c"):
            (tmp_path / part / name).mkdir(parents=True)
            Image.new("RGB", (4, 4)).save(tmp_path / part / name / "x.png")
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nproxies = ["zen"]\n[score]\ndata = "imagefolder"\n')
    assert config.load(str(path), [], data_root=str(tmp_path)).budget.num_classes == 3
    told = config.load(str(path), ["budget.num_classes=7"], data_root=str(tmp_path))
    assert told.budget.num_classes == 7
    path.write_text('name = "mine"\nproxies = ["zen"]\n')
    assert config.load(str(path), []).budget.num_classes == 10
