// Opens models whose files are hostile: each input is a model of corpus/ with one file changed, and is opened, looked at and read, or refused
// with an Error that names the file. Anything else ends the program with the input's number. Nothing is left behind but by a crash.
//
//     lgv_fuzz_models [COUNT | SECONDS"s"] [FIRST]      inputs FIRST, FIRST + 1, ...; without arguments LANGEVIN_FUZZ, or 20s
//     lgv_fuzz_models 1 4711                            one input again
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/model_files.h"
#include "session/model.h"
#include "tests/fuzz/mutate.h"
#include "tests/io/temporary_folder.h"

namespace lgv::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int64_t most_kilobytes = int64_t{2} << 20;  // what the process may have grown to: the sanitizers keep much of what was freed
constexpr double most_seconds = 60;                   // for one input, on a machine that is busy with other things

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void put(const fs::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

struct Seed {
    fs::path model;               // what is opened
    std::vector<fs::path> files;  // what is changed, one at a time
};

class Fuzz {
public:
    Fuzz() : device_(Device::open("cpu", 1)) {
        fs::copy(LANGEVIN_SOURCE_DIR "/native/tests/fuzz/corpus", root_, fs::copy_options::recursive);
        for (const fs::directory_entry& entry : fs::directory_iterator(root_)) seeds_.push_back({entry.path(), {}});
        std::sort(seeds_.begin(), seeds_.end(), [](const Seed& a, const Seed& b) { return a.model < b.model; });
        for (Seed& seed : seeds_) {
            if (fs::is_regular_file(seed.model)) {
                seed.files = {seed.model};
            } else {
                for (const fs::directory_entry& file : fs::recursive_directory_iterator(seed.model)) {
                    if (file.is_regular_file()) seed.files.push_back(file.path());
                }
            }
            std::sort(seed.files.begin(), seed.files.end());
            for (const fs::path& file : seed.files) bytes_[file] = content(file);
            look(seed.model);  // unchanged, it is a model
        }
    }

    void run(uint64_t number) {
        std::mt19937_64 random(number);
        const Seed& seed = seeds_[random() % seeds_.size()];
        const fs::path& file = seed.files[random() % seed.files.size()];
        const Seed& other = seeds_[random() % seeds_.size()];
        put(file, mutated(bytes_[file], file.extension() == ".safetensors", bytes_[other.files[random() % other.files.size()]], random));
        const auto begin = Clock::now();
        try {
            look(seed.model);
            ++opened_;
        } catch (const Error& error) {
            const std::string said = error.what();
            const bool is_of_the_file = error.code() == Code::model || error.code() == Code::unsupported;
            if (!is_of_the_file || said.find(root_.string()) == std::string::npos) throw std::runtime_error(text("status ", int(error.code()), ": ", said));
        }
        slowest_ = std::max(slowest_, std::chrono::duration<double>(Clock::now() - begin).count());
        if (slowest_ > most_seconds) throw std::runtime_error(text("took ", slowest_, " s"));
        put(file, bytes_[file]);
    }

    std::string summary() const { return text(opened_, " opened, slowest ", slowest_, " s"); }

private:
    // All that reads what the files say, short of computing with it. One copy in 16 is written and opened: that waits for the disk.
    void look(const fs::path& path) {
        const std::shared_ptr<Model> model = Model::open(device_, path.string());
        if (model->describe().parameters < 0 || model->files_text().empty() || model->texts().config.json.empty()) throw std::runtime_error("an empty model was opened");
        const ModelFiles files = open_model_files(path);
        for (const Safetensors& file : files.weights.files()) {
            for (const Safetensors::Entry& entry : file.entries()) {
                std::vector<float> values(size_t(file.view(entry).elements()));
                file.read(entry, values.data());
            }
        }
        if (opened_ % 16 != 0) return;
        const fs::path copy = root_ / "copy.safetensors";
        model->write(copy.string(), LGV_FORMAT_FILE_BF16);
        try {
            const std::shared_ptr<Model> again = Model::open(device_, copy.string());
            if (again->texts().config.json != model->texts().config.json) throw std::runtime_error("the copy has another config");
        } catch (const Error& error) {
            throw std::runtime_error(text("what was written is refused: ", error.what()));
        }
        fs::remove(copy);
    }

    TemporaryFolder folder_;
    fs::path root_ = folder_.path() / "models";
    std::shared_ptr<Device> device_;
    std::vector<Seed> seeds_;
    std::map<fs::path, std::string> bytes_;
    uint64_t opened_ = 0;
    double slowest_ = 0;
};

int run(const std::string& amount, uint64_t first) {
    const bool timed = amount.ends_with('s');
    const uint64_t wanted = std::strtoull(amount.c_str(), nullptr, 10);
    if (wanted == 0) {
        std::cerr << "usage: lgv_fuzz_models [COUNT | SECONDS\"s\"] [FIRST]\n";
        return 2;
    }
    // Files in memory, where there is such a place: a disk would be waited for.
    if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", 0);
    Fuzz fuzz;
    const auto begin = Clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    uint64_t done = 0;
    for (; timed ? seconds() < double(wanted) : done < wanted; ++done) {
        try {
            fuzz.run(first + done);
        } catch (const std::exception& problem) {
            std::cerr << "input " << first + done << ": " << problem.what() << "\nagain:  lgv_fuzz_models 1 " << first + done << "\n";
            return 1;
        }
        if (done % 10000 == 9999) std::cerr << done + 1 << " inputs, " << int64_t(seconds()) << " s, " << fuzz.summary() << std::endl;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << done << " inputs from " << first << ": 0 crashes, " << fuzz.summary() << ", " << usage.ru_maxrss / 1024 << " MiB at most, " << int64_t(seconds())
              << " s\n";
    if (usage.ru_maxrss <= most_kilobytes) return 0;
    std::cerr << "more memory than " << most_kilobytes / 1024 << " MiB\n";
    return 1;
}

}  // namespace
}  // namespace lgv::fuzz

int main(int count, char** arguments) {
    const char* from_environment = std::getenv("LANGEVIN_FUZZ");
    const std::string amount = count > 1 ? arguments[1] : from_environment != nullptr && *from_environment != 0 ? from_environment : "20s";
    return lgv::fuzz::run(amount, count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 0);
}
