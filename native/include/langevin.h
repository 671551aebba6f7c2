// langevin.h: the whole C interface of Langevin, diffusion models on the CPU and on CUDA.
//
// THE IDEA. A *device* computes. A *model* is a trained network on a device. A *denoiser* holds images on their way from noise to
// picture, one in each of its *slots*. A step is two short arrays: *evaluations* run the network on some slots, *updates* move the
// slots' images. What a sampler is (DDPM, DDIM, Euler ...) stands in the numbers of those arrays, so every slot may be at its own
// timestep, under its own sampler, with its own seed. docs/sampling.md derives the numbers from the papers. A *trainer* makes the weights of a model.
// A model may also be a *classifier*, which says what is on a picture (lgv_model_classify): a yardstick for the pictures that others make.
//
//     lgv_error error;
//     lgv_device* device;  lgv_model* model;  lgv_denoiser* denoiser;
//     lgv_device_open("cpu", 0, &device, &error);
//     lgv_model_open(device, "models/mnist.safetensors", &model, &error);
//     lgv_denoiser_open(model, 10, &denoiser, &error);
//     lgv_image image = {.slot = 0, .noise = LGV_NOISE_PHILOX, .seed = 7, .start = 1};
//     lgv_denoiser_join(denoiser, &image, 1, sizeof image, &error);
//     for each row of the plan: lgv_denoiser_step(denoiser, &evaluation, 1, sizeof evaluation, &update, 1, sizeof update, &error);
//     lgv_denoiser_read(denoiser, &image.slot, 1, LGV_PLANE_X, 0, values, 784, &error);
//
// CONVENTIONS
// 1. Every function that can fail returns a status: LGV_OK (0) or one of enum lgv_status. Its last parameter is an lgv_error owned by
//    the caller, or NULL. On failure it holds the same status and one sentence that names the thing, the number and the fix; on success it is
//    left alone. Out-parameters are written on success only. There is no per-thread state.
// 2. Handles are opaque. Each is made by lgv_<noun>_open and ends with lgv_<noun>_close. Closing NULL is harmless. Children keep what they
//    were made from alive, so the order of closing is free. A handle must not be used, or closed again, after its close.
// 3. A device has one worker thread of its own (on the CPU it leads the thread team). Calls that compute check their arguments, copy what they are
//    given, queue the work and return; reading and waiting block until it is done. If queued work fails, the next call on that handle reports it, once.
// 4. Devices and models may be used by any number of threads at once. A denoiser or a trainer is used by one thread at a time: a second one that comes
//    while a call is running gets LGV_BUSY and changes nothing.
// 5. Images cross this interface as float32, [C, H, W] each, row-major. Pictures are in [-1, 1].
// 6. Arrays of structs cross with their count and the size of one struct, as the caller compiled it.
// 7. Text is UTF-8. Functions that give text write at most `capacity` bytes, the ending NUL among them, and set *out_length to the length of
//    the whole text without it; text that did not fit is cut. `buffer` may be NULL where `capacity` is 0.
// 8. One image's bits depend on its own seed, noise, shape and rows of numbers alone: not on its slot, on its neighbours, or on the thread count.

#ifndef LANGEVIN_H
#define LANGEVIN_H

#include <stdint.h>

#define LGV_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// ---- The library --------------------------------------------------------------------------------------------------------------------

// Raised with every change of this file that an older caller would notice.
enum lgv_version_number { LGV_ABI_VERSION = 5 };

enum lgv_status {
    LGV_OK = 0,
    LGV_ARGUMENT = 1,       // a value that cannot be: the message says which, and what would do
    LGV_BAD_MODEL = 2,      // a file or a config that is missing, broken or contradicts itself
    LGV_UNSUPPORTED = 3,    // well formed, but this version does not do it
    LGV_OUT_OF_MEMORY = 4,  // the engine stays usable
    LGV_NO_DEVICE = 5,      // the device asked for is not on this machine; nothing is chosen in its place
    LGV_BUSY = 6,           // another thread is using this denoiser or trainer
    LGV_FAULT = 7           // queued work failed, or a fault of our own
};

typedef struct lgv_error {
    int32_t code;        // enum lgv_status
    char message[1020];  // UTF-8, always ends with NUL
} lgv_error;

// LGV_ABI_VERSION of the library that is loaded. Compare it once, before anything else.
LGV_API int32_t lgv_abi_version(void);

// The library's version, "0.1.0". Static; never freed.
LGV_API const char* lgv_version(void);

// How many handles are open in this process. For tests: a program that closed everything reads 0.
LGV_API int64_t lgv_live_handles(void);

