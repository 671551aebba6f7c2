// What streams have been given and not yet done.
#pragma once

#include <functional>

#include "simt/runtime.h"

namespace simt {

using Task = std::function<void()>;

// Queues it, does it, or writes it down, as the stream's state and config().copies say.
cudaError_t enqueue(cudaStream_t stream, Task task);
void finish_all_streams();
void finish_blocking_streams();  // those that the default stream waits for, and itself
bool anyone_captures();
bool spoil_captures();  // what is not allowed meanwhile ends them; whether there were any

cudaError_t remember(cudaError_t error);  // for cudaGetLastError

}  // namespace simt
