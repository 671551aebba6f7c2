"""A training step: noising, forward, loss, backward, clipping by the global norm, AdamW, one average of the weights. Measured as forward.py measures.

Every torch variant begins with the same weights, images, noise and timesteps; loss and gradient norm of its first step are compared with float64's.
"""
from bench import forward

ROWS = {"mnist": 128, "cifar10": 16}                        # what their trainings use, and what 2 cores do in seconds
OTHER_ROWS = 16

# Sums of float32 numbers in another order: a mean of thousands of squares, and a norm over all weights.
STEP = forward.Pass(" training", ("training",), "training", ("loss", "gradient_norm"), 1e-4)


def measure(case, engines, rounds, most, say):
    return forward.measure(case, engines, rounds, most, say, STEP)


def rows_of(net):
    return ROWS.get(net.name, OTHER_ROWS)
