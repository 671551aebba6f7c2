// lgv_parity CASE_FOLDER...: golden cases of the kinds unet and noise through the library, a line a comparison on stdout.
// Exit code 1 if something failed. tests/parity/run is what people call.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "parity/golden.h"
#include "parity/kinds.h"
#include "parity/verdict.h"

namespace {

using namespace lgv::parity;

std::vector<Verdict> check(const std::filesystem::path& folder) {
    const char* what = "case";
    try {
        const Golden golden(folder);
        const std::string kind = golden.kind();
        if (kind == "unet") what = "output";
        if (kind == "noise") what = "normals";
        if (kind == "unet") return check_unet(golden);
        if (kind == "noise") return check_noise(golden);
        return {unsupported(what, "kind " + kind + " is not one that is compared from C++")};
    } catch (const std::exception& broken) {
        return {failed(what, broken.what())};
    }
}

}  // namespace

int main(int count, char** arguments) {
    bool bad = false;
    for (int i = 1; i < count; ++i) {
        const std::filesystem::path folder = std::filesystem::absolute(arguments[i]).lexically_normal();
        const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
        for (const Verdict& verdict : check(folder)) {
            std::puts(to_line(name, verdict).c_str());
            bad |= verdict.outcome == Outcome::fail;
        }
        std::fflush(stdout);
    }
    return bad ? 1 : 0;
}
