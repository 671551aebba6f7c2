"""No engine: a float32 matrix product of 1024, run in every round, so that the report says how fast the machine itself was at that time.

Neighbours on a shared host can halve this within minutes without showing up as CPU time of anyone here.
"""
import torch

SIDE = 1024
GIGAFLOPS = 2 * SIDE ** 3 / 1e9


class MachinePace:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        self.left, self.right, self.product = torch.ones(SIDE, SIDE), torch.ones(SIDE, SIDE), torch.empty(SIDE, SIDE)

    def forward(self):
        torch.mm(self.left, self.right, out=self.product)


if __name__ == "__main__":
    from bench.worker import serve
    serve(MachinePace)
