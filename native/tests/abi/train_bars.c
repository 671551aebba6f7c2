// Training from C: pictures of 8 x 8 with one bright row or one bright column, 200 updates of Ho et al. 2020's objective, a model taken from the moving
// average. An example, and a test: the loss must have fallen to a fifth, and no handle may be left.
//
//     cc train_bars.c -I native/include -L build/release/lib -llangevin -lm -Wl,-rpath,build/release/lib && ./a.out
#include <langevin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { train_steps = 1000, updates = 200, batch = 32, size = 8 };

static const char* const config =
    "{\"_class_name\": \"UNet2DModel\", \"sample_size\": 8, \"in_channels\": 1, \"out_channels\": 1, \"block_out_channels\": [16, 32], \"layers_per_block\": 1,"
    " \"down_block_types\": [\"DownBlock2D\", \"DownBlock2D\"], \"up_block_types\": [\"UpBlock2D\", \"UpBlock2D\"], \"norm_num_groups\": 4,"
    " \"num_class_embeds\": 2, \"add_attention\": false}";

static void check(int32_t status, const lgv_error* error) {
    if (status == LGV_OK) return;
    fprintf(stderr, "error: %s\n", error->message);
    exit(1);
}

// Picture number n: its class is n % 2, row or column; the rest of n says which.
static void draw(int n, uint8_t* pixels) {
    for (int y = 0; y < size; ++y)
        for (int x = 0; x < size; ++x) pixels[y * size + x] = (n % 2 == 0 ? y : x) == n / 2 % size ? 255 : 0;
}

int main(void) {
    lgv_error error;
    lgv_device* device;
    lgv_trainer* trainer;
    lgv_model* model;
    const lgv_trainer_settings settings = {.optimizer = LGV_OPTIMIZER_ADAMW, .initialisation = LGV_INITIALISATION_HO, .seed = 1, .beta1 = 0.9, .beta2 = 0.999,
                                           .eps = 1e-8, .weight_decay = 0.01, .max_grad_norm = 1, .averages = 1};
    check(lgv_device_open("cpu", 0, &device, &error), &error);
    check(lgv_trainer_open(device, config, NULL, NULL, &settings, sizeof settings, &trainer, &error), &error);

    float alpha_bar[train_steps];  // the linear schedule
    double product = 1;
    for (int t = 0; t < train_steps; ++t) {
        product *= 1 - (1e-4 + (0.02 - 1e-4) * t / (train_steps - 1));
        alpha_bar[t] = (float)product;
    }
    static uint8_t images[batch * size * size];
    lgv_training_row rows[batch];
    for (int update = 0; update < updates; ++update) {
        for (int i = 0; i < batch; ++i) {
            const int n = update * batch + i, t = n * 397 % train_steps;  // every timestep has its turn
            draw(n, images + i * size * size);
            rows[i] = (lgv_training_row){.a = sqrtf(alpha_bar[t]), .b = sqrtf(1 - alpha_bar[t]), .s = 1, .t = (float)t, .w = 1, .u = 0, .v = 1, .label = n % 2,
                                         .seed = (uint64_t)n};
        }
        const double decay = 1 - 1 / (1.0 + update / 10.0);  // the average of about the last tenth
        check(lgv_trainer_accumulate(trainer, images, LGV_PIXELS_UINT8, 0, 0, rows, batch, sizeof rows[0], NULL, NULL, &error), &error);
        check(lgv_trainer_apply(trainer, 2e-3, &decay, 1, &error), &error);
    }
    check(lgv_trainer_model(trainer, 0, &model, &error), &error);  // waits for all of it

    static lgv_training_metrics metrics[updates];
    int32_t count;
    check(lgv_trainer_metrics(trainer, 1, metrics, updates, sizeof metrics[0], &count, &error), &error);
    double last = 0;
    for (int i = updates - 20; i < updates; ++i) last += metrics[i].loss / 20;
    printf("loss %.4f at first, %.4f in the last 20 of %d updates\n", metrics[0].loss, last, (int)count);

    lgv_model_close(model);
    lgv_trainer_close(trainer);
    lgv_device_close(device);
    if (!(last < metrics[0].loss / 5)) return fprintf(stderr, "error: the loss has not fallen to a fifth\n"), 1;
    return lgv_live_handles() == 0 ? 0 : 1;
}
