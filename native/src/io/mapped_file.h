// A file in memory, read-only, its pages fetched when they are touched.
//
// The size is taken once, at the opening. Should another program shorten the file afterwards, touching a page past its new end raises
// SIGBUS, which would end the whole process: therefore what must be checked before it is trusted (headers) is read with read(), which
// reports a short file as an error, and expect_whole() is called before a long pass over the pages. Replacing a file by rename is safe:
// the map keeps the old one.
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

    // An Error if the file has become shorter since it was opened.
    void expect_whole() const;

    // Gives the memory of the whole pages within the range back; touched again, they are fetched again.
    void release(int64_t offset, int64_t count) const;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::byte* data_ = nullptr;
    int64_t size_ = 0;
};

// The content of a small text file. An Error if it is missing, no regular file, or longer than `most` bytes.
std::string read_text(const std::filesystem::path& path, int64_t most = 16 << 20);

}  // namespace lgv
