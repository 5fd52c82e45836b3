import pytest
from zsbench.results.files import replace


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    replace(path, b"first")
    with pytest.raises(TypeError):
        replace(path, "no bytes")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
