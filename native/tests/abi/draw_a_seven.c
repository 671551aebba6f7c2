// Langevin from C: a digit in 50 steps of DDIM (Song et al. 2021), written as seven.pgm. The C example of README.md, and a test.
//
//     cc draw_a_seven.c -I native/include -L build/release/lib -llangevin -lm -Wl,-rpath,build/release/lib && ./a.out models/mnist.safetensors
#include <langevin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { train_steps = 1000, steps = 50, size = 28 };

static void check(int32_t status, const lgv_error* error) {
    if (status == LGV_OK) return;
    fprintf(stderr, "error: %s\n", error->message);
    exit(1);
}

static double level(double share) {
    const double angle = (share + 0.008) / 1.008 * 1.5707963267948966;
    return cos(angle) * cos(angle);
}

int main(int count, char** arguments) {
    const char* folder = count > 1 ? arguments[1] : LANGEVIN_SOURCE_DIR "/models/mnist.safetensors";
    lgv_error error;
    lgv_device* device;
    lgv_model* model;
    lgv_denoiser* denoiser;
    check(lgv_device_open("cpu", 0, &device, &error), &error);
    check(lgv_model_open(device, folder, &model, &error), &error);
    check(lgv_denoiser_open(model, 1, &denoiser, &error), &error);

    const lgv_condition seven = {.kind = LGV_CONDITION_LABEL, .label = 7};
    const lgv_image image = {.slot = 0, .noise = LGV_NOISE_PHILOX, .seed = 11, .start = 1};
    check(lgv_denoiser_set_condition(denoiser, 0, &seven, sizeof seven, &error), &error);
    check(lgv_denoiser_join(denoiser, &image, 1, sizeof image, &error), &error);

    double alpha_bar[train_steps];  // the cosine schedule of Nichol & Dhariwal 2021
    double product = 1;
    for (int t = 0; t < train_steps; ++t) {
        const double kept = level((t + 1) / (double)train_steps) / level(t / (double)train_steps);
        product *= kept > 0.001 ? kept : 0.001;
        alpha_bar[t] = product;
    }
    for (int i = steps - 1; i >= 0; --i) {
        const int t = i * (train_steps / steps), next = t - train_steps / steps;
        const double from = alpha_bar[t], to = next >= 0 ? alpha_bar[next] : 1;
        const lgv_evaluation evaluation = {.slot = 0, .condition = 0, .t = (float)t, .s = 1, .weight = 1};
        // The network says v (Salimans & Ho 2022): x0 = sqrt(from) x - sqrt(1 - from) v, noise = sqrt(1 - from) x + sqrt(from) v.
        const lgv_update update = {.slot = 0, .save = -1,
                                   .p = (float)sqrt(from), .q = (float)-sqrt(1 - from), .limit = 1,
                                   .a = (float)(sqrt(1 - to) * sqrt(1 - from)), .b = (float)sqrt(to), .e = (float)(sqrt(1 - to) * sqrt(from))};
        check(lgv_denoiser_step(denoiser, &evaluation, 1, sizeof evaluation, &update, 1, sizeof update, &error), &error);
    }

    uint8_t pixels[size * size];
    check(lgv_denoiser_read_pictures(denoiser, &image.slot, 1, pixels, sizeof pixels, &error), &error);
    FILE* file = fopen("seven.pgm", "wb");
    if (file == NULL) return perror("seven.pgm"), 1;
    fprintf(file, "P5 %d %d 255\n", size, size);
    fwrite(pixels, 1, sizeof pixels, file);
    fclose(file);

    lgv_denoiser_close(denoiser);
    lgv_model_close(model);
    lgv_device_close(device);
    printf("seven.pgm; %lld handles are open\n", (long long)lgv_live_handles());
    return lgv_live_handles() == 0 ? 0 : 1;
}
