"""Correlation of the Jacobian's rows, class by class."""

import torch
from torch.nn import functional

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import image_correlation

K = 1e-5  # Lopes et al.
MANY_CLASSES = 100  # above it Lopes et al. compare classes


@proxy("epe_nas", title="EPE-NAS", cite="lopes2021epenas", needs="labels", balanced=True, fast=True)
def epe_nas(network: Network, batch: Batch) -> float:
    """How images of one class correlate in the Jacobian: Σ_c |s_c|, s_c = Σ_ij ln(|corr_ij| + k), k = 1e-5.

    corr is the correlation matrix of the gradients of Σ logits by the images of class c. Above 100 classes s_c is
    divided by the number n_c of images of the class, and the score is Σ_c,c' |s_c − s_c'| / C, over ordered pairs of
    the C classes drawn. Lopes et al., "EPE-NAS: Efficient Performance Estimation Without Training for Neural
    Architecture Search", ICANN 2021. A class of one image has s_c = ln(1 + k), and above 100 classes is left out, as in
    their code. If an image has a constant gradient, there is no correlation and no value (NaN).
    """
    correlation = image_correlation(network, batch.images)
    # (N, classes). One matrix holds the correlations of every class: corr_ij depends on images i and j only.
    members = functional.one_hot(batch.labels, batch.setting.num_classes).to(correlation.dtype)
    same_class = members @ members.T > 0
    per_image = torch.where(same_class, (correlation.abs() + K).log(), 0).sum(1)
    per_class, counts = per_image @ members, members.sum(0)
    if batch.setting.num_classes <= MANY_CLASSES:
        return float(per_class.abs().sum())
    means = (per_class / counts)[counts > 1]
    return float((means[:, None] - means).abs().sum() / len(means))
