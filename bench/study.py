"""A whole study: search, sample, score, train, report."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import proxies
import reports
import space
import train
from bench.config import StudyConfig
from bench.environment import describe
from bench.errors import UsageError
from bench.folder import StudyFolder
from bench.jobs import ScoreJob, TrainJob, size_columns
from bench.progress import say, stage
from bench.running import run_jobs
from bench.searching import SearchCell, run_search
from search import ExhaustedError, stratified_sample
from train import DataSet

WALL = "wall_seconds"  # the setting that sums up wall time over all runs of a study


class Study:
    """A configuration at work in a folder. Every stage skips what the store holds already, so a study resumes."""

    def __init__(self, config: StudyConfig, folder: StudyFolder, executor: Executor, device: str):
        self.config, self.folder, self.executor, self.device = config, folder, executor, device
        self.store = folder.store

    def run(self) -> Path:
        """All stages; the path of the report's page."""
        self._check_data()
        self.describe()
        with self._clock():
            self.sample()  # first: a budget that holds no sample should end a study in its first second
        with self._clock():
            self.search()
        with self._clock():
            self.score_samples()
        with self._clock():
            self.train()
        return reports.write_report(self.store, self.folder.report)

    def search_only(self) -> None:
        """The searches, without samples and trainings."""
        self._score_job(self.config.proxies[0], 0).check_images()
        self.describe()
        with self._clock():
            self.search()

    def search(self) -> None:
        """One search a cell (proxy × seed)."""
        done = {(row.proxy, row.seed) for row in self.store.searches().itertuples()}
        for name in self.config.proxies:
            for seed in self.config.seeds:
                if (name, seed) not in done:
                    with stage(f"search {name}, seed {seed}", self.config.search.evaluations) as advance:
                        run_search(self._cell(name, seed), self.store, self.executor, advance)

    def sample(self) -> None:
        """Draw the architectures over which scores are compared with accuracies."""
        wanted = self.config.correlation.samples
        if len(self.store.samples()) >= wanted:
            return
        budget, seed = self.config.limits(), self.config.correlation.seed
        try:
            drawn = stratified_sample(self.config.search_space(), budget, wanted, seed)
        except (ExhaustedError, ValueError) as error:
            raise UsageError(f"correlation.samples: {error}") from None
        self.store.add_samples(
            {"architecture": str(a), "stratum": index, "seed": seed, **size_columns(budget.cost(a))}
            for index, a in enumerate(drawn)
        )

    def score_samples(self) -> None:
        """Score every sample by every proxy."""
        architectures = list(self.store.samples().architecture)
        jobs = []
        for name in self.config.proxies:
            template = self._score_job(name, self.config.correlation.seed)
            known = self.store.known_scores(**template.key)
            jobs += [replace(template, architecture=text) for text in architectures if text not in known]
        for _, row in run_jobs(self.executor, jobs, "score the sample"):
            self.store.add_score(row)

    def train(self) -> None:
        """Train winners and samples on every data set."""
        searches = self.store.searches()
        texts = dict.fromkeys([*searches.winner.dropna(), *self.store.samples().architecture])
        kept = self.store.trainings(recipe=self.config.train.recipe, epochs=self.config.epochs, source="trained")
        done = set(zip(kept.architecture, kept.dataset, kept.seed, strict=True))
        wanted = [
            (text, dataset, seed)
            for text in texts
            for dataset in self.config.train.datasets
            for seed in self.config.train.seeds
        ]
        jobs = [self._train_job(*key) for key in wanted if key not in done]
        # The costliest first, so that no worker idles long at the end.
        budget = self.config.limits()
        jobs.sort(key=lambda job: -budget.cost(space.parse(job.architecture)).macs)
        for _, (row, epochs) in run_jobs(self.executor, jobs, "train"):
            self.store.add_training(row, epochs)

    def describe(self) -> None:
        """Keep what the report says about the study."""
        entries = (proxies.get(name) for name in self.config.proxies)
        self.store.add_proxies(
            {
                "proxy": entry.name,
                "higher_is_better": entry.higher_is_better,
                "deterministic": entry.deterministic,
                "summary": entry.summary,
            }
            for entry in entries
        )
        config, environment = self.config, describe(self.device)
        (self.folder.path / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
        packages = environment.pop("packages")
        self.store.set_settings(
            {
                "name": config.name,
                "description": config.description,
                "space": config.space.name,
                "budget": str(config.limits()),
                "search": f"{config.search.strategy}, {config.search.evaluations} evaluations, "
                f"population {config.search.population}, seeds {_listed(config.seeds)}",
                "score": f"{config.score.protocol} protocol, {config.score.resolution} px, batch "
                f"{config.score.batch_size}, {config.score.data}",
                "training": f"{config.train.recipe} recipe, {config.epochs} epochs, "
                f"{_listed(config.train.datasets)}, seeds {_listed(config.train.seeds)}",
                **{f"environment.{name}": value for name, value in {**environment, **packages}.items()},
            }
        )

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Add the wall time of a stage to what earlier runs of this study spent."""
        start = time.monotonic()
        try:
            yield
        finally:
            kept = self.store.settings(key=WALL)
            spent = float(kept.value.iloc[0]) if len(kept) else 0.0
            self.store.set_setting(WALL, spent + time.monotonic() - start)

    def _check_data(self) -> None:
        # Loaded before anything is computed: a missing folder should end a study in its first second.
        for name in self.config.train.datasets:
            say(f"data set {name}")
            self._load(name)
        self._score_job(self.config.proxies[0], 0).check_images()

    def _load(self, name: str) -> DataSet:
        config = self.config.train
        return train.load(name, config.data_root, config.resolution, config.train_limit)

    def _cell(self, name: str, seed: int) -> SearchCell:
        config = self.config
        return SearchCell(
            score=self._score_job(name, seed),
            space=config.search_space(),
            budget=config.limits(),
            strategy=config.search.strategy,
            evaluations=config.search.evaluations,
            population=config.search.population,
            lag=config.search.lag,
        )

    def _score_job(self, name: str, seed: int) -> ScoreJob:
        config = self.config
        return ScoreJob(
            proxy=name,
            space=config.space.name,
            architecture="",
            seed=seed,
            protocol=config.score.protocol,
            resolution=config.score.resolution,
            batch_size=config.score.batch_size,
            num_classes=config.budget.num_classes,
            data=config.score.data,
            device=self.device,
            limit=config.score.limit,
            data_root=config.train.data_root,
        )

    def _train_job(self, text: str, dataset: str, seed: int) -> TrainJob:
        config = self.config.train
        job = TrainJob(
            architecture=text,
            dataset=dataset,
            recipe=config.recipe,
            epochs=self.config.epochs,
            seed=seed,
            device=self.device,
            data_root=config.data_root,
            resolution=config.resolution,
            train_limit=config.train_limit,
        )
        return replace(job, checkpoint=str(self.folder.checkpoint(job.digest)))


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
