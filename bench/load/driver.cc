// Starting and joining of load threads, and the sum of what they measured.

#include "bench/load/driver.h"

#include <algorithm>
#include <thread>

#include "bench/load/load_thread.h"

namespace millrace::bench {

void RunResult::Add(const RunResult& other) {
  latency_ns.Add(other.latency_ns);
  operations += other.operations;
  errors += other.errors;
  unsent += other.unsent;
  reply_bytes += other.reply_bytes;
  elapsed_ns = std::max(elapsed_ns, other.elapsed_ns);
  if (first_problem.empty()) first_problem = other.first_problem;
}

Driver::Driver(const Endpoint& endpoint, int connections, int threads, uint64_t seed) {
  const int thread_count = std::clamp(threads, 1, connections);
  for (int i = 0; i < thread_count; i++) {
    threads_.push_back(std::make_unique<LoadThread>(endpoint));
  }
  for (int i = 0; i < connections; i++) {
    const auto slot_seed = MixBits(seed) + static_cast<uint64_t>(i);
    threads_[static_cast<size_t>(i % thread_count)]->AddConnection(endpoint,
                                                                   Slot(i, connections, slot_seed));
  }
}

Driver::~Driver() = default;

RunResult Driver::Run(Workload& workload, const RunPlan& plan) {
  RunPlan share = plan;
  share.rate = plan.rate / static_cast<double>(threads_.size());
  std::vector<std::thread> running;
  for (size_t i = 1; i < threads_.size(); i++) {
    running.emplace_back([&, i] { threads_[i]->Run(workload, share); });
  }
  threads_[0]->Run(workload, share);
  for (std::thread& thread : running) thread.join();
  RunResult total;
  for (const auto& thread : threads_) total.Add(thread->result());
  return total;
}

}  // namespace millrace::bench
