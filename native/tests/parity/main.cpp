// lgv_parity [--device NAME] [--plans FOLDER] CASE_FOLDER...: golden cases of the kinds unet, noise and (with plans) pipeline through the library, a line a
// comparison on stdout. Exit code 1 if something failed. tests/parity/run is what people call; lgv_parity_simt is the same with the emulator for a GPU.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "parity/golden.h"
#include "parity/handles.h"
#include "parity/kinds.h"
#include "parity/linked.h"
#include "parity/verdict.h"

namespace {

using namespace lgv::parity;

std::vector<Verdict> check(const std::filesystem::path& folder, const Setup& setup) {
    const char* what = "case";
    try {
        const Golden golden(folder);
        const std::string kind = golden.kind();
        if (kind == "unet") what = "output";
        if (kind == "noise") what = "normals";
        if (kind == "pipeline") what = "images";
        if (kind == "unet") return check_unet(golden, setup);
        if (kind == "noise") return check_noise(golden);
        if (kind == "pipeline") return check_pipeline(golden, setup);
        return {unsupported(what, "kind " + kind + " is not one that is compared from C++")};
    } catch (const Refusal& refusal) {
        return {refusal.status == LGV_UNSUPPORTED ? unsupported(what, refusal.what()) : failed(what, refusal.what())};
    } catch (const std::exception& broken) {
        return {failed(what, broken.what())};
    }
}

// A GPU that is not there is no verdict on the library.
bool is_there(const std::string& device) {
    try {
        open<Device>(lgv_device_open, lgv_device_close, device.c_str(), 0);
    } catch (const Refusal& refusal) {
        if (refusal.status != LGV_NO_DEVICE) throw;
        std::printf("skipped: no CUDA device (%s)\n", refusal.what());
        return false;
    }
    return true;
}

int run(std::span<const std::string> arguments) {
    Setup setup;
    size_t first = 0;
    for (; first + 1 < arguments.size() && arguments[first].starts_with("--"); first += 2) {
        if (arguments[first] == "--device") setup.device = arguments[first + 1];
        else if (arguments[first] == "--plans") setup.plans = arguments[first + 1];
        else break;
    }
    if (first == arguments.size() || arguments[first].starts_with("--")) {
        std::fputs("usage: lgv_parity [--device NAME] [--plans FOLDER] CASE_FOLDER...\n", stderr);
        return 2;
    }
    if (!is_there(setup.device)) return 0;
    bool bad = false;
    for (const std::string& argument : arguments.subspan(first)) {
        const std::filesystem::path folder = std::filesystem::absolute(argument).lexically_normal();
        const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
        std::vector<Verdict> verdicts = check(folder, setup);
        for (const std::string& finding : take_findings()) verdicts.push_back(failed("kernels", finding));
        for (const Verdict& verdict : verdicts) {
            std::puts(to_line(name, verdict).c_str());
            bad |= verdict.outcome == Outcome::fail;
        }
        std::fflush(stdout);
    }
    return bad ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
    begin_program();
    int code = 2;
    try {
        code = run(std::vector<std::string>(arguments + 1, arguments + count));
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "lgv_parity: %s\n", broken.what());
    }
    end_program(code);
}
