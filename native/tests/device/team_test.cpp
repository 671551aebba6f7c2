#include "device/cpu/team.h"

#include <gtest/gtest.h>
#include <immintrin.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lgv {
namespace {

// A task's own cell, far from the others'. Plain numbers: what TSan watches is that the team orders their accesses.
struct alignas(64) Cell {
    int64_t visits = 0;
};

// A round in which every thread has a task and none ends before all have begun: the helpers are up.
void meet(ThreadTeam& team) {
    std::atomic<int> here{0};
    team.run(team.threads(), [&](int64_t, int) {
        ++here;
        while (here < team.threads()) std::this_thread::yield();
    });
}

TEST(ThreadTeam, does_every_task_once_in_each_of_many_tiny_rounds) {
    for (int threads = 1; threads <= 8; ++threads) {
        ThreadTeam team(threads);
        EXPECT_EQ(team.threads(), threads);
        std::vector<Cell> cells(13);
        int64_t expected = 0;
        for (int round = 0; round < 100000; ++round) {
            if (round % 5000 == 0) meet(team);
            const int64_t tasks = round % 14;
            const int64_t stamp = round;
            team.run(tasks, [&](int64_t task, int) { cells[size_t(task)].visits += stamp; });
            expected += tasks * stamp;
        }
        int64_t total = 0;
        for (const Cell& cell : cells) total += cell.visits;
        EXPECT_EQ(total, expected) << threads << " threads";
    }
}

TEST(ThreadTeam, does_every_task_once_where_helpers_come_and_go_within_a_round) {
    for (int threads : {2, 3, 5, 8}) {
        ThreadTeam team(threads);
        std::vector<Cell> cells(40), taken(8);
        for (int round = 0; round < 3000; ++round) {
            const int64_t tasks = 2 + round % 39;
            team.run(tasks, [&](int64_t task, int thread) {
                ++cells[size_t(task)].visits;
                ++taken[size_t(thread)].visits;
                for (int i = 0; i < 50 * (round % 5); ++i) _mm_pause();  // up to some microseconds
            });
            for (int64_t task = 0; task < tasks; ++task) ASSERT_EQ(std::exchange(cells[size_t(task)].visits, 0), 1) << "round " << round;
        }
        int64_t by_helpers = 0;
        for (int thread = 1; thread < threads; ++thread) by_helpers += taken[size_t(thread)].visits;
        EXPECT_GT(by_helpers, 0) << threads << " threads";
    }
}

TEST(ThreadTeam, sees_in_a_round_what_the_round_before_has_written) {
    ThreadTeam team(3);
    meet(team);
    std::vector<Cell> a(64), b(64);
    for (int round = 0; round < 2000; ++round) {
        // Each task reads what another task, on any thread, wrote one round ago.
        const std::vector<Cell>& from = round % 2 ? b : a;
        std::vector<Cell>& to = round % 2 ? a : b;
        team.run(64, [&](int64_t task, int) { to[size_t(task)].visits = from[size_t((task + 17) % 64)].visits + 1; });
    }
    for (const Cell& cell : a) EXPECT_EQ(cell.visits, 2000);
}

TEST(ThreadTeam, gives_each_thread_a_number_of_its_own) {
    ThreadTeam team(4);
    std::vector<std::vector<std::thread::id>> seen(4);
    for (int round = 0; round < 200; ++round)
        team.run(16, [&](int64_t, int thread) {
            seen[size_t(thread)].push_back(std::this_thread::get_id());
            std::this_thread::sleep_for(std::chrono::microseconds(10));
        });
    std::set<std::thread::id> all;
    for (const auto& ids : seen) {
        const std::set<std::thread::id> distinct(ids.begin(), ids.end());
        EXPECT_LE(distinct.size(), 1u);
        all.insert(distinct.begin(), distinct.end());
    }
    EXPECT_GE(all.size(), 2u) << "no helper ever helped";
    for (std::thread::id id : seen[0]) EXPECT_EQ(id, std::this_thread::get_id()) << "thread 0 is the leader";
}

TEST(ThreadTeam, wakes_helpers_that_have_gone_to_sleep) {
    ThreadTeam team(2);
    bool helped = false;
    for (int round = 0; round < 5; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // beyond any spinning
        team.run(2, [&](int64_t, int thread) {
            if (thread == 1) helped = true;  // read after the round, written by one thread at most
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        });
    }
    EXPECT_TRUE(helped);
}

TEST(ThreadTeam, waits_for_a_helper_that_is_slower_than_the_leader) {
    ThreadTeam team(2);
    for (int round = 0; round < 20; ++round) {
        std::atomic<bool> helping{false};
        Cell done;
        team.run(2, [&](int64_t, int thread) {
            if (thread == 1) helping = true;
            while (!helping) std::this_thread::yield();  // the leader's task ends once the helper has begun its own
            if (thread == 0) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // long enough for the leader to go to sleep
            done.visits = 1;
        });
        EXPECT_EQ(done.visits, 1);
    }
}

TEST(ThreadTeam, may_be_led_by_one_thread_after_another) {
    ThreadTeam team(2);
    std::vector<Cell> cells(8);
    for (int leader = 0; leader < 20; ++leader)
        std::thread([&] { team.run(8, [&](int64_t task, int) { ++cells[size_t(task)].visits; }); }).join();
    for (const Cell& cell : cells) EXPECT_EQ(cell.visits, 20);
}

TEST(ThreadTeam, ends_at_once_whether_it_has_worked_or_not) {
    for (int i = 0; i < 200; ++i) {
        ThreadTeam team(1 + i % 5);
        if (i % 2) team.run(7, [](int64_t, int) {});
    }
}

// Smallest normal / 2 is 0 where denormals are flushed.
bool keeps_denormals() {
    volatile float smallest = 0x1p-126f;
    volatile float half = smallest * 0.5f;
    return half != 0.0f;
}

TEST(ThreadTeam, keeps_denormals_on_every_thread_even_if_its_creator_and_leader_flush_them) {
    constexpr unsigned flush = 0x8040;  // FTZ and DAZ
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | flush);
    {
        ThreadTeam team(3);
        std::vector<Cell> flushed(3), kept(3);
        for (int round = 0; round < 100; ++round)
            team.run(9, [&](int64_t, int thread) {
                ++(keeps_denormals() ? kept : flushed)[size_t(thread)].visits;
                std::this_thread::sleep_for(std::chrono::microseconds(20));
            });
        for (int thread = 0; thread < 3; ++thread) EXPECT_EQ(flushed[size_t(thread)].visits, 0) << "thread " << thread;
        EXPECT_EQ(kept[0].visits + kept[1].visits + kept[2].visits, 900);
    }
    const bool still_flushes = !keeps_denormals();
    _mm_setcsr(before);
    EXPECT_TRUE(still_flushes) << "the leader's own setting is back after a round";
}

TEST(ThreadTeam, refuses_sizes_that_are_no_team) {
    for (int threads : {-1, 0, 1025}) {
        try {
            ThreadTeam team(threads);
            ADD_FAILURE() << threads << " threads were taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::argument);
            EXPECT_NE(std::string(error.what()).find(std::to_string(threads)), std::string::npos) << error.what();
        }
    }
}

TEST(ThreadTeam, available_threads_are_no_more_than_the_affinity_mask_allows) {
    EXPECT_GE(available_threads(), 1);
    int in_mask_of_one = 0;
    std::thread([&] {  // the mask belongs to a thread
        cpu_set_t all, one;
        ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
        CPU_ZERO(&one);
        for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
            if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
        ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
        in_mask_of_one = available_threads();
    }).join();
    EXPECT_EQ(in_mask_of_one, 1);
}

}  // namespace
}  // namespace lgv
