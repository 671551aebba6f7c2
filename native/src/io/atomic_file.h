// Files and folders that come into being whole or not at all: written under a name of their own beside the target, brought to the disk, then
// renamed. Whoever looks sees the old one or the new one; a program that is killed leaves a name that ends with ".tmp" and harms nobody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace lgv {

// A file. It replaces a regular file that is there, and nothing else.
class AtomicFile {
public:
    explicit AtomicFile(const std::filesystem::path& path);
    ~AtomicFile();  // without commit(): what was written goes
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, int64_t bytes);
    void commit();

private:
    std::filesystem::path path_, temporary_;
    int descriptor_ = -1;
};

// A folder, for files that are written into temporary(). It replaces nothing but an empty folder.
class AtomicFolder {
public:
    explicit AtomicFolder(const std::filesystem::path& path);
    ~AtomicFolder();
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;

    const std::filesystem::path& temporary() const { return temporary_; }
    std::filesystem::path folder(const std::filesystem::path& name);  // one within it, made here
    void commit();

private:
    std::filesystem::path path_, temporary_;
    bool committed_ = false;
};

// A whole text file.
void write_text(const std::filesystem::path& path, std::string_view text);

}  // namespace lgv
