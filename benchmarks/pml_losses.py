"""Computes losses of pytorch-metric-learning, started by benchmarks/batch_losses.py.

Reads the embeddings and labels of an .npz file, and writes losses and gradients to another one.
Does not use TensorFlow.
"""

import sys

import numpy as np
import torch
from pytorch_metric_learning import distances, losses, miners, reducers

MARGIN, TEMPERATURE = 0.2, 0.07


def functions():
    """Returns the miner (or None) and the loss of each name."""
    apart = distances.LpDistance(normalize_embeddings=False, p=2, power=1)
    mining = {
        "all": None,
        "hard": miners.BatchHardMiner(distance=apart),
        "semi_hard": miners.TripletMarginMiner(MARGIN, "semihard", distance=apart),
    }
    over = {"mean": reducers.MeanReducer(), "mean_of_nonzero": reducers.AvgNonZeroReducer()}
    found = {
        f"{name} {reduction}": (miner, losses.TripletMarginLoss(MARGIN, distance=apart, reducer=by))
        for name, miner in mining.items()
        for reduction, by in over.items()
    }
    return {**found, "nt_xent": (None, losses.NTXentLoss(TEMPERATURE))}


def main():
    """Writes the loss and the gradient of each function for each batch."""
    given, results = np.load(sys.argv[1]), {}
    for batch in range(len(given["labels"])):
        labels = torch.tensor(given["labels"][batch])
        for name, (miner, loss) in functions().items():
            embeddings = torch.tensor(given["embeddings"][batch], requires_grad=True)
            value = loss(embeddings, labels, miner(embeddings, labels) if miner else None)
            value.backward()
            results[f"{name} {batch} loss"] = value.detach().numpy()
            results[f"{name} {batch} gradient"] = embeddings.grad.numpy()
    np.savez(sys.argv[2], **results)


if __name__ == "__main__":
    main()
