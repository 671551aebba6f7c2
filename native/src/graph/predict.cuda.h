// What a program would cost on a GPU: its launches as they are counted (cost() of each family), the floor, and a time. Nothing of it was measured; gpu_machine.h
// says what the numbers stand on.
//
//     floor      max(flops / peak, bytes / memory bandwidth) of each launch, added up: what no program of these launches beats
//     predicted  memory latency + the longest of
//                  matrix   blocks go to multiprocessors in waves of as many as registers, shared memory and threads hold; a wave takes its matrix instructions at
//                           loop_share of what mma.sync gets, less where its warps are too few
//                  threads, specials   flops without matrix units; exponentials and reciprocals: by the busiest multiprocessor
//                  memory, L2          bytes that are distinct at the memory's bandwidth; all that blocks ask for at L2's, and at a multiprocessor's own port
//                  latency  each wave waits for L2 as often as its blocks do, one wait after the other
//                and a gap between launches
//
// A wave's phases overlap wholly or not at all in this; L2 keeps nothing from one launch to the next; nothing shares the GPU.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/gpu_machine.h"
#include "graph/lower.cuda.h"

namespace lgv {

std::vector<CudaCost> cost(const CudaOp& op, int64_t rows);

CudaTarget target_of(const GpuMachine& machine);

// Blocks of a launch that a multiprocessor holds at a time; 0: not even one.
int32_t resident_blocks(const CudaCost& cost, const GpuMachine& machine);

struct CudaPrediction {
    double floor = 0, seconds = 0;
    const char* bound = "";  // what takes the longest
};
CudaPrediction predict(const CudaCost& cost, const GpuMachine& machine);

// The text of lgv_model_predict, of ops as they are launched one after the other.
struct NamedCudaOp {
    std::string name;
    const CudaOp* op;
};
std::string predict(std::span<const NamedCudaOp> ops, int64_t rows, const GpuMachine& machine);

}  // namespace lgv