// ---- Device -------------------------------------------------------------------------------------------------------------------------

typedef struct lgv_device lgv_device;

// Opens a device. `name`: "cpu", "cuda" (the first GPU), "cuda:1" and so on, or "auto" for the best that is here (lgv_device_describe tells which and why). A GPU
// computes networks in bfloat16 with float32 sums; "cuda/float32" and "cuda:1/float32" do it in float32, by simple and slow kernels, to compare with. It does not
// train yet (LGV_UNSUPPORTED). LGV_NO_DEVICE where there is none: no driver, no GPU, or a library that was built without CUDA; the message says which.
// `threads`: size of the CPU's thread team, 1 to 1024; 0 takes what the affinity mask and the cgroup's quota allow.
// Environment: LANGEVIN_ISA=avx2 keeps a processor with AVX-512 to AVX2. LGV_NO_DEVICE on a processor without AVX2 and FMA.
LGV_API int32_t lgv_device_open(const char* name, int32_t threads, lgv_device** out_device, lgv_error* error);

// A JSON object: {"device": "cpu", "processor": "AMD EPYC ...", "isa": "avx512", "threads": 2, "type": "float32", "note": "no CUDA driver found"}.
LGV_API int32_t lgv_device_describe(lgv_device* device, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// A caller's own CUDA stream, `stream` being its cudaStream_t (0: the default stream), and the device's work in an order, either way. They return when the order is set: when
// all that was queued before has been given to the GPU, not when the GPU has done it. What is queued on the device from now on runs after what is on `stream` now;
LGV_API int32_t lgv_device_after_stream(lgv_device* device, uint64_t stream, lgv_error* error);
// what is queued on `stream` from now on runs after all that was queued on the device.
// On the CPU `stream` is 0 and stands for the caller's thread: the first has nothing to do, the second waits until all is done.
LGV_API int32_t lgv_device_before_stream(lgv_device* device, uint64_t stream, lgv_error* error);

LGV_API void lgv_device_close(lgv_device* device);

// ---- Host buffer --------------------------------------------------------------------------------------------------------------------

// Host memory from which a device copies fastest (pinned, where the device is a GPU; on the CPU, 64-byte aligned). Zeroed.
typedef struct lgv_buffer lgv_buffer;

LGV_API int32_t lgv_buffer_open(lgv_device* device, int64_t bytes, lgv_buffer** out_buffer, uint8_t** out_data, lgv_error* error);

LGV_API void lgv_buffer_close(lgv_buffer* buffer);

// ---- Tensor -------------------------------------------------------------------------------------------------------------------------

// Memory of a device with a type and a shape, row-major, to be handed on without a copy: to other libraries on the same device by its address or as DLPack, and
// from them. Whoever else reads or writes it does so in an order with the device's own work: lgv_device_after_stream and lgv_device_before_stream.
// Any thread may use one; work that was queued with it keeps its memory.
typedef struct lgv_tensor lgv_tensor;

enum lgv_type {
    LGV_TYPE_FLOAT32 = 0,
    LGV_TYPE_UINT8 = 1
};

enum lgv_tensor_limit { LGV_TENSOR_RANK = 8 };

typedef struct lgv_tensor_description {
    uint64_t address;     // where its first number is: for the GPU, or on the CPU for anyone
    int64_t bytes;
    int32_t type;         // enum lgv_type
    int32_t rank;         // 0 to LGV_TENSOR_RANK
    int64_t shape[8];     // the first `rank` of them; the others are 0
    int32_t device_type;  // DLPack's DLDeviceType: 1 the CPU, 2 CUDA
    int32_t device_index;
} lgv_tensor_description;

// A new one, zeroed. Each length of `shape` is at least 1.
LGV_API int32_t lgv_tensor_open(lgv_device* device, int32_t type, const int64_t* shape, int32_t rank, lgv_tensor** out_tensor, lgv_error* error);

// Someone else's memory, at `address`, a multiple of the type's size. It stays theirs, and has to stay valid until lgv_tensor_close has returned, and where
// lgv_tensor_to_dlpack handed it on, until the deleter of that was called too. An address that the device cannot use is LGV_ARGUMENT where that can be known: on CUDA what
// is not memory of that GPU, managed or pinned.
LGV_API int32_t lgv_tensor_wrap(lgv_device* device, uint64_t address, int32_t type, const int64_t* shape, int32_t rank, lgv_tensor** out_tensor, lgv_error* error);

// DLPack 1.x, a DLManagedTensorVersioned*: row-major, of one of our types, on this device (on CUDA: of its index). On success it is the tensor's: its deleter is called once,
// on any thread, when the tensor and what it was handed on as are gone and the work queued with it is done. On failure it stays the caller's. One that is marked as read only
// is read, and refused where it would be written.
LGV_API int32_t lgv_tensor_from_dlpack(lgv_device* device, void* managed, lgv_tensor** out_tensor, lgv_error* error);

// A new DLManagedTensorVersioned* of the same memory, without a copy. Whoever gets it calls its deleter once, on any thread; memory and device stay until then.
LGV_API int32_t lgv_tensor_to_dlpack(lgv_tensor* tensor, void** out_managed, lgv_error* error);

LGV_API int32_t lgv_tensor_describe(lgv_tensor* tensor, lgv_tensor_description* out_description, int32_t description_bytes, lgv_error* error);

// Blocks until all that was queued on the device before is done, then copies all of it to host memory of exactly `bytes` bytes. Fastest where that is a lgv_buffer.
LGV_API int32_t lgv_tensor_read(lgv_tensor* tensor, void* out_values, int64_t bytes, lgv_error* error);

// The way back. Blocks likewise.
LGV_API int32_t lgv_tensor_write(lgv_tensor* tensor, const void* values, int64_t bytes, lgv_error* error);

// Of lgv_tensor_wrap, blocks until the work that was queued with it is done: the memory is its owner's alone again. Others are let go of when their work is done.
LGV_API void lgv_tensor_close(lgv_tensor* tensor);

// ---- Model --------------------------------------------------------------------------------------------------------------------------

// A network and its weights, immutable. Weights are packed for the device when the first program needs them.
typedef struct lgv_model lgv_model;

typedef struct lgv_model_description {
    int32_t in_channels, out_channels;  // out_channels 0: a classifier, which makes no images
    int32_t height, width;    // the size it was trained for
    int32_t labels;           // rows of the class table; 0: the model takes no label
    int32_t none_label;       // the label that means "no class"; -1: there is none
    int64_t parameters;       // numbers in all weights
    int64_t weight_bytes;     // of the weights packed so far: all of them once a program exists
    int32_t classes;          // of a classifier: the classes that it tells apart; 0: it is none
    int32_t features;         // of a classifier: the numbers in front of its last layer; 0: it is none
} lgv_model_description;

typedef struct lgv_plan_description {
    int64_t arena_bytes;   // activations and scratch of one program; one arena serves all programs of a device
    int64_t weight_bytes;  // of the model's packed weights, this program's among them
    int64_t flops;         // multiplications and additions of one launch, all rows
    int32_t ops;           // launches
    int32_t rows;          // images of one launch: larger batches run in chunks of this many
} lgv_plan_description;

// How a model is written.
enum lgv_format {
    LGV_FORMAT_FOLDER = 0,    // a diffusers folder, float32: of a pipeline where there is a scheduler, else of a model
    LGV_FORMAT_FILE = 1,      // one .safetensors file that is everything, float32
    LGV_FORMAT_FILE_BF16 = 2  // the same with weights rounded to bfloat16: half the size, and other pictures
};

// Opens a diffusers folder (of a pipeline: model_index.json, unet/, scheduler/; or of a model: config.json and its safetensors, one file, or
// several with their index, or a variant where it is the only one), or a file that lgv_model_write made: a .safetensors whose metadata holds the
// texts langevin.config, langevin.scheduler and langevin.labels. Weights are float32, float16, bfloat16 or float64; they are computed with as float32.
LGV_API int32_t lgv_model_open(lgv_device* device, const char* path, lgv_model** out_model, lgv_error* error);

LGV_API int32_t lgv_model_describe(lgv_model* model, lgv_model_description* out_description, int32_t description_bytes, lgv_error* error);

// The model's config.json as it was read.
LGV_API int32_t lgv_model_config(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// scheduler_config.json as it was read; empty text where the folder has none.
LGV_API int32_t lgv_model_scheduler(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// The names of its classes, a JSON array of strings in the order of the labels or, of a classifier, of its classes (labels.json beside config.json); empty
// text where nothing names them.
LGV_API int32_t lgv_model_labels(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// Which files were read, a JSON object: {"config": "m/unet/config.json", "weights": ["m/unet/..."], "types": ["float16"], "note": "..."}.
// The note is a sentence where one might have thought of another file, else empty.
LGV_API int32_t lgv_model_files(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// Writes the model to `path` in a `format` of enum lgv_format, whole or not at all: under another name, flushed to the disk, then renamed.
// A file that is there is replaced; a folder that holds anything is an error. Blocks; any number of threads may do so at once.
LGV_API int32_t lgv_model_write(lgv_model* model, const char* path, int32_t format, lgv_error* error);

// What running `rows` images of height x width costs; 0 x 0 is the model's own size. Makes the program, packs its weights.
LGV_API int32_t lgv_model_plan(lgv_model* model, int32_t rows, int32_t height, int32_t width, lgv_plan_description* out_plan, int32_t plan_bytes,
                               lgv_error* error);

// The program as text, one line an op: name, op, shape, offset in the arena, bytes, flops, algorithm.
LGV_API int32_t lgv_model_dump(lgv_model* model, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity, int64_t* out_length,
                               lgv_error* error);

// What the program would cost on a GPU, which need not be here: the lines of lgv_model_dump as it would be lowered for it, each with bytes, flops and matrix instructions as
// counted from its launches, the floor (the larger of flops and bytes at what the GPU was measured to do) and the time that is predicted; the last lines say how.
// `gpu`: "a100", "h100" or "h200". LGV_UNSUPPORTED in a library that was built without CUDA.
LGV_API int32_t lgv_model_predict(lgv_model* model, const char* gpu, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity,
                                  int64_t* out_length, lgv_error* error);

// How the images of a batch are given: [C, H, W] each, one after the other.
enum lgv_pixels {
    LGV_PIXELS_UINT8 = 0,   // x0 = byte / 127.5 - 1
    LGV_PIXELS_FLOAT32 = 1  // x0 itself, in [-1, 1]
};

// Of a classifier (config.json: "_class_name": "LangevinClassifier"): what is on `count` images, [count, C, H, W] as `pixels` of enum lgv_pixels says.
// `out_logits`: [count, classes], the logarithms of the classes' probabilities but for one constant an image; the largest is the class that it sees.
// `out_features`: [count, features], what the last layer makes logits of: a place for each picture, near those that look alike; or NULL.
// 0 x 0 is the model's own size; where its config says one, it takes no other. Blocks; any number of threads may do so at once. Large batches run in
// chunks; convention 8 holds here too.
LGV_API int32_t lgv_model_classify(lgv_model* model, const void* images, int32_t pixels, int32_t height, int32_t width, int32_t count, float* out_logits,
                                   float* out_features, lgv_error* error);

LGV_API void lgv_model_close(lgv_model* model);

// ---- Denoiser -----------------------------------------------------------------------------------------------------------------------

typedef struct lgv_denoiser lgv_denoiser;

// Where a slot's noise comes from. noise(draw) is the slot's standard normal noise number `draw`: 0 is the start noise, then 1, 2, ...
enum lgv_noise {
    LGV_NOISE_PHILOX = 0,       // Philox4x32-10 keyed by the seed: the same on every device, made where it is needed
    LGV_NOISE_TORCH = 1,        // what torch.Generator("cpu").manual_seed(seed) gives an image of its own: draw k is the k-th randn(1, C, H, W)
    LGV_NOISE_TORCH_BATCH = 2,  // one such generator for all images of this kind in one join: draw k is the k-th randn(N, C, H, W)
    LGV_NOISE_WRITTEN = 3       // what the caller last wrote to LGV_PLANE_NOISE, whatever the draw
};

// An image that takes a slot.
typedef struct lgv_image {
    int32_t slot;           // a free one
    int32_t noise;          // enum lgv_noise
    int32_t height, width;  // 0 and 0: the model's own size
    uint64_t seed;          // images of one LGV_NOISE_TORCH_BATCH all have the same
    float start;            // x = start * noise(0); 0: x is zeros, and nothing is drawn
    int32_t reserved;       // 0
} lgv_image;

// One run of the network: out[slot] = sum over the slot's evaluations, in their order, of weight * net(s * x, t, condition).
// A network with *learned variance* makes twice the channels that it takes. Of its `out` the first half of the channels is summed with `weight`,
// the second half, called out2 below, with `weight_variance`. The network is not run where both are exactly 0.
typedef struct lgv_evaluation {
    int32_t slot;
    int32_t condition;      // entry of the denoiser's table of conditions; -1: none (of a model with labels: its none label; others with conditions need one)
    float t;                // timestep, as the network takes it
    float s;                // scale of the input
    float weight;
    float weight_variance;  // 0 for a network without learned variance
} lgv_evaluation;

// One move of one slot's image, elementwise, in this order; x, H and out are the values from before:
//     v  = p*x + q*out                                                 the clean image, as the network sees it
//     x0 = clamp(v, -limit, limit)                                     where quantile is 0; limit = INFINITY: as it is
//     x0 = clamp(v, -L, L) / L,  L = min(max(Q, 1), limit)             where it is not: Q is that quantile of |v| over the image
//     z  = noise(draw)                                                 variance 0
//     z  = noise(draw) * exp((w*logvar_hi + (1-w)*logvar_lo) / 2)      variance 1: learned range, w = (out2 + 1) / 2
//     z  = noise(draw) * sqrt(out2)                                    variance 2: learned
//     x' = a*x + b*x0 + e*out + d*z + c[0]*H[0] + c[1]*H[1] + c[2]*H[2] + c[3]*H[3]
//     x' = mask*(ka*known + kn*noise(known_draw)) + (1-mask)*x'        where ka or kn is not 0
//     H[save] = sx*x + s0*x0 + so*out + sh*H[save]                     where save is 0 to 3
//     x  = x'
// A coefficient of exactly 0 means that its operand is not read: NaN in an unused history slot, or a stale `out`, cannot reach the result.
// The sums above are evaluated from left to right in float32 with fused multiply-adds, starting from the first product. The quantile lies at
// quantile * (C*H*W - 1), rounded to float32, in the ascending order of |v|, linear between neighbours; NaN in v makes all of x0 NaN.
typedef struct lgv_update {
    int32_t slot;
    int32_t draw;      // number of the noise, where d is not 0
    int32_t save;      // history slot that is written, or -1
    int32_t variance;  // 0, 1 or 2; 1 and 2 want a network with learned variance
    float p, q, limit;
    float quantile;    // 0 to 1; 0: no thresholding
    float a, b, e, d;
    float c[4];
    float ka, kn;
    int32_t known_draw;  // number of the noise, where kn is not 0
    int32_t reserved;    // 0
    float sx, s0, so, sh;
    float logvar_lo, logvar_hi;
    int32_t reserved2[6];        // 0
} lgv_update;

// What a slot holds. Every plane is float32, [C, H, W] but for OUT and MASK; zeros until it is written. C: the channels that the network takes.
enum lgv_plane {
    LGV_PLANE_X = 0,        // the image
    LGV_PLANE_X0 = 1,       // the estimate of the clean image in the last update (read only)
    LGV_PLANE_OUT = 2,      // [K, H, W]: what the network said, K its out_channels; written by the caller of a denoiser without a model
    LGV_PLANE_NOISE = 3,    // `index` is the draw; written for LGV_NOISE_WRITTEN only, where the draw does not matter
    LGV_PLANE_HISTORY = 4,  // `index` is the history slot, 0 to 3
    LGV_PLANE_KNOWN = 5,    // the picture that updates with ka keep where the mask is 1
    LGV_PLANE_MASK = 6      // [H, W]: 1 where the picture is known, 0 where it is not, or a share between them
};

// A condition of the network: one of these, as its config's num_class_embeds and class_embed_type say.
enum lgv_condition_kind {
    LGV_CONDITION_LABEL = 0,     // a row of the class table
    LGV_CONDITION_TIMESTEP = 1,  // a number, embedded as the timestep is (class_embed_type "timestep")
    LGV_CONDITION_EMBEDDING = 2  // what is added to the embedding of the timestep (class_embed_type "identity")
};

// Only the fields of its kind are read.
typedef struct lgv_condition {
    int32_t kind;         // enum lgv_condition_kind
    int32_t label;        // LABEL: 0 to labels - 1
    float timestep;       // TIMESTEP
    int32_t count;        // EMBEDDING: how many numbers, the config's time_embedding_dim (where it is null, 4 times the first of block_out_channels)
    const float* values;  // EMBEDDING: copied
} lgv_condition;

// A denoiser with `slots` free slots (1 to 65,536). The memory of a slot is taken when an image joins.
LGV_API int32_t lgv_denoiser_open(lgv_model* model, int32_t slots, lgv_denoiser** out_denoiser, lgv_error* error);

// A denoiser without a network: steps have updates only, and the caller writes LGV_PLANE_OUT. Images have `channels` channels, OUT `out_channels`:
// as many, or twice as many where the outputs have learned variance. Images state their height and width.
LGV_API int32_t lgv_denoiser_open_bare(lgv_device* device, int32_t channels, int32_t out_channels, int32_t slots, lgv_denoiser** out_denoiser,
                                       lgv_error* error);

// Sets entry `index` (0 to 65,535) of the table of conditions, for the evaluations of later steps.
LGV_API int32_t lgv_denoiser_set_condition(lgv_denoiser* denoiser, int32_t index, const lgv_condition* condition, int32_t condition_bytes,
                                           lgv_error* error);

// Images take their slots and draw their start noise. All of them join, or none does.
LGV_API int32_t lgv_denoiser_join(lgv_denoiser* denoiser, const lgv_image* images, int32_t count, int32_t image_bytes, lgv_error* error);

// Frees slots; what they held is gone.
LGV_API int32_t lgv_denoiser_leave(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, lgv_error* error);

// Queues one step and returns: the evaluations, then the updates. Both arrays are copied. Any number of evaluations a slot, at most one update a slot.
// Either array may be empty. A fault of the device may surface in a later call.
LGV_API int32_t lgv_denoiser_step(lgv_denoiser* denoiser, const lgv_evaluation* evaluations, int32_t evaluation_count, int32_t evaluation_bytes,
                                  const lgv_update* updates, int32_t update_count, int32_t update_bytes, lgv_error* error);

// Blocks until step number `step` of this denoiser (the first is 1) has been done; 0: until everything that was queued has been done.
LGV_API int32_t lgv_denoiser_wait(lgv_denoiser* denoiser, int64_t step, lgv_error* error);

// Blocks until all that was queued before is done, then copies a plane of `count` slots to `out_values`, slot after slot.
// `value_count` is what there is room for, and must be the sum of the planes' numbers. `index` as enum lgv_plane says, else 0.
LGV_API int32_t lgv_denoiser_read(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, float* out_values,
                                  int64_t value_count, lgv_error* error);

// Queues the writing of a plane of `count` slots, from a copy of `values` (laid out as in lgv_denoiser_read).
LGV_API int32_t lgv_denoiser_write(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, const float* values,
                                   int64_t value_count, lgv_error* error);

// X of `count` slots as pictures, [count, H, W, C]: round(255 * clamp(x/2 + 1/2, 0, 1)) in float32, halves to the nearest even, NaN 0. These are the bytes that diffusers
// makes of a picture. Blocks; `bytes` must be count * H * W * C, and the slots of one size. A quarter of what lgv_denoiser_read brings over.
LGV_API int32_t lgv_denoiser_read_pictures(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, uint8_t* out_pixels, int64_t bytes, lgv_error* error);

// Queues the copying of a plane of `count` slots of one size into a tensor of the same device, and returns. The tensor is float32, laid out as in lgv_denoiser_read (its
// shape [count, C, H, W], of the mask [count, H, W]), or, of LGV_PLANE_X, uint8 [count, H, W, C], as in lgv_denoiser_read_pictures.
LGV_API int32_t lgv_denoiser_read_tensor(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, lgv_tensor* tensor, lgv_error* error);

// The way back, from a float32 tensor: queues, and copies nothing on the host.
LGV_API int32_t lgv_denoiser_write_tensor(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, lgv_tensor* tensor, lgv_error* error);

// Turns the profile of this denoiser's programs on (1, from zero) or off (0).
LGV_API int32_t lgv_denoiser_set_profiling(lgv_denoiser* denoiser, int32_t on, lgv_error* error);

// Blocks until all is done, then gives the profile since it was turned on, a JSON array with one object an op of the program:
// [{"name": "down_blocks.0.resnets.0.conv1", "op": "conv2d", "algorithm": "...", "launches": 50, "milliseconds": 81.2, "flops": 30198988800}, ...]
LGV_API int32_t lgv_denoiser_profile(lgv_denoiser* denoiser, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// Returns at once. Work that has not begun is dropped.
LGV_API void lgv_denoiser_close(lgv_denoiser* denoiser);

// ---- Trainer ------------------------------------------------------------------------------------------------------------------------

// Trains a network (Ho et al. 2020, algorithm 1, with the numbers of each image its own). An update is any number of lgv_trainer_accumulate (noise, forward
// pass, loss, backward pass: gradients are summed over images) and one lgv_trainer_apply (mean over those images, clipping, AdamW or Adam, moving averages).
//
//     lgv_trainer_open(device, config, NULL, NULL, &settings, sizeof settings, &trainer, &error);
//     for each batch:
//         lgv_trainer_accumulate(trainer, images, LGV_PIXELS_UINT8, 0, 0, rows, 128, sizeof *rows, NULL, NULL, &error);
//         lgv_trainer_apply(trainer, 2e-4, &decay, 1, &error);
//     lgv_trainer_model(trainer, 0, &model, &error);
//
// Weights, gradients, moments and averages are one flat float32 arena each, parameter after parameter (lgv_trainer_parameters). The same calls give the same
// bits, whatever the number of threads. A trainer is used by one thread at a time, as a denoiser is.
typedef struct lgv_trainer lgv_trainer;

enum lgv_optimizer {
    LGV_OPTIMIZER_ADAMW = 0,  // Loshchilov & Hutter 2019, as torch.optim.AdamW
    LGV_OPTIMIZER_ADAM = 1    // Kingma & Ba 2015, as torch.optim.Adam: weight decay is part of the gradient
};

enum lgv_initialisation {
    LGV_INITIALISATION_PYTORCH = 0,  // as PyTorch's layers begin: uniform in +-1/sqrt(fan in)
    LGV_INITIALISATION_HO = 1        // Ho et al. 2020: uniform by the mean of fan in and fan out, biases 0, the last layer of every branch 0
};

typedef struct lgv_trainer_settings {
    int32_t optimizer;       // enum lgv_optimizer
    int32_t initialisation;  // enum lgv_initialisation, of lgv_trainer_open
    uint64_t seed;           // of the initial weights
    double beta1, beta2;     // 0 <= beta < 1
    double eps;
    double weight_decay;
    double max_grad_norm;    // a gradient of larger norm is scaled down to this; INFINITY: never
    int32_t averages;        // moving averages of the weights that are kept, 0 to 4. They begin as the weights
    int32_t reserved;        // 0
} lgv_trainer_settings;

typedef struct lgv_trainer_description {
    int32_t in_channels, out_channels;  // out_channels 0: a classifier
    int32_t height, width;  // the config's sample_size
    int32_t labels, none_label;
    int32_t embedding;      // numbers in a class embedding; 0: the network takes none
    int32_t tensors;        // parameters, as tensors
    int64_t parameters;     // as numbers
    int64_t state_bytes;    // weights, gradients, moments and averages
    int64_t packed_bytes;   // packed forms of the weights made so far
} lgv_trainer_description;

// One image of a batch, with z its noise, z = noise(0) of purpose "training" of its seed unless the caller gives it:
//     x_t  = s*(a*x0 + b*z)                      what the network sees, at timestep t
//     loss = w * mean over C, H, W of (net(x_t, t, condition) - (u*x0 + v*z))^2
// a = sqrt(alpha_bar), b = sqrt(1 - alpha_bar), s = 1 and (u, v) = (0, 1) is Ho et al.'s; (1, 0) predicts x0, (-b, a) v (Salimans & Ho 2022).
// A coefficient of exactly 0 means that its operand is not read.
// A classifier sees x_t too (a = 1, b = 0, s = 1: the picture itself) and is told what is on it by `label`; t, u and v are not read, and
//     loss = -w * ln softmax(net(x_t))[label]
typedef struct lgv_training_row {
    float a, b, s, t;
    float w, u, v;
    int32_t label;         // of a network with a class table: 0 to labels - 1; -1: the none label. Of a classifier: 0 to classes - 1
    float class_timestep;  // of a network with class_embed_type "timestep"
    int32_t flip;          // 1: mirrored left to right
    uint64_t seed;         // of its noise and of its dropout masks
} lgv_training_row;

// What became of an update.
typedef struct lgv_training_metrics {
    int64_t update;        // the first is 1
    double loss;           // mean over its images
    double grad_norm;      // of the mean gradient, before clipping
    double learning_rate;
    int32_t images;
    int32_t skipped;       // 1: the gradient was not finite, and weights, moments and averages are as before
} lgv_training_metrics;

// The flat arenas: `parameters` float32 each.
enum lgv_arena {
    LGV_ARENA_WEIGHTS = 0,
    LGV_ARENA_GRADIENTS = 1,  // summed over the images accumulated since the last update; zeros after it
    LGV_ARENA_FIRST_MOMENTS = 2,
    LGV_ARENA_SECOND_MOMENTS = 3,
    LGV_ARENA_AVERAGE = 4     // the first moving average; + 1, + 2, + 3 the others
};

// A network from its config.json (the text). `scheduler`, `labels`: the texts of scheduler_config.json and labels.json, which every model made of the trainer
// holds; NULL: none. A classifier has no scheduler; its labels name its classes.
LGV_API int32_t lgv_trainer_open(lgv_device* device, const char* config, const char* scheduler, const char* labels, const lgv_trainer_settings* settings,
                                 int32_t settings_bytes, lgv_trainer** out_trainer, lgv_error* error);

// The network of a model, from its weights on (fine-tuning). The model stays as it is.
LGV_API int32_t lgv_trainer_open_from(lgv_model* model, const lgv_trainer_settings* settings, int32_t settings_bytes, lgv_trainer** out_trainer, lgv_error* error);

LGV_API int32_t lgv_trainer_describe(lgv_trainer* trainer, lgv_trainer_description* out_description, int32_t description_bytes, lgv_error* error);

// The order of the arenas, a JSON array: [{"name": "conv_in.weight", "shape": [32, 1, 3, 3], "offset": 0, "trained": true}, ...]; offsets in numbers. What is
// not trained (the frequencies of a Fourier embedding) keeps its value.
LGV_API int32_t lgv_trainer_parameters(lgv_trainer* trainer, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// What a batch of `rows` images costs: activations, their gradients and scratch (`rows` of the plan: images of one launch, larger batches run in chunks), and
// the flops of forward and backward pass. Makes the program. 0 x 0 is the config's own size.
LGV_API int32_t lgv_trainer_plan(lgv_trainer* trainer, int32_t rows, int32_t height, int32_t width, lgv_plan_description* out_plan, int32_t plan_bytes,
                                 lgv_error* error);

// The program of forward and backward pass as text, as lgv_model_dump.
LGV_API int32_t lgv_trainer_dump(lgv_trainer* trainer, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity, int64_t* out_length,
                                 lgv_error* error);

// Queues a batch and returns: its gradients are added to what was accumulated. `pixels`: enum lgv_pixels. 0 x 0 is the config's own size.
// `noise`: z of all images, [count, C, H, W], or NULL. `embeddings`: [count, embedding], of a network with class_embed_type "identity", else NULL.
// All is copied. Blocks while more than one batch or update is unfinished.
LGV_API int32_t lgv_trainer_accumulate(lgv_trainer* trainer, const void* images, int32_t pixels, int32_t height, int32_t width, const lgv_training_row* rows,
                                       int32_t count, int32_t row_bytes, const float* noise, const float* embeddings, lgv_error* error);

// Queues an update and returns. `decays`: the rate of each moving average for this update, averages of them.
LGV_API int32_t lgv_trainer_apply(lgv_trainer* trainer, double learning_rate, const double* decays, int32_t decay_count, lgv_error* error);

// Metrics of the updates `first`, first + 1, ... that are done, at most `capacity`; never waits. The last 4096 are kept: asking for an older one is an error.
LGV_API int32_t lgv_trainer_metrics(lgv_trainer* trainer, int64_t first, lgv_training_metrics* out_metrics, int32_t capacity, int32_t metrics_bytes,
                                    int32_t* out_count, lgv_error* error);

// Blocks until update number `update` has been done; 0: until everything that was queued has been done.
LGV_API int32_t lgv_trainer_wait(lgv_trainer* trainer, int64_t update, lgv_error* error);

// Blocks until all that was queued before is done, then copies numbers `offset` to offset + count - 1 of an arena (enum lgv_arena).
LGV_API int32_t lgv_trainer_read(lgv_trainer* trainer, int32_t arena, int64_t offset, float* out_values, int64_t count, lgv_error* error);

// The way back. Blocks likewise.
LGV_API int32_t lgv_trainer_write(lgv_trainer* trainer, int32_t arena, int64_t offset, const float* values, int64_t count, lgv_error* error);

// How many updates have been queued (`out_updates`), and how many of those that are done moved the weights (`out_moves`: updates less skipped ones; the step
// that Adam's bias correction counts). Blocks until all is done. With the arenas this is all of a trainer's state.
LGV_API int32_t lgv_trainer_progress(lgv_trainer* trainer, int64_t* out_updates, int64_t* out_moves, lgv_error* error);

// Goes on from there: sets both counts. Only before the first batch.
LGV_API int32_t lgv_trainer_resume(lgv_trainer* trainer, int64_t updates, int64_t moves, lgv_error* error);

// A model with a copy of the weights (`average` -1) or of a moving average (0 to averages - 1) as they are when all that was queued is done. Blocks.
LGV_API int32_t lgv_trainer_model(lgv_trainer* trainer, int32_t average, lgv_model** out_model, lgv_error* error);

// As lgv_denoiser_set_profiling and lgv_denoiser_profile; the ops of the backward pass are named after the layer, "... gradient".
LGV_API int32_t lgv_trainer_set_profiling(lgv_trainer* trainer, int32_t on, lgv_error* error);
LGV_API int32_t lgv_trainer_profile(lgv_trainer* trainer, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error);

// Returns at once. Work that has not begun is dropped.
LGV_API void lgv_trainer_close(lgv_trainer* trainer);

#ifdef __cplusplus
}
#endif

#endif
