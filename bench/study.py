"""A whole study: search, sample, score, train, report."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import product
from pathlib import Path

import proxies
import space
import train
from bench import latency
from bench.checks import check_budgets, random_networks
from bench.config import StudyConfig
from bench.environment import describe
from bench.errors import UsageError
from bench.folder import StudyFolder, file_digest
from bench.jobs import ScoreJob, TrainJob, size_columns
from bench.progress import say, watch
from bench.running import run_jobs
from bench.searching import SearchCell, run_search
from bench.tables import accuracy_rows, read_architectures, read_table
from search import Budget, ExhaustedError, stratified_sample, uniform_sample
from space import Architecture, SuperBlockSpace
from train import Images

TABLE = "environment.table_sha256"  # the setting that tells one table from another
RECIPE = "environment.recipe_sha256"  # the setting that tells a recipe from another of its name
WALL = "wall_seconds"  # the setting that sums up wall time over all runs of a study


class Study:
    """A configuration at work in a folder. Every stage skips what the store holds already, so a study resumes."""

    def __init__(self, config: StudyConfig, folder: StudyFolder, executor: Executor, device: str):
        self.config, self.folder, self.executor, self.device = config, folder, executor, device
        self.store = folder.store
        # Read first: a table that is missing should end a study in its first second.
        self.table = read_table(config.table, config.search_space()) if config.table else None
        if config.table:
            folder.pin(TABLE, file_digest(config.table), f"table {config.table}")

    def run(self) -> Path:
        """All stages; the path of the report's page."""
        if self.table is None:
            self._check_data()
        self._begin()
        with self._clock():
            self.sample()  # first: a budget that holds no sample should end a study in its first second
        with self._clock():
            self.search()
        with self._clock():
            self.check_budgets()
        with self._clock():
            self.score_samples()
        with self._clock():
            if self.table is None:
                self.train()
            else:
                self.look_up()
        import reports  # at first use: half a second's import that a search does without

        return reports.write_report(self.store, self.folder.report)

    def search_only(self) -> None:
        """The searches and what came of their budgets, without samples and trainings."""
        self._begin()
        with self._clock():
            self.search()
            self.check_budgets()

    def _begin(self) -> None:
        for name in self.config.proxies:
            self._score_job(name, 0).check_images()
        with self._clock():
            _ = self.latency_sample  # now: a budget that holds none should end a study at once
        self.describe()

    @cached_property
    def budget(self) -> Budget:
        """What candidates may cost. A limit of latency brings its predictor, whose table may have to be measured."""
        return self.config.limits(self._latency.predictor.predict if self._latency else None)

    @cached_property
    def _latency(self) -> latency.Pinned | None:
        """What latency is predicted with; None where the budget has no limit of it."""
        within, config = self.config.search_space(), self.config
        if config.budget.latency_ms is None:
            return None
        assert isinstance(within, SuperBlockSpace)  # as the configuration has checked
        wanted = latency.setting(within, config.limits(), config.latency.batch_size, self.device)
        return latency.pinned(self.folder, within, wanted, self.device)

    @cached_property
    def latency_sample(self) -> list[Architecture]:
        """The random networks on which the predictor's error is told."""
        return random_networks(self.config, self.budget)

    def check_budgets(self) -> None:
        """What the budget limits, measured."""
        reference = self._latency.reference if self._latency else None
        check_budgets(self.store, self.config, self.budget, self.device, self.latency_sample, reference)

    def search(self) -> None:
        """One search a cell (proxy × strategy × seed)."""
        search = self.config.search
        if search.evaluations == 0:
            return
        done = {(row.proxy, row.strategy, row.seed) for row in self.store.searches().itertuples()}
        wanted = product(self.config.proxies, search.strategies, self.config.seeds)
        self._run_searches([self._cell(*key) for key in wanted if key not in done])

    def _run_searches(self, cells: list[SearchCell]) -> None:
        several = len(self.config.search.strategies) > 1
        for cell in cells:
            title = f"search {cell.score.proxy}, {f'{cell.strategy}, ' * several}seed {cell.score.seed}"
            with watch(title, cell.evaluations) as watched:
                run_search(cell, self.store, self.executor, watched)

    def sample(self) -> None:
        """Draw the architectures over which scores are compared with accuracies."""
        if len(self.store.samples()):  # they were added in one transaction
            return
        budget, seed = self.budget, self.config.correlation.seed
        self.store.add_samples(
            {"architecture": str(a), "stratum": index, "seed": seed, **size_columns(budget.cost(a))}
            for index, a in enumerate(self._sampled(budget, seed))
        )

    def _sampled(self, budget: Budget, seed: int) -> list[Architecture]:
        """The architectures of a file, or a random sample: of the table's, of a listed space, by walks through one."""
        within, config = self.config.search_space(), self.config.correlation
        if config.architectures is not None:
            return [within.parse(text) for text in read_architectures(config.architectures, within)]
        try:
            if self.table is not None:
                return uniform_sample(map(within.parse, self.table.architecture.unique()), budget, config.samples, seed)
            if within.size is not None:
                return uniform_sample(within.architectures(), budget, config.samples, seed)
            return stratified_sample(within, budget, config.samples, seed)
        except (ExhaustedError, ValueError) as error:
            raise UsageError(f"correlation.samples: {error}") from None

    def score_samples(self) -> None:
        """Score every sample by every proxy, under as many seeds as the study wants repeats."""
        architectures = list(self.store.samples().architecture)
        first, repeats = self.config.correlation.seed, self.config.correlation.repeats
        jobs: list[ScoreJob] = []
        for name in self.config.proxies:
            seeds = 1 if proxies.get(name).deterministic else repeats
            for seed in range(first, first + seeds):
                template = self._score_job(name, seed)
                known = self.store.scored(**template.key)
                jobs += [replace(template, architecture=text) for text in architectures if text not in known]
        self._run_scores(jobs)

    def _run_scores(self, jobs: list[ScoreJob]) -> None:
        for _, row in run_jobs(self.executor, jobs, "score the sample"):
            self.store.add_score(row)

    def train(self) -> None:
        """Train winners and samples on every data set."""
        searches = self.store.searches()
        texts = dict.fromkeys([*searches.winner.dropna(), *self.store.samples().architecture])
        kept = self.store.trainings(recipe=self.config.train.recipe, epochs=self.config.epochs, source="trained")
        kept = kept[kept.status != "error"]  # what went wrong may have been mended: it is tried again
        done = set(zip(kept.architecture, kept.dataset, kept.seed, strict=True))
        wanted = [
            (text, dataset, seed)
            for text in texts
            for dataset in self.config.train.datasets
            for seed in self.config.train.seeds
        ]
        jobs = [self._train_job(*key) for key in wanted if key not in done]
        # The costliest first, so that no worker idles long at the end.
        budget = self.budget
        jobs.sort(key=lambda job: -budget.cost(space.parse(job.architecture)).macs)
        for _, (row, epochs) in run_jobs(self.executor, jobs, "train"):
            self.store.add_training(row, epochs)

    def look_up(self) -> None:
        """Keep the table's accuracies of winners and samples, and the best there is."""
        assert self.table is not None
        source = self.config.space.name
        texts = [*self.store.searches().winner.dropna(), *self.store.samples().architecture]
        for row in accuracy_rows(self.table, dict.fromkeys(texts), source, self.budget):
            self.store.add_training(row)
        best = self.table.groupby("dataset")["accuracy"].max()
        self.store.set_settings({f"best.{name}": value for name, value in best.items()})

    def describe(self) -> None:
        """Keep what the report says about the study."""
        entries = (proxies.get(name) for name in self.config.proxies)
        self.store.add_proxies(
            {
                "proxy": entry.name,
                "higher_is_better": entry.higher_is_better,
                "deterministic": entry.deterministic,
                "relative": entry.relative,
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
                "budget": str(self.budget),
                "search": self._search_told(),
                "score": f"{config.score.protocol} protocol, {config.score.resolution} px, batch "
                f"{config.score.batch_size}, {config.score.data}",
                "training": self._training_told(),
                **{f"environment.{name}": value for name, value in {**environment, **packages}.items()},
            }
        )

    def _search_told(self) -> str:
        search = self.config.search
        if search.evaluations == 0:
            return "none"
        seeds = _listed(self.config.seeds)
        strategies = _listed(search.strategies)
        return f"{strategies}, {search.evaluations} evaluations, population {search.population}, seeds {seeds}"

    def _training_told(self) -> str:
        config = self.config.train
        if self.table is not None:
            return f"none: accuracies are those of a table, {_listed(list(self.table.dataset.unique()))}"
        if not config.datasets:
            return "none"
        seeds = _listed(config.seeds)
        return f"{config.recipe} recipe, {self.config.epochs} epochs, {_listed(config.datasets)}, seeds {seeds}"

    def check_source(self, name: str, digest: str | None) -> None:
        """UsageError where a user's proxy is not the file whose scores the study holds under this name."""
        began = self.config.sources.get(name)
        if digest is None and began is None:
            return
        if began is not None and digest != began:
            raise UsageError(f"--import: proxy {name!r} has changed since this study began; choose another name")
        self.folder.pin(f"environment.source.{name}", digest or "", f"--import: proxy {name!r}")

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
        name = self.config.train.recipe
        followed = json.dumps(train.recipe(name).followed, sort_keys=True)
        self.folder.pin(RECIPE, hashlib.sha256(followed.encode()).hexdigest(), f"recipe {name!r}")

    def _load(self, name: str) -> Images:
        config = self.config.train
        return train.open_images(name, config.data_root, config.resolution, config.train_limit, config.download)

    def _cell(self, name: str, strategy: str, seed: int) -> SearchCell:
        config = self.config
        return SearchCell(
            score=self._score_job(name, seed),
            space=config.search_space(),
            budget=self.budget,
            strategy=strategy,
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
            precision=config.precision,
            compiled=config.compile,
            readers=config.readers,
        )
        return replace(job, checkpoint=str(self.folder.checkpoint(job.digest)))


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
