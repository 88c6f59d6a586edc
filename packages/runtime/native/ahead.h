// What a thread that waits for work can fetch meanwhile. A model reads its weights in the same order each time, so what followed
// a matrix in the call before is due after it again.

#ifndef CHUI_AHEAD_H_
#define CHUI_AHEAD_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "cpu.h"

namespace chui {

// The matrices that were read of late, in their order. All of it is a guess, for which nothing is locked: where two threads
// write at once, or memory was given back since, lines are fetched that nobody reads, and no result depends on it.
class Ahead {
 public:
  // Tells that a matrix is about to be read, of which another thread begins with so many rows of so many bytes, a step apart.
  static void Reads(const void *first, int64_t step, int64_t rows, int64_t bytes) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(first);
    const int64_t now = count_++;
    Part &part = At(now);
    part.first = address;
    part.step = step;
    part.count = std::min<int64_t>(rows, 1 << kRowBits);
    part.bytes = bytes;
    const int64_t before = latest_[(address >> 6) * 0x9E3779B97F4A7C15 >> (64 - kLogSize)].exchange(now);
    const bool follows = now - before < kSize - kMatrices && At(before).first == address;
    next_ = follows ? (before + 1) << kRowBits : 0;
    end_ = follows ? before + 1 + kMatrices : 0;
  }

  // Fetches a row of what is due next, if there is one left.
  static void FetchRow() {
    int64_t next = next_;
    const int64_t index = next >> kRowBits, row = next & ((1 << kRowBits) - 1);
    if (index >= end_) return;
    const Part &part = At(index);
    const bool is_last = row + 1 >= part.count;
    if (!next_.compare_exchange_strong(next, is_last ? (index + 1) << kRowBits : next + 1)) return;
    const uintptr_t begin = part.first + row * part.step, end = begin + part.bytes;
    for (uintptr_t line = begin; line < end; line += 64) __builtin_prefetch(reinterpret_cast<const void *>(line), 0, 2);
  }

 private:
  static constexpr int kLogSize = 9, kRowBits = 16;
  static constexpr int64_t kSize = 1 << kLogSize;
  static constexpr int64_t kMatrices = 2;  // that are fetched at most

  struct Part {
    std::atomic<uintptr_t> first;
    std::atomic<int64_t> step, count, bytes;
  };

  static Part &At(int64_t index) { return parts_[index % kSize]; }

  static inline std::array<Part, kSize> parts_;                   // by their turn
  static inline std::array<std::atomic<int64_t>, kSize> latest_;  // turn of an address, by its hash
  static inline std::atomic<int64_t> count_{0};
  static inline std::atomic<int64_t> next_{0}, end_{0};  // the row to be fetched, and where fetching ends
};

}  // namespace chui

#endif  // CHUI_AHEAD_H_
