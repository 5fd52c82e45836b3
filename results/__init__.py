"""What was measured: the store of a study, the published numbers, and statistics over stored rows."""

from . import facts
from .added import Added, added
from .agreement import agreement
from .alike import alike, clustered
from .better import better, better_than
from .budgets import accuracy_curves, budgets
from .chosen import best_of_top, best_of_top_share, top_accuracy, top_share_accuracy
from .comparison import Comparison, comparison
from .convergence import convergence
from .covariates import covariates
from .errors import StoreError
from .frames import best_accuracies, failures, search_curves
from .kinship import Kin, mean_order, nearest
from .leaderboard import Leaderboard, leaderboard
from .letters import letters
from .lock import study_lock
from .means import mean_intervals
from .measurements import PredictionError, checked_budgets, predicted_latencies, prediction_error
from .merging import merge_rows
from .noise import intraclass, intraclass_bootstrap
from .opening import DATABASE, open_study, rows_folder
from .optimum import optima
from .over_random import over_random
from .paired import Paired, paired
from .pareto import pareto
from .partial import partial_bootstrap, partial_spearman
from .placement import Placement, placement, prepare
from .placing import Placing, critical_difference, placing
from .points import STRATUM, accuracies, points, winners
from .published import published
from .ranking import kendall, spearman, weighted_kendall
from .references import references, with_references
from .relative import ranked
from .reliability import corrected_tau, perfect_tau
from .replicates import accuracy_noise
from .rows import has_rows, open_rows, read_rows, write_rows
from .scores import correlations, near_top, score_noise
from .seeds import seed_scores
from .simultaneous import adjusted
from .statistics import Correlation, Estimate, bootstrap, correlate
from .store import Store
from .tally import Part, Progress, ProxyProgress, Tally
from .top import ndcg_at_k, precision_at_k, top_kendall
from .trained import Trained
from .verdict import Verdict, verdict
from .within import deciles, kendall_alike, kendall_within, spearman_within
from .worth import worth

__all__ = [
    "DATABASE",
    "STRATUM",
    "Added",
    "Comparison",
    "Correlation",
    "Estimate",
    "Kin",
    "Leaderboard",
    "Paired",
    "Part",
    "Placement",
    "Placing",
    "PredictionError",
    "Progress",
    "ProxyProgress",
    "Store",
    "StoreError",
    "Tally",
    "Trained",
    "Verdict",
    "accuracies",
    "accuracy_curves",
    "accuracy_noise",
    "added",
    "adjusted",
    "agreement",
    "alike",
    "best_accuracies",
    "best_of_top",
    "best_of_top_share",
    "better",
    "better_than",
    "bootstrap",
    "budgets",
    "checked_budgets",
    "clustered",
    "comparison",
    "convergence",
    "corrected_tau",
    "correlate",
    "correlations",
    "covariates",
    "critical_difference",
    "deciles",
    "facts",
    "failures",
    "has_rows",
    "intraclass",
    "intraclass_bootstrap",
    "kendall",
    "kendall_alike",
    "kendall_within",
    "leaderboard",
    "letters",
    "mean_intervals",
    "mean_order",
    "merge_rows",
    "ndcg_at_k",
    "near_top",
    "nearest",
    "open_rows",
    "open_study",
    "optima",
    "over_random",
    "paired",
    "pareto",
    "partial_bootstrap",
    "partial_spearman",
    "perfect_tau",
    "placement",
    "placing",
    "points",
    "precision_at_k",
    "predicted_latencies",
    "prediction_error",
    "prepare",
    "published",
    "ranked",
    "read_rows",
    "references",
    "rows_folder",
    "score_noise",
    "search_curves",
    "seed_scores",
    "spearman",
    "spearman_within",
    "study_lock",
    "top_accuracy",
    "top_kendall",
    "top_share_accuracy",
    "verdict",
    "weighted_kendall",
    "winners",
    "with_references",
    "worth",
    "write_rows",
]
