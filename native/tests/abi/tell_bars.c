// A classifier from C: it learns to tell pictures of 8 x 8 with one bright row from those with one bright column, and is asked about noisy ones that it has not
// seen. An example, and a test: all answers must be right, and no handle may be left.
//
//     cc tell_bars.c -I native/include -L build/release/lib -llangevin -lm -Wl,-rpath,build/release/lib && ./a.out
#include <langevin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { updates = 100, batch = 32, size = 8, classes = 2, features = 8, asked = 64 };

static const char* const config =
    "{\"_class_name\": \"LangevinClassifier\", \"sample_size\": 8, \"in_channels\": 1, \"block_out_channels\": [8, 16], \"layers_per_block\": 1,"
    " \"norm_num_groups\": 4, \"features\": 8, \"num_classes\": 2}";

static void check(int32_t status, const lgv_error* error) {
    if (status == LGV_OK) return;
    fprintf(stderr, "error: %s\n", error->message);
    exit(1);
}

// Picture number n: its class is n % 2, row or column; the rest of n says which, and how noisy it is where.
static void draw(uint32_t n, uint8_t* pixels) {
    uint32_t noise = 2654435761u * (n + 1);
    for (uint32_t y = 0; y < size; ++y)
        for (uint32_t x = 0; x < size; ++x) {
            noise = 1664525u * noise + 1013904223u;
            pixels[y * size + x] = (uint8_t)(((n % 2 == 0 ? y : x) == n / 2 % size ? 160 : 40) + (noise >> 24) / 4);
        }
}

int main(void) {
    lgv_error error;
    lgv_device* device;
    lgv_trainer* trainer;
    lgv_model* model;
    const lgv_trainer_settings settings = {.optimizer = LGV_OPTIMIZER_ADAMW, .initialisation = LGV_INITIALISATION_PYTORCH, .seed = 1, .beta1 = 0.9, .beta2 = 0.999,
                                           .eps = 1e-8, .weight_decay = 0.01, .max_grad_norm = 1};
    check(lgv_device_open("cpu", 0, &device, &error), &error);
    check(lgv_trainer_open(device, config, NULL, "[\"row\", \"column\"]", &settings, sizeof settings, &trainer, &error), &error);
    static uint8_t images[asked * size * size];
    lgv_training_row rows[batch];
    for (uint32_t update = 0; update < updates; ++update) {
        for (uint32_t i = 0; i < batch; ++i) {
            const uint32_t n = update * batch + i;
            draw(n, images + i * size * size);
            rows[i] = (lgv_training_row){.a = 1, .b = 0, .s = 1, .w = 1, .label = (int32_t)(n % 2)};
        }
        check(lgv_trainer_accumulate(trainer, images, LGV_PIXELS_UINT8, 0, 0, rows, batch, sizeof rows[0], NULL, NULL, &error), &error);
        check(lgv_trainer_apply(trainer, 3e-3, NULL, 0, &error), &error);
    }
    check(lgv_trainer_model(trainer, -1, &model, &error), &error);

    static float logits[asked * classes], places[asked * features];
    for (uint32_t i = 0; i < asked; ++i) draw(1000000 + i, images + i * size * size);
    check(lgv_model_classify(model, images, LGV_PIXELS_UINT8, 0, 0, asked, logits, places, &error), &error);
    int right = 0;
    for (int i = 0; i < asked; ++i) right += (logits[2 * i + 1] > logits[2 * i]) == i % 2;
    printf("%d of %d are right\n", right, (int)asked);

    // What is missing is refused by its name, and nothing is written.
    logits[0] = 7;
    const int refused = lgv_model_classify(NULL, images, LGV_PIXELS_UINT8, 0, 0, 1, logits, NULL, &error) == LGV_ARGUMENT &&
                        lgv_model_classify(model, NULL, LGV_PIXELS_UINT8, 0, 0, 1, logits, NULL, &error) == LGV_ARGUMENT &&
                        lgv_model_classify(model, images, LGV_PIXELS_UINT8, 0, 0, 1, NULL, NULL, &error) == LGV_ARGUMENT &&
                        lgv_model_classify(model, images, LGV_PIXELS_UINT8, 9, 9, 1, logits, NULL, &error) == LGV_ARGUMENT && logits[0] == 7;

    lgv_model_close(model);
    lgv_trainer_close(trainer);
    lgv_device_close(device);
    if (right != asked || !refused) return fprintf(stderr, "error: %s\n", refused ? "not all are right" : "something was not refused"), 1;
    return lgv_live_handles() == 0 ? 0 : 1;
}
