"""The columns of the statistics' tables: which there are, how they are called, and what question each answers."""

from typing import NamedTuple

from .text import DASH


class Column(NamedTuple):
    """A column of `reports.statistics.together` in a table for people.

    `ends`: it is shown with the ends of its interval; `digits`: otherwise, the decimals of the number; `best`: 1 where
    the highest is the best and bold, -1 where the lowest is, 0 where none is.
    """

    name: str
    label: str
    ends: bool = True
    digits: int = 2
    best: int = 1


MAIN = (
    Column("n", "n", ends=False, digits=0, best=0),
    Column("tau", "τ"),
    Column("rho", "ρ"),
    Column("top_k_accuracy", "top-10 accuracy, %"),
    Column("tau_within_deciles", "τ within size"),
    Column("size_difference", "τ − size"),
    Column("size_difference_p_adjusted", "adjusted p", ends=False, digits=4, best=0),
    Column("partial_rho", "partial ρ"),
)
# In these, columns are left out in which no proxy has a number.
SIZE_AND_SEEDS = (
    Column("tau_seeds", "score seeds", ends=False, digits=0, best=0),
    Column("tau_seed_sd", "SD of τ", ends=False, digits=3, best=0),
    Column("tau_seed_min", "lowest τ", ends=False, best=0),
    Column("tau_seed_max", "highest τ", ends=False, best=0),
    Column("difference", "τ − params"),
    Column("difference_p", "p", ends=False, digits=4, best=0),
    Column("difference_p_adjusted", "adjusted p", ends=False, digits=4, best=0),
    Column("tau_within_10pct", "τ within 10 %"),
    Column("rho_within_deciles", "ρ within size"),
    Column("tau_within_convolutions", "τ within convolutions"),
    Column("rho_within_convolutions", "ρ within convolutions"),
)
THE_TOP = (
    Column("best_of_top_k", "best of top 10, %"),
    Column("top_1pct_accuracy", "top-1% accuracy, %"),
    Column("best_of_top_1pct", "best of top 1%, %"),
    Column("optimum_regret", "own optimum's regret, pp", ends=False, best=-1),
    Column("weighted_tau", "weighted τ"),
    Column("precision", "precision@10%"),
    Column("ndcg", "nDCG@10%"),
    Column("top_tau", "top-10% τ"),
)
FAILURES = (
    Column("failed", "failed", ends=False, digits=0, best=0),
    Column("tau_failed_last", "τ, failed last"),
    Column("rho_failed_last", "ρ, failed last"),
)
EXPLAINED = (
    ("τ, ρ", "does the score order all architectures as their accuracies do? 1 is the same order, 0 none, −1 the "
     "reverse (Kendall, Spearman). Where the interval holds 0, the sample cannot tell which of them it is. Of a score "
     "that depends on a seed, every statistic is the mean over the score seeds."),
    ("top-10 accuracy, top-1% accuracy", "how accurate are the ten architectures (the hundredth of the sample, one at "
     "least) that it ranks highest? Their mean in percent: what a user gets who trains them. Compare with the row of "
     "random."),
    ("best of top 10, best of top 1%", "the most accurate of these: what a user keeps who trains them all."),
    ("τ within size, ρ within size", "does it know more than size? Only architectures of the same tenth of the "
     "sample's parameters are compared with each other. Little is left here of a score that only counts "
     "parameters; many well-known ones change their sign."),
    ("τ within 10 %", "the same over all pairs whose parameters differ by 10 % at most."),
    ("τ within convolutions, ρ within convolutions", "on cells: the same over cells with one number of convolutions."),
    ("τ − size", "does it beat counting parameters and multiply-adds? Its τ less the higher one of `params` and "
     "`flops`, over the same resampled architectures, those that all three have scored."),
    ("τ − params", "does it beat counting parameters? The difference of the two τ, computed alike."),
    ("p", "(b + 1) / (B + 1), where in b of B resamples the proxy is not better."),
    ("adjusted p", "the same, corrected for the number of proxies that are compared (max-T, Westfall and Young): if "
     "no proxy were better, the chance that any of them had one below 0.05 would be about 0.05. Where it is above, the "
     "sample cannot tell."),
    ("partial ρ", "does it know more than size? Rank correlation of what parameters, MACs and depth leave unexplained "
     f"in score and in accuracy; {DASH} for params, flops and depth, which are these."),
    ("score seeds, SD of τ, lowest τ, highest τ", "under how many seeds was the sample scored, and how far are the τ "
     "of single seeds apart? One seed says less than the interval suggests where they are far apart."),
    ("own optimum's regret", "of all the sampled architectures, the one that it ranks highest: how many percent points "
     "is it below the best one of the table, or of the sample?"),
    ("weighted τ", "as τ, but the nearer to the top a pair is, the more it counts."),
    ("precision@10%", "of the tenth that it ranks highest, what share is among the most accurate tenth? Chance is "
     "0.1."),
    ("nDCG@10%", "how accurate are the ones that it ranks highest, the first of them counting most? Accuracies count "
     "by their rank, from 0 for the lowest to 1; chance is about 0.53."),
    ("top-10% τ", "does it order the most accurate tenth? Only from 500 architectures on: of fewer, the sample cannot "
     "tell."),
    ("failed, τ failed last, ρ failed last", "architectures without a score are left out of all other statistics; "
     "here they are ranked below all that have one."),
    ("ICC", "how much of the score is the architecture's and not the seed's? Intraclass correlation of the ranks over "
     "seeds: 1 is the same under all, 0 is noise. The noisier a score, the less it can correlate with anything."),
)  # fmt: skip
