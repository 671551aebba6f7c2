#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

std::string reason(int number) { return std::generic_category().message(number); }

// Open, and regular: a pipe would wait for a writer, a folder opens but cannot be read. Closes itself until it is taken.
struct Descriptor {
    int number = -1;
    int64_t size = 0;
    int64_t changed = 0;

    explicit Descriptor(const std::filesystem::path& path) : number(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (number < 0) fail(Code::model, path.string(), ": ", reason(errno));
        struct stat about {};
        const int status = fstat(number, &about);
        const int problem = errno;
        if (status == 0 && S_ISREG(about.st_mode)) {
            size = about.st_size;
            changed = nanoseconds(about.st_mtim);
            return;
        }
        close(number);
        if (status != 0) fail(Code::model, path.string(), ": ", reason(problem));
        fail(Code::model, path.string(), " is ", S_ISDIR(about.st_mode) ? "a folder" : "no regular file", ", wanted a file");
    }
    ~Descriptor() {
        if (number >= 0) close(number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

void read_at(int descriptor, const std::filesystem::path& path, int64_t offset, int64_t count, char* to) {
    while (count > 0) {
        const ssize_t got = pread(descriptor, to, size_t(count), offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(Code::model, path.string(), ": ", reason(errno), " at byte ", offset);
        if (got == 0) fail(Code::model, path.string(), " ends at byte ", offset, ", ", count, " bytes are missing");
        to += got;
        offset += got;
        count -= got;
    }
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
    Descriptor file(path);
    if (file.size > 0) {
        void* map = mmap(nullptr, size_t(file.size), PROT_READ, MAP_PRIVATE, file.number, 0);
        if (map == MAP_FAILED) fail(errno == ENOMEM ? Code::memory : Code::model, path.string(), ": cannot be mapped: ", reason(errno));
        data_ = static_cast<std::byte*>(map);
    }
    size_ = file.size;
    changed_ = file.changed;
    descriptor_ = std::exchange(file.number, -1);
}

MappedFile::~MappedFile() {
    if (data_) munmap(data_, size_t(size_));
    if (descriptor_ >= 0) close(descriptor_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)), changed_(other.changed_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(changed_, other.changed_);
    return *this;
}

void MappedFile::read(int64_t offset, int64_t count, void* out) const {
    expect(offset >= 0 && count >= 0 && offset <= size_ && count <= size_ - offset, Code::model, path_.string(), ": bytes ", offset, " to ", offset,
           " + ", count, " are beyond its end, ", size_);
    read_at(descriptor_, path_, offset, count, static_cast<char*>(out));
}

void MappedFile::expect_unchanged() const {
    struct stat about {};
    if (fstat(descriptor_, &about) != 0) fail(Code::model, path_.string(), ": ", reason(errno));
    expect(about.st_size == size_, Code::model, path_.string(), " was changed while it was open: ", size_, " bytes then, ", int64_t{about.st_size}, " now");
    expect(nanoseconds(about.st_mtim) == changed_, Code::model, path_.string(), " was changed while it was open: open it again");
}

std::string read_text(const std::filesystem::path& path, int64_t most) {
    const Descriptor file(path);
    expect(file.size <= most, Code::model, path.string(), " has ", file.size, " bytes, wanted a text of at most ", most);
    std::string out(size_t(file.size), '\0');
    read_at(file.number, path, 0, file.size, out.data());
    return out;
}

}  // namespace lgv
