#!/usr/bin/env python3
"""Compares pictures that `langevin sample --out x.safetensors` wrote: [N, C, H, W] in [-1, 1]. Python alone.

    pictures.py near A B [--worst LEVELS] [--mean LEVELS]    the largest and the mean difference, in levels of 255, each no more than is said
    pictures.py row ONE MANY I                               the only picture of ONE is number I of MANY, bit for bit, and no other
"""
import argparse
import array
import json
import math
import sys
from pathlib import Path


def pictures(path):
    """A list of float arrays, one a picture."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = {name: one for name, one in json.loads(data[8:8 + size]).items() if name != "__metadata__"}
    if len(header) != 1:
        sys.exit(f"error: {path} has the tensors {sorted(header)}, wanted one")
    one = next(iter(header.values()))
    if one["dtype"] != "F32" or len(one["shape"]) != 4:
        sys.exit(f"error: {path} is {one['dtype']} {one['shape']}, wanted F32 [N, C, H, W]")
    begin, end = one["data_offsets"]
    values = array.array("f", data[8 + size + begin:8 + size + end])
    if sys.byteorder == "big":
        values.byteswap()
    if not all(map(math.isfinite, values)):
        sys.exit(f"FAIL: {path} has numbers that are not finite")
    each = math.prod(one["shape"][1:])
    return [values[i:i + each] for i in range(0, len(values), each)]


def near(args):
    a, b = pictures(args.a), pictures(args.b)
    if len(a) != len(b) or len(a[0]) != len(b[0]):
        sys.exit(f"error: {len(a)} pictures of {len(a[0])} numbers and {len(b)} of {len(b[0])}")
    if any(max(one) - min(one) < 0.5 for one in a + b):
        sys.exit("FAIL: a picture is of one colour")       # empty pictures are near each other
    off = [127.5 * abs(x - y) for one, other in zip(a, b) for x, y in zip(one, other)]
    worst, mean = max(off), sum(off) / len(off)
    print(f"pictures: {len(a)} compared, {worst:.4f} levels of 255 apart at most, {mean:.4f} on the average")
    if args.worst is not None and worst > args.worst or args.mean is not None and mean > args.mean:
        sys.exit(f"FAIL: at most {args.worst} anywhere and {args.mean} on the average are asked for")


def row(args):
    one, many = pictures(args.one), pictures(args.many)
    alike = [i for i, picture in enumerate(many) if picture.tobytes() == one[0].tobytes()]
    if len(one) != 1 or alike != [args.i]:
        sys.exit(f"FAIL: {args.one} has {len(one)} pictures, and the first has the bits of {alike or 'none'} of {args.many}, wanted [{args.i}]")
    print(f"pictures: alone bit for bit what is number {args.i} of {len(many)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("near")
    one.add_argument("a")
    one.add_argument("b")
    one.add_argument("--worst", type=float)
    one.add_argument("--mean", type=float)
    one.set_defaults(call=near)
    one = commands.add_parser("row")
    one.add_argument("one")
    one.add_argument("many")
    one.add_argument("i", type=int)
    one.set_defaults(call=row)
    args = parser.parse_args()
    args.call(args)


if __name__ == "__main__":
    main()
