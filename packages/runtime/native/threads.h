// How the addon's own ops share their work among threads.

#ifndef CHUI_THREADS_H_
#define CHUI_THREADS_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ahead.h"
#include "cpu.h"

namespace chui {

// Threads that were asked for; 0 stands for one a core. Kernels run on threads of TensorFlow's, so it is the process's.
static std::atomic<int> threads_asked_for{0};

static int64_t WorkThreads() {
  static const unsigned cores = std::max(1u, std::thread::hardware_concurrency());  // which reads a file
  const int asked = threads_asked_for;
  return asked > 0 ? asked : cores;
}

// Tells the processor that a thread waits for another.
static CHUI_INLINE void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits for something that is due soon: a thread that sleeps takes longer to wake than a small work takes. False if it has not
// come in that time.
template <typename Ready>
static bool SpinFor(const Ready &ready) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds kLongest(300);
  for (const Clock::time_point end = Clock::now() + kLongest; !ready(); Pause()) {
    if (Clock::now() > end) return false;
  }
  return true;
}

// Threads that wait for work, for as long as the process lives.
class Helpers {
 public:
  // Calls work(0) here, and work(1), work(2) … on as many others, or on fewer where they come only after work(0) is done.
  static void Run(int64_t others, const std::function<void(int64_t thread)> &work) {
    static Helpers *const helpers = new Helpers;
    if (others > 0) {
      helpers->RunWith(others, work);
    } else {
      work(0);
    }
  }

 private:
  struct Job {
    const std::function<void(int64_t)> &work;
    const int64_t others;
    int64_t begun = 0;
    std::atomic<int64_t> running{0};
    std::condition_variable done;
  };

  void RunWith(int64_t others, const std::function<void(int64_t)> &work) {
    Job job{work, others};
    bool sleep = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (; threads_ < others; ++threads_) std::thread(&Helpers::Help, this).detach();
      jobs_.push_back(&job);
      ++waiting_;
      sleep = sleepers_ > 0;
    }
    for (int64_t i = 0; sleep && i < others; ++i) wake_.notify_one();
    work(0);
    std::unique_lock<std::mutex> lock(mutex_);
    const auto place = std::find(jobs_.begin(), jobs_.end(), &job);
    if (place != jobs_.end()) {
      jobs_.erase(place);
      --waiting_;
    }
    if (job.running == 0) return;
    lock.unlock();
    const auto is_done = [&] { return job.running == 0; };
    SpinFor(is_done);
    lock.lock();
    job.done.wait(lock, is_done);
  }

  void Help() {
    for (std::unique_lock<std::mutex> lock(mutex_);;) {
      if (jobs_.empty()) {
        lock.unlock();
        const bool has_come = SpinFor([&] {
          Ahead::FetchRow();
          return waiting_ > 0;
        });
        lock.lock();
        if (!has_come && jobs_.empty()) {
          ++sleepers_;
          wake_.wait(lock);  // and, if it was too late for that job, waits awake for the next
          --sleepers_;
        }
        continue;
      }
      Job &job = *jobs_.front();
      const int64_t thread = ++job.begun;
      if (thread == job.others) {
        jobs_.pop_front();
        --waiting_;
      }
      ++job.running;
      lock.unlock();
      job.work(thread);
      lock.lock();
      if (--job.running == 0) job.done.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job *> jobs_;           // that more threads can help with
  std::atomic<int64_t> waiting_{0};  // their number
  int64_t threads_ = 0, sleepers_ = 0;
};

// The things [begin, end) of a work.
struct Piece {
  int64_t index, begin, end;
  int64_t thread;  // that does it, from 0

  int64_t Size() const { return end - begin; }
};

// Work on so many things, in pieces. A thread that is done with one takes the next, since cores are not equally fast, and
// threads do not begin at the same time.
class Pieces {
 public:
  // Another thread is worth calling for each time that the work is above so much, some 10 µs of it; each thing is `work_of_each`.
  Pieces(int64_t size, int64_t worth, int64_t work_of_each = 1)
      : threads(std::max<int64_t>(1, std::min({WorkThreads(), size, (size * work_of_each + worth - 1) / worth}))),
        count(threads > 1 ? std::min(size, 8 * threads) : 1),
        size_(size) {}

  // Of rows of so many numbers.
  static Pieces OfRows(int64_t rows, int64_t width) { return Pieces(rows, 1 << 15, width); }

  // Of products with so many multiplications each. They are worth it sooner: two cores read a factor faster than one.
  static Pieces OfProducts(int64_t count, int64_t multiplications) { return Pieces(count, 1 << 20, multiplications); }

  // Calls work(piece) for each, whose number and bounds depend on nothing but the size and the threads there are.
  template <typename Work>
  void Do(const Work &work) const {
    std::atomic<int64_t> next{0};
    Helpers::Run(threads - 1, [&](int64_t thread) {
      for (int64_t i; (i = next++) < count;) work(Piece{i, size_ * i / count, size_ * (i + 1) / count, thread});
    });
  }

  const int64_t threads, count;

 private:
  const int64_t size_;
};

}  // namespace chui

#endif  // CHUI_THREADS_H_
