import pytest
from zsbench.names import did_you_mean, unknown_name


def test_an_unknown_name_is_answered_with_those_there_are_and_the_most_similar() -> None:
    said = unknown_name("space", "resnt", ["mobilenet", "resnet"])
    assert said == "unknown space 'resnt'; there are: mobilenet, resnet; did you mean 'resnet'?"


@pytest.mark.parametrize("name", ["", "cifar10", "x" * 1000])
def test_nothing_is_suggested_where_no_name_is_similar(name: str) -> None:
    assert did_you_mean(name, ["zen", "naswot"]) == ""
    assert unknown_name("proxy", name, ["zen", "naswot"]).endswith("there are: zen, naswot")
