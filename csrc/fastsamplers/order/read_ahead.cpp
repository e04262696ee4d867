#include "fastsamplers/order/read_ahead.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/fork.hpp"
#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::order {
namespace {

// Steps of preparation between two looks at whether the producer has to stop: some milliseconds.
constexpr u64 kSteps = u64{1} << 19;
// Steps behind a block: some milliseconds too.
constexpr u64 kMostBlockSteps = u64{1} << 18;
constexpr auto kPatience = std::chrono::milliseconds(50);

}  // namespace

class ReadAhead::Producer final : ForkObserver {
 public:
  // std::system_error when there is no thread to be had.
  explicit Producer(IndexStream& source) : source_(source), sync_(new Sync) {
    // An index may take many steps (one rank of many): a block is small enough to wait for.
    const u64 most = std::max<u64>(1, kMostBlockSteps / source.work_per_index());
    const std::size_t size = static_cast<std::size_t>(std::min<u64>(kBlockIndices, most));
    for (Block& block : blocks_) block.indices.resize(size);
    observe_forks();
    try {
      sync_->thread = thread_without_signals([this] { run(); });
    } catch (...) {
      ignore_forks();
      throw;
    }
  }

  ~Producer() override {
    ignore_forks();
    if (is_orphan_) {
      // The thread is the parent's: nothing may be done with its handle and with what it waits for.
      [[maybe_unused]] Sync* const left = sync_.release();
      return;
    }
    {
      const std::lock_guard lock(sync_->mutex);
      is_stopping_ = true;
    }
    sync_->changed.notify_all();
    sync_->thread.join();
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // In the child of a fork: there is no thread behind this object.
  bool is_orphan() const { return is_orphan_; }

  // Whether a read would not wait.
  bool is_ready(std::chrono::milliseconds patience) {
    std::unique_lock lock(sync_->mutex);
    return sync_->changed.wait_for(lock, patience, [this] { return has_news(); });
  }

  // As many as are ready; waits for the first. 0 at the end of the source.
  std::size_t read(std::span<i64> out) {
    std::size_t filled = 0;
    std::unique_lock lock(sync_->mutex);
    sync_->changed.wait(lock, [this] { return has_news(); });
    while (filled < out.size() && taken_ < made_) {
      Block& block = blocks_[taken_ % kBlocks];
      lock.unlock();
      const std::size_t count = std::min(out.size() - filled, block.count - block.used);
      std::copy_n(block.indices.data() + block.used, count, out.data() + filled);
      filled += count;
      block.used += count;
      lock.lock();
      if (block.used == block.count) {
        ++taken_;
        sync_->changed.notify_all();
      }
    }
    if (filled == 0 && error_) std::rethrow_exception(error_);
    return filled;
  }

 private:
  struct Block {
    std::vector<i64> indices;
    std::size_t count = 0;
    std::size_t used = 0;
  };
  struct Sync {
    std::mutex mutex;
    std::condition_variable changed;
    std::thread thread;
  };

  bool has_news() const { return taken_ < made_ || has_ended_; }

  void run() {
    std::unique_lock lock(sync_->mutex);
    while (!has_ended_) {
      sync_->changed.wait(
          lock, [this] { return is_stopping_ || (!is_forking_ && made_ - taken_ < kBlocks); });
      if (is_stopping_) return;
      Block& block = blocks_[made_ % kBlocks];
      is_working_ = true;
      lock.unlock();
      std::exception_ptr error;
      bool is_prepared = false;
      block.used = 0;
      block.count = 0;
      try {
        // One processor is the consumer's.
        limit_threads_here(std::max<std::size_t>(1, all_threads() - 1));
        is_prepared = source_.prepare(kSteps);
        if (is_prepared) block.count = source_.next(block.indices);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      is_working_ = false;
      error_ = error;
      if (block.count > 0) ++made_;
      has_ended_ = error || (is_prepared && block.count == 0);
      sync_->changed.notify_all();
    }
  }

  void before_fork() override {
    sync_->mutex.lock();
    is_forking_ = true;
    std::unique_lock lock(sync_->mutex, std::adopt_lock);
    sync_->changed.wait(lock, [this] { return !is_working_; });
    lock.release();  // held during the fork
  }
  void after_fork(bool is_child) override {
    is_forking_ = false;
    if (is_child) is_orphan_ = true;
    sync_->mutex.unlock();
    if (!is_child) sync_->changed.notify_all();
  }

  IndexStream& source_;
  std::array<Block, kBlocks> blocks_;
  std::unique_ptr<Sync> sync_;
  u64 made_ = 0;   // blocks
  u64 taken_ = 0;  // blocks
  bool is_working_ = false;
  bool is_stopping_ = false;
  bool is_forking_ = false;
  bool is_orphan_ = false;
  bool has_ended_ = false;
  std::exception_ptr error_;
};

ReadAhead::ReadAhead(std::shared_ptr<IndexStream> source) : source_(std::move(source)) {
  check_argument(source_ != nullptr, "source", "a stream", "null");
  length_ = source_->length();
  work_per_index_ = source_->work_per_index();
  position_ = source_->position();
}

ReadAhead::~ReadAhead() = default;

std::size_t ReadAhead::next(std::span<i64> out) {
  if (out.empty()) return 0;
  if (producer_ && producer_->is_orphan()) halt();
  std::size_t count = 0;
  if (producer_) {
    try {
      count = producer_->read(out);
    } catch (...) {
      halt();
      throw;
    }
    if (count == 0) producer_.reset();
  } else {
    count = source_->next(out);
  }
  position_ += count;
  read_ += count;
  if (!producer_ && count > 0) start_if_worth_it();
  return count;
}

bool ReadAhead::prepare(u64 steps) {
  if (producer_ && producer_->is_orphan()) halt();
  if (!producer_) return source_->prepare(steps);
  return producer_->is_ready(steps > 0 ? kPatience : std::chrono::milliseconds(0));
}

void ReadAhead::seek(u64 position) {
  check_position(position);
  producer_.reset();
  source_->seek(position);
  position_ = position;
  read_ = 0;
}

void ReadAhead::start_if_worth_it() {
  const u64 enough = std::max<u64>(1, kStartSteps / work_per_index_);
  if (read_ < enough || length_ - position_ < enough || thread_count() == 1) return;
  try {
    producer_ = std::make_unique<Producer>(*source_);
  } catch (const std::exception&) {  // std::system_error, std::bad_alloc
    read_ = 0;                       // not now: perhaps later
  }
}

void ReadAhead::halt() {
  producer_.reset();
  source_->seek(position_);
  read_ = 0;
}

std::shared_ptr<IndexStream> read_ahead_if_slow(std::shared_ptr<IndexStream> stream) {
  if (!stream->is_slow() || !stream->may_read_ahead()) return stream;
  return std::make_shared<ReadAhead>(std::move(stream));
}

}  // namespace fastsamplers::order
