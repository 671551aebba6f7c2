// Which launches of a program do each other's work. A GroupNorm needs the moments of what it reads, and what it gives is read by a convolution more often than
// not; both convolutions have x at hand anyway:
//
//     conv1 -> x -> GroupNorm + silu -> y -> conv2      alone: write x; read x, write y; read y
//     conv1 -> x, moments -> factors; x, factors -> conv2   fused: write x; read x. y is never stored
//
//   moments   are written by the convolution that writes a source, where its kernel gives statistics. They are per channel, so that a tensor which two
//             GroupNorms read, each with other groups (a skip connection), has them once; those of other tensors are made by the first GroupNorm that wants them
//   factors   are merged from the moments of both sources in a launch of a few microseconds
//   y         is left out where all who read it are convolutions that norm what they read, once for all their taps. Otherwise it is applied, for all of them
//
// The rule counts launches: moments that nobody has given (one for each source), 1 to merge, 1 to apply, against 1 of a GroupNorm that does all in slabs (one
// launch in a CUDA graph costs about 1.3 us of an idle H100, as long as reading 4 MB), or `parts` (moments, merge, apply). Pieces are taken where they are no more
// launches; where they are as many they move less: y is neither written nor read, and slabs' x is not read. So a slab stays where its moments would have to be
// made, or where y is wanted by a linear layer, by a convolution with other taps in tiles, or with an activation that convolutions do not have.
// It depends on the shapes of one image, the types and the target, never on rows.
#pragma once

#include <vector>

#include "graph/op_list.h"
#include "ops/conv/conv.cuda.h"
#include "ops/cuda.h"
#include "ops/group_norm/group_norm.cuda.h"

namespace lgv {

// What a node does for others, or they for it; nothing by itself.
struct CudaFused {
    // of a convolution
    CudaConv2d::Norm norm;
    Value statistics;
    // of a group norm
    bool in_pieces = false;
    SharedMoments moments[2] = {};  // of x and of x2
    PixelTiles tiles[2] = {};       // of those that are given
    Value factors;
    bool applies = true;
};

// An op list as a GPU launches it: behind its values those that launches hand each other (moments, factors), all float32; convolutions that norm what they read
// read the norm's sources, and what is then written by nobody is read by nobody.
struct CudaList {
    OpList list;
    CudaTypes types;
    std::vector<CudaFused> fused;  // of each node
};

// The type of every value of a program that computes in `type`: labels are int32, and what networks take in and give out is float32 where the op beside it can
// read or write that.
CudaTypes types_of(const OpList& list, CudaType type);

// Every node by itself.
CudaList unfused(OpList list, CudaType type);

// A program of float32 stays as it is: it is the GPU's own oracle, and kernels that share nothing are easier to believe.
CudaList fuse(OpList list, CudaType type, const CudaTarget& target);

}  // namespace lgv
