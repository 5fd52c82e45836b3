"""What was measured: the store of a study, the published numbers, and statistics over stored rows."""

from results.agreement import agreement
from results.better import better, better_than
from results.budgets import accuracy_curves, budgets
from results.chosen import best_of_top, best_of_top_share, top_accuracy, top_share_accuracy
from results.convergence import convergence
from results.covariates import covariates
from results.errors import StoreError
from results.frames import best_accuracies, comparison, failures, search_curves
from results.letters import letters
from results.lock import study_lock
from results.means import mean_intervals
from results.measurements import PredictionError, checked_budgets, predicted_latencies, prediction_error
from results.merging import merge_rows
from results.noise import intraclass, intraclass_bootstrap
from results.opening import DATABASE, open_study, rows_folder
from results.optimum import optima
from results.paired import Paired, paired
from results.partial import partial_bootstrap, partial_spearman
from results.points import STRATUM, TRAINING_SEEDS, accuracies, points, winners
from results.published import published
from results.ranking import kendall, spearman, weighted_kendall
from results.references import references, with_references
from results.relative import ranked
from results.reliability import corrected_tau, perfect_tau
from results.replicates import accuracy_noise
from results.rows import open_rows, read_rows, write_rows
from results.scores import correlations, near_top, score_noise
from results.seeds import seed_scores
from results.simultaneous import adjusted
from results.statistics import Correlation, Estimate, bootstrap, correlate
from results.store import Store
from results.top import ndcg_at_k, precision_at_k, top_kendall
from results.within import deciles, kendall_alike, kendall_within, spearman_within

__all__ = [
    "DATABASE",
    "STRATUM",
    "TRAINING_SEEDS",
    "Correlation",
    "Estimate",
    "Paired",
    "PredictionError",
    "Store",
    "StoreError",
    "accuracies",
    "accuracy_curves",
    "accuracy_noise",
    "adjusted",
    "agreement",
    "best_accuracies",
    "best_of_top",
    "best_of_top_share",
    "better",
    "better_than",
    "bootstrap",
    "budgets",
    "checked_budgets",
    "comparison",
    "convergence",
    "corrected_tau",
    "correlate",
    "correlations",
    "covariates",
    "deciles",
    "failures",
    "intraclass",
    "intraclass_bootstrap",
    "kendall",
    "kendall_alike",
    "kendall_within",
    "letters",
    "mean_intervals",
    "merge_rows",
    "ndcg_at_k",
    "near_top",
    "open_rows",
    "open_study",
    "optima",
    "paired",
    "partial_bootstrap",
    "partial_spearman",
    "perfect_tau",
    "points",
    "precision_at_k",
    "predicted_latencies",
    "prediction_error",
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
    "weighted_kendall",
    "winners",
    "with_references",
    "write_rows",
]
