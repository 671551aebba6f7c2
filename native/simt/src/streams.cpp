#include "streams.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "machine.h"

namespace {

// A capture under way: in the end, a graph. Streams that wait for an event of it take part.
struct Capture {
    std::vector<simt::Task> tasks;
    bool valid = true;
    // Streams that take part, and how many tasks there were when something of theirs was last written down that nobody else has waited for yet.
    std::map<const CUstream_st*, size_t> unjoined;
};

// One record of an event: what waits for it does not see later records.
struct Record {
    bool done = false;
    std::chrono::steady_clock::time_point when;
    CUstream_st* stream = nullptr;
    std::shared_ptr<Capture> capture;
    size_t place = 0;  // in the capture
};

}  // namespace

struct CUstream_st {
    bool blocking = true;
    std::deque<simt::Task> tasks;
    std::shared_ptr<Capture> capture;
    bool began_capture = false;

    void finish_one() {
        const simt::Task task = std::move(tasks.front());
        tasks.pop_front();
        task();
    }
    void finish() {
        while (!tasks.empty()) finish_one();
    }
};

struct CUevent_st {
    std::shared_ptr<Record> record;
};

struct CUgraph_st {
    std::vector<simt::Task> tasks;
};

struct CUgraphExec_st {
    std::shared_ptr<const std::vector<simt::Task>> tasks;
};

namespace {

// Never destroyed, as the machine.
CUstream_st& default_stream = *new CUstream_st;
std::vector<CUstream_st*>& streams = *new std::vector<CUstream_st*>;

CUstream_st& stream_of(cudaStream_t stream) { return stream == nullptr ? default_stream : *stream; }

bool exists(cudaStream_t stream) { return stream == nullptr || std::find(streams.begin(), streams.end(), stream) != streams.end(); }

// Everything up to the record.
void finish(const std::shared_ptr<Record>& record) {
    while (!record->done && exists(record->stream) && !stream_of(record->stream).tasks.empty()) stream_of(record->stream).finish_one();
}

}  // namespace

namespace simt {

cudaError_t enqueue(cudaStream_t handle, Task task) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(handle)) return remember(cudaErrorInvalidResourceHandle);
    CUstream_st& stream = stream_of(handle);
    if (stream.capture) {
        stream.capture->tasks.push_back(std::move(task));
        if (!stream.began_capture) stream.capture->unjoined[handle] = stream.capture->tasks.size();
        return cudaSuccess;
    }
    // The default stream waits for the blocking ones, and they for it.
    if (handle == nullptr) {
        for (CUstream_st* other : streams) {
            if (other->blocking) other->finish();
        }
    } else if (stream.blocking) {
        default_stream.finish();
    }
    stream.tasks.push_back(std::move(task));
    const Copies when = machine.config.copies;
    if (when == Copies::at_issue || (when == Copies::random && machine.random.one_in(2))) stream.finish();
    return cudaSuccess;
}

void finish_blocking_streams() {
    for (size_t i = 0; i < streams.size(); ++i) {
        if (streams[i]->blocking) streams[i]->finish();
    }
    default_stream.finish();
}

void finish_all_streams() {
    for (size_t i = 0; i < streams.size(); ++i) streams[i]->finish();
    default_stream.finish();
}

bool anyone_captures() {
    return std::any_of(streams.begin(), streams.end(), [](const CUstream_st* stream) { return stream->capture != nullptr; });
}

bool spoil_captures() {
    bool any = false;
    for (CUstream_st* stream : streams) {
        if (stream->capture) stream->capture->valid = false, any = true;
    }
    return any;
}

void launch(Launch launch, cudaStream_t stream) {
    enqueue(stream, [launch = std::move(launch)] { run(launch); });
}

}  // namespace simt

using simt::enqueue;
using simt::machine;
using simt::remember;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
    const std::lock_guard lock(machine.mutex);
    *stream = new CUstream_st{.blocking = (flags & cudaStreamNonBlocking) == 0, .tasks = {}, .capture = nullptr};
    streams.push_back(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamDefault); }

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    const std::lock_guard lock(machine.mutex);
    if (stream == nullptr || !exists(stream)) return remember(cudaErrorInvalidResourceHandle);
    stream->finish();
    std::erase(streams, stream);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(handle)) return remember(cudaErrorInvalidResourceHandle);
    CUstream_st& stream = stream_of(handle);
    if (stream.capture) {
        stream.capture->valid = false;
        return remember(cudaErrorStreamCaptureUnsupported);
    }
    if (handle == nullptr) simt::finish_blocking_streams();
    else stream.finish();
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(handle)) return remember(cudaErrorInvalidResourceHandle);
    CUstream_st& stream = stream_of(handle);
    if (stream.capture) {
        stream.capture->valid = false;
        return remember(cudaErrorStreamCaptureUnsupported);
    }
    if (stream.tasks.empty()) return cudaSuccess;
    stream.finish_one();  // so that who asks often enough gets there
    return cudaErrorNotReady;
}

cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(stream)) return remember(cudaErrorInvalidResourceHandle);
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(handle)) return remember(cudaErrorInvalidResourceHandle);
    const std::shared_ptr<Record> record = event->record;
    if (!record) return cudaSuccess;  // never recorded: nothing to wait for
    CUstream_st& stream = stream_of(handle);
    if (record->capture && record->capture != stream.capture) {
        if (stream.capture || handle == nullptr) return remember(cudaErrorStreamCaptureUnsupported);
        stream.capture = record->capture;  // tasks are written down in the order in which they come, so the edge is there
        stream.capture->unjoined[handle] = stream.capture->tasks.size();
    }
    if (record->capture && record->stream != handle) {
        const auto ahead = record->capture->unjoined.find(record->stream);
        if (ahead != record->capture->unjoined.end() && ahead->second <= record->place) record->capture->unjoined.erase(ahead);
    }
    if (stream.capture) return cudaSuccess;
    return enqueue(handle, [record] { finish(record); });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
    const std::lock_guard lock(machine.mutex);
    return enqueue(stream, [=] { function(argument); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
    const std::lock_guard lock(machine.mutex);
    *event = new CUevent_st;
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventDestroy(cudaEvent_t event) {
    const std::lock_guard lock(machine.mutex);
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(handle)) return remember(cudaErrorInvalidResourceHandle);
    const auto record = std::make_shared<Record>();
    record->stream = handle;
    record->capture = stream_of(handle).capture;
    if (record->capture) record->place = record->capture->tasks.size();
    event->record = record;
    if (record->capture) return cudaSuccess;
    return enqueue(handle, [record] {
        record->done = true;
        record->when = std::chrono::steady_clock::now();
    });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    const std::lock_guard lock(machine.mutex);
    if (!event->record) return cudaSuccess;
    if (event->record->capture) return remember(cudaErrorStreamCaptureUnsupported);
    finish(event->record);
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
    const std::lock_guard lock(machine.mutex);
    const std::shared_ptr<Record> record = event->record;
    if (!record || record->done) return cudaSuccess;
    if (record->capture) return remember(cudaErrorStreamCaptureUnsupported);
    stream_of(record->stream).finish_one();
    return cudaErrorNotReady;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
    const std::lock_guard lock(machine.mutex);
    if (!from->record || !to->record || from->record->capture || to->record->capture) return remember(cudaErrorInvalidResourceHandle);
    if (!from->record->done || !to->record->done) return remember(cudaErrorNotReady);
    *milliseconds = std::chrono::duration<float, std::milli>(to->record->when - from->record->when).count();
    return cudaSuccess;
}

// ---- graphs

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
    const std::lock_guard lock(machine.mutex);
    if (stream == nullptr) return remember(cudaErrorStreamCaptureUnsupported);
    if (!exists(stream)) return remember(cudaErrorInvalidResourceHandle);
    if (stream->capture) return remember(cudaErrorIllegalState);
    stream->capture = std::make_shared<Capture>();
    stream->began_capture = true;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
    const std::lock_guard lock(machine.mutex);
    *graph = nullptr;
    if (stream == nullptr || !exists(stream) || !stream->capture || !stream->began_capture) return remember(cudaErrorIllegalState);
    const std::shared_ptr<Capture> capture = stream->capture;
    for (CUstream_st* other : streams) {
        if (other->capture != capture) continue;
        other->capture = nullptr;
        other->began_capture = false;
    }
    if (!capture->valid) return remember(cudaErrorStreamCaptureInvalidated);
    if (!capture->unjoined.empty()) return remember(cudaErrorStreamCaptureUnjoined);
    *graph = new CUgraph_st{std::move(capture->tasks)};
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
    const std::lock_guard lock(machine.mutex);
    if (!exists(stream)) return remember(cudaErrorInvalidResourceHandle);
    const auto& capture = stream_of(stream).capture;
    *status = !capture ? cudaStreamCaptureStatusNone : capture->valid ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusInvalidated;
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) {
    const std::lock_guard lock(machine.mutex);
    if (nodes != nullptr) return remember(cudaErrorInvalidValue);
    *count = graph->tasks.size();
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
    const std::lock_guard lock(machine.mutex);
    *executable = new CUgraphExec_st{std::make_shared<const std::vector<simt::Task>>(graph->tasks)};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
    const std::lock_guard lock(machine.mutex);
    return enqueue(stream, [tasks = executable->tasks] {
        for (const simt::Task& task : *tasks) task();
    });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    const std::lock_guard lock(machine.mutex);
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
    const std::lock_guard lock(machine.mutex);
    delete executable;
    return cudaSuccess;
}
