#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot(const fs::path& path, int number) {
    // A disk that is full or broken is not the caller's mistake; a path that cannot be is.
    const bool disk = number == ENOSPC || number == EDQUOT || number == EIO;
    fail(number == ENOMEM ? Code::memory : disk ? Code::fault : Code::argument, path.string(), " cannot be written: ", std::generic_category().message(number));
}

// Without a slash at the end.
fs::path clean(const fs::path& path) {
    expect(!path.empty(), Code::argument, "the path to write to is empty");
    return path.has_filename() ? path : path.parent_path();
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// Calls make(name) with names beside `path`, numbered within this process, until one is free.
template <class Make>
fs::path beside(const fs::path& path, const Make& make) {
    for (int number = 0;; ++number) {
        const fs::path name = folder_of(path) / text(".", path.filename().string(), ".", getpid(), "-", number, ".tmp");
        if (make(name)) return name;
        if (errno != EEXIST) cannot(path, errno);
    }
}

// The entries of a folder, its names, are on the disk only when the folder itself is.
void sync_folder(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) cannot(folder, errno);
    const int status = fsync(descriptor);
    const int problem = errno;
    close(descriptor);
    if (status != 0 && problem != EINVAL) cannot(folder, problem);  // EINVAL: a file system that has no such thing
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path) {
    expect(path.has_filename(), Code::argument, "\"", path.string(), "\" is no name of a file");
    struct stat about {};
    if (lstat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
        fail(Code::argument, path.string(), " is ", S_ISDIR(about.st_mode) ? "a folder" : "no regular file", ", and will not be replaced by one");
    }
    temporary_ = beside(path, [this](const fs::path& name) {
        descriptor_ = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        return descriptor_ >= 0;
    });
}

AtomicFile::~AtomicFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, int64_t bytes) {
    const auto* from = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t written = ::write(descriptor_, from, size_t(std::min<int64_t>(bytes, 1 << 30)));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) cannot(path_, errno);
        from += written;
        bytes -= written;
    }
}

void AtomicFile::commit() {
    if (fsync(descriptor_) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) cannot(path_, errno);
    close(std::exchange(descriptor_, -1));
    sync_folder(folder_of(path_));
}

AtomicFolder::AtomicFolder(const fs::path& path) : path_(clean(path)) {
    temporary_ = beside(path_, [](const fs::path& name) { return mkdir(name.c_str(), 0777) == 0; });
}

AtomicFolder::~AtomicFolder() {
    std::error_code ignored;  // what cannot be removed stays under its temporary name
    if (!committed_) fs::remove_all(temporary_, ignored);
}

fs::path AtomicFolder::folder(const fs::path& name) {
    const fs::path made = temporary_ / name;
    if (mkdir(made.c_str(), 0777) != 0) cannot(made, errno);
    return made;
}

void AtomicFolder::commit() {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(temporary_)) {
        if (entry.is_directory()) sync_folder(entry.path());
    }
    sync_folder(temporary_);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        expect(errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR, Code::argument, path_.string(), " is there already; write to another name, or remove it first");
        cannot(path_, errno);
    }
    committed_ = true;
    sync_folder(folder_of(path_));
}

void write_text(const fs::path& path, std::string_view text) {
    AtomicFile file(path);
    file.write(text.data(), int64_t(text.size()));
    file.commit();
}

}  // namespace lgv
