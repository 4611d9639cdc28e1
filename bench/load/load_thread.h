// The epoll loop of one thread of the driver; see driver.h for what it measures.

#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/driver.h"
#include "bench/load/simple_client.h"
#include "bench/load/workload.h"

namespace millrace::bench {

/// Connections of one thread. Add them all, then Run; neither is thread-safe.
class LoadThread {
 public:
  /// Prepares an event queue; ends the program when the kernel refuses one.
  explicit LoadThread(const Endpoint& endpoint);
  ~LoadThread();
  LoadThread(const LoadThread&) = delete;
  LoadThread& operator=(const LoadThread&) = delete;

  /// Connects one more connection, which starts with that slot.
  void AddConnection(const Endpoint& endpoint, Slot slot);

  /// Runs this thread's share of a run in the calling thread.
  void Run(Workload& workload, const RunPlan& plan);

  /// What the last run measured.
  const RunResult& result() const { return result_; }

 private:
  struct Client {
    Client(const Endpoint& endpoint, Slot first_slot)
        : connection(endpoint), slot(std::move(first_slot)) {}

    Connection connection;
    Slot slot;
    uint64_t due_ns = 0;
    bool is_lost = false;
    bool waits_for_write = false;
  };

  void StartRun(const RunPlan& plan);
  void TakeDueArrivals(Workload& workload, uint64_t now);
  void SendNext(Workload& workload, Client& client, uint64_t due_ns);
  void HandleProgress(Workload& workload, Client& client, Connection::Progress progress);
  void HandleReply(Workload& workload, Client& client);
  void HandleLoss(Client& client);
  void SetWaitsForWrite(Client& client, bool waits);
  void NoteProblem(const std::string& problem);
  // Up to kEventsMax of them; 0 when none came for so long.
  int WaitForEvents(epoll_event* events, uint64_t wait_ns) const;
  bool WaitAndHandle(Workload& workload);
  bool IsOpenLoop() const { return plan_.rate > 0; }

  RequestHeads heads_;
  std::string head_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> idle_;
  size_t in_flight_ = 0;
  RunPlan plan_;
  RunResult result_;
  Random arrivals_;
  uint64_t started_ns_ = 0;
  uint64_t stop_ns_ = 0;
  uint64_t next_arrival_ns_ = 0;
  bool has_more_ = true;
};

}  // namespace millrace::bench
