// A file in memory, read-only, its pages fetched when they are touched.
//
// The size is taken once, at the opening. Should another program shorten the file afterwards, touching a page past its new end raises
// SIGBUS, which would end the whole process: therefore what is not ours (headers and weights of models) is read with read(), which reports a
// short file as an error; the map is for files that a program made itself. Replacing a file by rename is safe: this keeps the old one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace lgv {

class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;

    const std::byte* data() const { return data_; }  // nullptr of an empty file
    int64_t size() const { return size_; }
    const std::filesystem::path& path() const { return path_; }

    // Copies `count` bytes at `offset` by reading, not through the map.
    void read(int64_t offset, int64_t count, void* out) const;

    // An Error if the file has been written to since it was opened.
    void expect_unchanged() const;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::byte* data_ = nullptr;
    int64_t size_ = 0;
    int64_t changed_ = 0;  // when, in nanoseconds
};

// The content of a small text file. An Error if it is missing, no regular file, or longer than `most` bytes.
std::string read_text(const std::filesystem::path& path, int64_t most = 16 << 20);

}  // namespace lgv
