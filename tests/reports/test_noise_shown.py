import pytest
import synthetic_study
from zsbench.reports.noise import noise_sheets
from zsbench.reports.plots import figures
from zsbench.reports.style import render
from zsbench.results import accuracy_noise, comparison, correlations


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "results.sqlite"
    with synthetic_study.build(path, ["zen", "te_nas_zen"], ["cifar10"], samples=20, replicates=8) as store:
        store.set_setting("training_seeds", "[0]")
        drawn = dict(figures(store, comparison(store), correlations(store)))
        return accuracy_noise(store), comparison(store), drawn


def test_sheets_have_the_noise_and_tau_without_it(measured):
    noise, table, _ = measured
    first, second = noise_sheets(noise, table)
    row = noise.iloc[0]
    ceiling = [row[f"noise_ceiling_tau{end}"] for end in ("", "_low", "_high")]
    assert [cell.text for cell in first.rows[0]][:3] == ["CIFAR-10", "8", "3"]
    assert first.rows[0][5].text == f"{ceiling[0]:.2f} [{ceiling[1]:.2f}, {ceiling[2]:.2f}]"
    assert len(first.header) == len(first.rows[0])
    assert second.header == ["Proxy", "τ CIFAR-10", "τ corrected CIFAR-10"]
    taus = table.accuracies.set_index("proxy").loc["zen", ["tau", "tau_corrected"]]
    assert [cell.text for cell in second.rows[0]] == ["zen", *(f"{tau:.2f}" for tau in taus)]


def test_what_noise_keeps_out_of_reach_is_drawn(measured):
    noise, _, drawn = measured
    svg = render(drawn["correlation"])["svg"].decode()
    assert f"τ between two trainings, {noise.at[0, 'noise_ceiling_tau']:.2f}" in svg
    assert f"above what a perfect score reaches, {noise.at[0, 'perfect_tau']:.2f}" in svg


def test_nothing_trained_twice_has_no_sheet(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=6) as store:
        noise, table = accuracy_noise(store), comparison(store)
        drawn = dict(figures(store, table, correlations(store)))
        assert "between two trainings" not in render(drawn["correlation"])["svg"].decode()
    assert noise_sheets(noise, table) == []
