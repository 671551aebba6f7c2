#include "io/atomic_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "io/mapped_file.h"
#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

namespace fs = std::filesystem;

size_t entries_of(const fs::path& folder) { return size_t(std::distance(fs::directory_iterator(folder), fs::directory_iterator{})); }

TEST(AtomicFile, is_seen_whole_or_not_at_all) {
    const TemporaryFolder folder;
    const fs::path path = folder.write("a", "old");
    {
        AtomicFile file(path);
        file.write("new", 3);
        EXPECT_EQ(read_text(path), "old");
    }
    EXPECT_EQ(read_text(path), "old");
    EXPECT_EQ(entries_of(folder.path()), 1u) << "what was not committed is gone";
    write_text(path, "new");
    EXPECT_EQ(read_text(path), "new");
    EXPECT_EQ(entries_of(folder.path()), 1u);
}

TEST(AtomicFile, has_the_rights_that_any_new_file_has) {
    const TemporaryFolder folder;
    struct stat ours {}, theirs {};
    write_text(folder.path() / "ours", "");
    ASSERT_EQ(stat((folder.path() / "ours").c_str(), &ours), 0);
    ASSERT_EQ(stat(folder.write("theirs", "").c_str(), &theirs), 0);
    EXPECT_EQ(ours.st_mode, theirs.st_mode);
}

TEST(AtomicFile, says_why_it_cannot_be) {
    const TemporaryFolder folder;
    const std::string path = folder.path().string();
    EXPECT_EQ(error_of(path, [&] { AtomicFile file(path + "/no/a"); }), "1: m/no/a cannot be written: No such file or directory");
    EXPECT_EQ(error_of(path, [&] { AtomicFile file{folder.path()}; }), "1: m is a folder, and will not be replaced by one");
    EXPECT_EQ(error_of(path, [&] { AtomicFile file(path + "/"); }), "1: \"m/\" is no name of a file");
}

// A disk that is full, as a limit on the size of files makes one.
TEST(AtomicFile, leaves_the_old_file_and_nothing_else_when_there_is_no_room) {
    const TemporaryFolder folder;
    const fs::path path = folder.write("a", "old");
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::string said = error_of(path.string(), [&] { write_text(path, std::string(100000, 'x')); });
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    EXPECT_EQ(said, "1: m cannot be written: File too large");
    EXPECT_EQ(read_text(path), "old");
    EXPECT_EQ(entries_of(folder.path()), 1u);
}

TEST(AtomicFolder, is_seen_whole_or_not_at_all) {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "a";
    {
        AtomicFolder made(path);
        write_text(made.folder("b") / "c", "x");
        EXPECT_FALSE(fs::exists(path));
    }
    EXPECT_EQ(entries_of(folder.path()), 0u);
    AtomicFolder made(path / "");
    write_text(made.folder("b") / "c", "x");
    made.commit();
    EXPECT_EQ(read_text(path / "b/c"), "x");
    EXPECT_EQ(entries_of(folder.path()), 1u);

    AtomicFolder again(path);
    EXPECT_EQ(error_of(path.string(), [&] { again.commit(); }), "1: m is there already; write to another name, or remove it first");
    EXPECT_EQ(read_text(path / "b/c"), "x");
}

}  // namespace
}  // namespace lgv
