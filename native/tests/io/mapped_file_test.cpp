#include "io/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

std::string content(const MappedFile& file) { return std::string(reinterpret_cast<const char*>(file.data()), size_t(file.size())); }

TEST(MappedFile, shows_the_bytes_of_a_file) {
    const TemporaryFolder folder;
    const MappedFile file(folder.write("a", "hello"));
    EXPECT_EQ(content(file), "hello");
    char part[3];
    file.read(1, 3, part);
    EXPECT_EQ(std::string(part, 3), "ell");
    EXPECT_EQ(error_of([&] { file.read(3, 3, part); }), text("2: ", file.path().string(), ": bytes 3 to 3 + 3 are beyond its end, 5"));
    EXPECT_EQ(error_of([&] { file.read(INT64_MAX, INT64_MAX, part); }).substr(0, 3), "2: ");
    EXPECT_EQ(error_of([&] { file.read(-1, 1, part); }).substr(0, 3), "2: ");
}

TEST(MappedFile, an_empty_file_has_no_bytes) {
    const TemporaryFolder folder;
    const MappedFile file(folder.write("a", ""));
    EXPECT_EQ(file.size(), 0);
    file.expect_unchanged();
}

TEST(MappedFile, moves_leave_nothing_behind) {
    const TemporaryFolder folder;
    MappedFile first(folder.write("a", "first"));
    MappedFile second(folder.write("b", "second"));
    MappedFile moved(std::move(first));
    EXPECT_EQ(content(moved), "first");
    moved = std::move(second);
    EXPECT_EQ(content(moved), "second");
}

TEST(MappedFile, refuses_what_is_no_regular_file) {
    const TemporaryFolder folder;
    const std::string path = folder.path().string();
    EXPECT_EQ(error_of([&] { MappedFile file(path + "/no"); }), "2: " + path + "/no: No such file or directory");
    EXPECT_EQ(error_of([&] { MappedFile file{folder.path()}; }), "2: " + path + " is a folder, wanted a file");
    ASSERT_EQ(mkfifo((path + "/pipe").c_str(), 0600), 0);  // opening it must not wait for a writer
    EXPECT_EQ(error_of([&] { MappedFile file(path + "/pipe"); }), "2: " + path + "/pipe is no regular file, wanted a file");
}

TEST(MappedFile, a_file_that_was_shortened_is_reported_not_touched) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("a", std::string(100000, 'x'));
    const MappedFile file(path);
    file.expect_unchanged();
    ASSERT_EQ(truncate(path.c_str(), 10), 0);
    EXPECT_EQ(error_of([&] { file.expect_unchanged(); }), "2: " + path.string() + " was changed while it was open: 100000 bytes then, 10 now");
    char part[10];
    EXPECT_EQ(error_of([&] { file.read(5000, 10, part); }), "2: " + path.string() + " ends at byte 5000, 10 bytes are missing");
}

TEST(MappedFile, a_file_that_was_written_to_is_reported) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("a", "hello");
    const MappedFile file(path);
    const timespec times[] = {{0, UTIME_OMIT}, {1000, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);  // as a write does, without the wait for the clock
    EXPECT_EQ(error_of([&] { file.expect_unchanged(); }), "2: " + path.string() + " was changed while it was open: open it again");
}

TEST(ReadText, reads_a_file_and_refuses_a_long_one) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("a.json", "{}\n");
    EXPECT_EQ(read_text(path), "{}\n");
    EXPECT_EQ(read_text(path, 3), "{}\n");
    EXPECT_EQ(error_of([&] { read_text(path, 2); }), "2: " + path.string() + " has 3 bytes, wanted a text of at most 2");
    EXPECT_EQ(error_of([&] { read_text(folder.path()); }), "2: " + folder.path().string() + " is a folder, wanted a file");
}

}  // namespace
}  // namespace lgv
