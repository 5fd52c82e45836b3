"""A whole study: search, sample, score, train, report."""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import product
from pathlib import Path

from ... import proxies, space, train
from ...results import facts
from ...search import Budget, ExhaustedError, draw_evenly, stratified_sample, uniform_sample
from ...space import Architecture, OwnSpace, SuperBlockSpace
from ...train import Images
from ..errors import UsageError
from ..executors.running import run_jobs
from ..images import tell_passed_over
from ..jobs import ScoreJob, Setting, TrainJob
from ..latency.table import make_latency_setting
from ..messages import say
from ..progress import watch
from ..rows import size_columns
from ..tabular.architectures import read_architectures
from ..tabular.lookup import accuracy_rows
from ..tabular.tables import read_table
from ..tabular.trained import table_digest
from .budgets import check_budgets, random_networks
from .config import ALL, ScoreOverride, StudyConfig
from .description import configured, searched
from .environment import describe, keep_environment
from .folder import StudyFolder
from .pinned import PinnedPredictor, load_predictor
from .searching import SearchPlan, run_search
from .versions import check_versions

SPACE_DIGEST = "environment.space_sha256"  # the setting that holds the digest of a user's space
TABLE_DIGEST = "environment.table_sha256"  # the setting that holds the digest of the table
RECIPE_DIGEST = "environment.recipe_sha256"  # the setting that holds the digest of the recipe
GIGABYTE = 10**9  # bytes
SOURCE_DIGEST = "environment.source."  # followed by a proxy that `correlate` scored with: the digest of its file


class Study:
    """A configuration at work in a folder. Each stage skips what the store has already, so a study can be resumed."""

    def __init__(self, config: StudyConfig, folder: StudyFolder, executor: Executor, device: str):
        self.config, self.folder, self.executor, self.device = config, folder, executor, device
        self.store = folder.store
        within = config.search_space()
        if isinstance(within, OwnSpace):
            folder.pin(SPACE_DIGEST, within.version, f"space {within.name!r}")
        # Read first, so that a missing table ends a study in its first second.
        self.table = None
        if config.table:
            columns = config.table_columns
            self.table = read_table(config.table, config.search_space(), columns, any_number=False)
            folder.pin(TABLE_DIGEST, table_digest(config.table), f"table {config.table}")

    def run(self) -> Path:
        """Run all stages; return the path of the page of the report."""
        if self.table is None:
            self._check_data()
        self._begin(configured(self.config, None if self.table is None else list(self.table.dataset.unique())))
        with self._clock():
            self.sample()  # first, so that a budget without a sample ends a study in its first second
        with self._clock():
            self.search()
        with self._clock():
            self.sample_top()
        with self._clock():
            self.check_budgets()
        with self._clock():
            self.score_samples()
        with self._clock():
            if self.table is None:
                self.train()
            else:
                self.look_up()
        from ... import reports  # at first use: the import takes half a second, and a search does not need it

        return reports.write_report(self.store, self.folder.report)

    def search_only(self) -> None:
        """Run the searches and check their budgets, without samples and trainings."""
        self._begin(searched(self.config))
        with self._clock():
            self.search()
            self.check_budgets()

    def _begin(self, about: Mapping[str, object]) -> None:
        self._check_sources()
        for name in self.config.proxies:
            self._setting(name).check_images(name)
        with self._clock():
            _ = self.latency_sample  # now, so that a budget without any ends a study at once
        with self._clock():
            self.check_versions()
        self.describe(about)

    @cached_property
    def budget(self) -> Budget:
        """What candidates may cost. A limit of latency needs its predictor; this may first measure its table."""
        return self.config.limits(self._latency.predictor.predict if self._latency else None)

    @cached_property
    def _latency(self) -> PinnedPredictor | None:
        """The predictor of latency; None if the budget does not limit latency."""
        within, config = self.config.search_space(), self.config
        if config.budget.latency_ms is None:
            return None
        assert isinstance(within, SuperBlockSpace)  # the configuration has checked this
        wanted = make_latency_setting(within, config.limits(), config.latency.batch_size, self.device)
        return load_predictor(self.folder, within, wanted, self.device)

    @cached_property
    def latency_sample(self) -> list[Architecture]:
        """The random networks on which the error of the predictor is measured."""
        return random_networks(self.config, self.budget)

    def check_budgets(self) -> None:
        """Measure what the budget limits."""
        reference = self._latency.reference if self._latency else None
        check_budgets(self.store, self.config, self.budget, self.device, self.latency_sample, reference)

    def search(self) -> None:
        """Run one search for each proxy, strategy and seed."""
        search = self.config.search
        if search.evaluations == 0:
            return
        done = {(row.proxy, row.strategy, row.seed) for row in self.store.searches().itertuples()}
        wanted = product(self.config.proxies, search.strategies, self.config.seeds)
        self._run_searches([self._plan(*key) for key in wanted if key not in done])

    def _run_searches(self, cells: list[SearchPlan]) -> None:
        several = len(self.config.search.strategies) > 1
        for cell in cells:
            title = f"search {cell.proxy}, {f'{cell.strategy}, ' * several}seed {cell.seed}"
            with watch(title, cell.evaluations) as watched:
                run_search(cell, self.store, self.executor, watched)

    def sample(self) -> None:
        """Draw the sample: the architectures on which scores are compared with accuracies."""
        if self.store.samples(stratum="random").empty:  # they are added in one transaction
            self.add_samples("random", self._draw_sample(self.budget, self.config.correlation.seed))

    def sample_top(self) -> None:
        """Draw architectures from the final populations of the searches, evenly from those of each proxy."""
        wanted = self.config.correlation.top
        if not wanted or not self.store.samples(stratum="top").empty:
            return
        members = self.store.members()
        pools = [list(dict.fromkeys(members.architecture[members.proxy == name])) for name in self.config.proxies]
        drawn = draw_evenly(pools, wanted, self.config.correlation.seed)
        self.add_samples("top", map(self.config.search_space().parse, drawn))

    def add_samples(self, stratum: str, architectures: Iterable[Architecture]) -> None:
        """Add architectures to a part of the sample."""
        seed = self.config.score.seed
        self.store.add_samples(
            {"architecture": str(a), "stratum": stratum, "seed": seed, **size_columns(self.budget.cost(a))}
            for a in architectures
        )

    def _draw_sample(self, budget: Budget, seed: int) -> list[Architecture]:
        """The architectures of a file, or a random sample: of the table, of a listed space, or by random walks."""
        within, config = self.config.search_space(), self.config.correlation
        if config.architectures is not None and config.architectures != ALL:
            return [within.parse(text) for text in read_architectures(config.architectures, within)]
        try:
            if within.size is not None or self.table is not None:
                texts = None if self.table is None else self.table.architecture.unique()
                listed = within.architectures() if texts is None else map(within.parse, texts)
                distinct = dict.fromkeys(map(within.canonical, listed))
                if config.architectures == ALL:
                    return [one for one in distinct if budget.violation(one) is None]
                return uniform_sample(distinct, budget, config.samples, seed)
            return stratified_sample(within, budget, config.samples, seed)
        except (ExhaustedError, ValueError) as error:
            raise UsageError(f"correlation.samples: {error}") from None

    def score_samples(self) -> None:
        """Score each architecture of the sample by each proxy, with as many seeds as the study has repeats."""
        architectures = list(dict.fromkeys(self.store.samples().architecture))
        first, repeats = self.config.score.seed, self.config.correlation.repeats
        jobs: list[ScoreJob] = []
        for name in self.config.proxies:
            seeds = 1 if proxies.get(name).deterministic else repeats
            for seed in range(first, first + seeds):
                setting = replace(self._setting(name), seed=seed)
                known = self.store.scored(**setting.key(name))
                jobs += [ScoreJob(name, text, setting) for text in architectures if text not in known]
        self._run_scores(jobs)

    def _run_scores(self, jobs: list[ScoreJob]) -> None:
        for _, row in run_jobs(self.executor, jobs, "score the sample"):
            self.store.add_score(row)

    def train(self) -> None:
        """Train winners and samples on every data set."""
        searches = self.store.searches()
        texts = dict.fromkeys([*searches.winner.dropna(), *self.store.samples().architecture])
        kept = self.store.trainings(recipe=self.config.train.recipe, epochs=self.config.epochs, source="trained")
        kept = kept[kept.status != "error"]  # the cause of an error may be fixed by now, so it is tried again
        done = set(zip(kept.architecture, kept.dataset, kept.seed, strict=True))
        again = self._choose_replicated()
        seeds = self.config.train.seeds
        more = [max(seeds) + 1, max(seeds) + 2]
        wanted = [
            (text, dataset, seed)
            for text in texts
            for dataset in self.config.train.datasets
            for seed in (seeds + more if text in again else seeds)
        ]
        jobs = [self._train_job(*key) for key in wanted if key not in done]
        # The most expensive first, so that no worker waits long at the end.
        budget = self.budget
        jobs.sort(key=lambda job: -budget.cost(space.parse(job.architecture)).macs)
        for _, (row, epochs) in run_jobs(self.executor, jobs, "train"):
            self.store.add_training(row, epochs)

    def _choose_replicated(self) -> set[str]:
        """The architectures of the sample that are trained with more seeds: evenly spaced in the order of sizes."""
        texts = list(self.store.samples(stratum="random").architecture)
        count = min(self.config.correlation.replicates, len(texts))
        return {texts[(2 * place + 1) * len(texts) // (2 * count)] for place in range(count)}

    def look_up(self) -> None:
        """Store accuracies of the table: its best, and those of the sample and of all that ever led a search."""
        assert self.table is not None
        leaders = [*self.store.searches().winner.dropna(), *self.store.curves().architecture]
        texts = dict.fromkeys([*leaders, *self.store.samples().architecture])
        known = set(self.store.trainings().query("status == 'ok'").architecture)
        new = [text for text in texts if text not in known]
        self.store.add_trainings(accuracy_rows(self.table, new, self.config.search_space(), self.budget))
        best = self.table.groupby("dataset")["accuracy"].max()
        self.store.set_settings({f"{facts.BEST}{name}": value for name, value in best.items()})

    def describe(self, about: Mapping[str, object]) -> None:
        """Store what the report says about the study: the facts `about` it, its proxies and its environment."""
        facts.write(self.store, about)
        self.list_proxies()
        machine = describe(self.device)
        keep_environment(self.folder.path / "environment.json", machine)
        packages = machine.pop("packages")
        facts.write(self.store, {f"{facts.ENVIRONMENT}{key}": value for key, value in {**machine, **packages}.items()})

    def list_proxies(self) -> None:
        """Store what reports say about the proxies: each that is listed has its row."""
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

    def check_versions(self) -> None:
        """UsageError where a proxy's code gives other scores now than those that the study has."""
        check_versions(self.store, self.executor, {name: self._setting(name) for name in self.config.proxies})

    def check_source(self, name: str, digest: str | None) -> None:
        """Raise UsageError if the study has scores with this name from another file of the user."""
        began = self.config.sources.get(name)
        if digest is None and began is None:
            return
        if began is not None and digest != began:
            raise UsageError(f"--import: proxy {name!r} has changed since this study started; choose another name")
        self.folder.pin(f"{SOURCE_DIGEST}{name}", digest or "", f"--import: proxy {name!r}")

    def _check_sources(self) -> None:
        """UsageError where `correlate` has kept scores by another version of a user's proxy."""
        for name, digest in self.config.sources.items():
            if not self.store.settings(key=f"{SOURCE_DIGEST}{name}").empty:
                self.folder.pin(f"{SOURCE_DIGEST}{name}", digest, f"--import: proxy {name!r}")

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Add the wall time of the block to the time that earlier runs of this study took."""
        start = time.monotonic()
        try:
            yield
        finally:
            kept = self.store.settings(key=facts.WALL_SECONDS)
            spent = float(kept.value.iloc[0]) if len(kept) else 0.0
            self.store.set_setting(facts.WALL_SECONDS, spent + time.monotonic() - start)

    def _check_data(self) -> None:
        # Loaded before anything is computed, so that a missing folder ends a study in its first second.
        for name in self.config.train.datasets:
            say(f"data set {name}: loading")
            tell_passed_over(self._load(name))
        name = self.config.train.recipe
        hyper_parameters = json.dumps(train.recipe(name).hyper_parameters, sort_keys=True)
        self.folder.pin(RECIPE_DIGEST, hashlib.sha256(hyper_parameters.encode()).hexdigest(), f"recipe {name!r}")

    def _load(self, name: str) -> Images:
        config = self.config.train
        return train.open_images(name, config.data_root, config.resolution, config.train_limit, config.download)

    def _plan(self, name: str, strategy: str, seed: int) -> SearchPlan:
        config = self.config
        return SearchPlan(
            proxy=name,
            setting=self._setting(name),
            seed=seed,
            space=config.search_space(),
            budget=self.budget,
            strategy=strategy,
            evaluations=config.search.evaluations,
            population=config.search.population,
            lag=config.search.lag,
        )

    def _setting(self, name: str) -> Setting:
        """The setting of a proxy's scores in searches."""
        config = self.config
        own = config.score.overrides.get(name, ScoreOverride())
        return Setting(
            space=config.space.name,
            seed=config.score.seed,
            protocol=config.score.protocol,
            resolution=own.resolution or config.score.resolution,
            batch_size=own.batch_size or config.score.batch_size,
            num_classes=config.budget.num_classes,
            data=own.data or config.score.data,
            device=self.device,
            limit=config.score.limit,
            data_root=config.train.data_root,
            memory=int(config.score.memory * GIGABYTE) if config.score.memory else None,
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
            compile=config.compile,
            readers=config.readers,
            limit=config.limit,
        )
        return replace(job, checkpoint=str(self.folder.checkpoint(job.digest)))
