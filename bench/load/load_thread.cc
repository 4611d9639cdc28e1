// Level-triggered epoll. In a closed loop a reply leads straight to the next request of the same
// connection. In an open loop arrivals fall due by the schedule and take the connection that has
// been idle longest; an arrival that finds none waits, and its wait is part of its latency.

#include "bench/load/load_thread.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "bench/load/flags.h"
#include "bench/load/monotonic_clock.h"

namespace millrace::bench {
namespace {

constexpr int kEventsMax = 256;
constexpr uint64_t kPatienceNs = 30 * kNanosecondsPerSecond;
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

timespec ToTimespec(uint64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / kNanosecondsPerSecond),
          static_cast<long>(nanoseconds % kNanosecondsPerSecond)};
}

}  // namespace

LoadThread::LoadThread(const Endpoint& endpoint) : heads_(endpoint), arrivals_(0) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) Fail("epoll_create1 failed");
}

LoadThread::~LoadThread() { close(epoll_); }

void LoadThread::AddConnection(const Endpoint& endpoint, Slot slot) {
  arrivals_ = Random(slot.random.Next());
  clients_.push_back(std::make_unique<Client>(endpoint, std::move(slot)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = clients_.back().get();
  epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_.back()->connection.descriptor(), &event);
}

void LoadThread::StartRun(const RunPlan& plan) {
  plan_ = plan;
  result_ = RunResult();
  has_more_ = true;
  idle_.clear();
  for (const auto& client : clients_) {
    if (!client->is_lost) idle_.push_back(client.get());
  }
  started_ns_ = NowNanoseconds();
  stop_ns_ = plan.seconds > 0
                 ? started_ns_ + static_cast<uint64_t>(plan.seconds * kNanosecondsPerSecond)
                 : kNever;
  next_arrival_ns_ = started_ns_;
}

void LoadThread::Run(Workload& workload, const RunPlan& plan) {
  // Sleeping to the microsecond, not to the default 50 microseconds, keeps open-loop arrivals true.
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  StartRun(plan);
  if (!IsOpenLoop()) {
    for (Client* client : std::exchange(idle_, {})) SendNext(workload, *client, NowNanoseconds());
  }
  while (true) {
    if (IsOpenLoop()) TakeDueArrivals(workload, NowNanoseconds());
    const bool awaits_arrivals = IsOpenLoop() && has_more_ && next_arrival_ns_ < stop_ns_ &&
                                 !(idle_.empty() && in_flight_ == 0);
    if (in_flight_ == 0 && !awaits_arrivals) break;
    if (!WaitAndHandle(workload)) break;
  }
  result_.elapsed_ns = NowNanoseconds() - started_ns_;
}

void LoadThread::TakeDueArrivals(Workload& workload, uint64_t now) {
  const double mean_gap_ns = static_cast<double>(kNanosecondsPerSecond) / plan_.rate;
  // A server that cannot keep up leaves a backlog; it gets as long again to answer it.
  const uint64_t give_up_ns = stop_ns_ == kNever ? kNever : stop_ns_ + (stop_ns_ - started_ns_);
  const bool gives_up = now > give_up_ns;
  size_t taken = 0;
  while (has_more_ && next_arrival_ns_ <= now && next_arrival_ns_ < stop_ns_) {
    if (gives_up) {
      result_.unsent++;
    } else if (taken < idle_.size()) {
      SendNext(workload, *idle_[taken++], next_arrival_ns_);
    } else {
      break;
    }
    next_arrival_ns_ += 1 + static_cast<uint64_t>(arrivals_.Exponential(mean_gap_ns));
  }
  idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(taken));
}

void LoadThread::SendNext(Workload& workload, Client& client, uint64_t due_ns) {
  if (!workload.NextCall(client.slot)) {
    has_more_ = false;
    return;
  }
  const Call& call = client.slot.call;
  heads_.Write(call.operation, call.body, &head_);
  // A closed loop times the server, not our own choosing and writing of the request.
  client.due_ns = IsOpenLoop() ? due_ns : NowNanoseconds();
  in_flight_++;
  HandleProgress(workload, client, client.connection.Send(head_, call.body));
}

void LoadThread::HandleProgress(Workload& workload, Client& client, Connection::Progress progress) {
  switch (progress) {
    case Connection::Progress::kPending:
      SetWaitsForWrite(client, client.connection.WantsWrite());
      break;
    case Connection::Progress::kReply:
      HandleReply(workload, client);
      break;
    case Connection::Progress::kLost:
      HandleLoss(client);
      break;
  }
}

void LoadThread::HandleReply(Workload& workload, Client& client) {
  const uint64_t now = NowNanoseconds();
  in_flight_--;
  result_.operations++;
  result_.reply_bytes += client.connection.Body().size();
  result_.latency_ns.Record(now - client.due_ns);
  const std::string problem =
      workload.CheckReply(client.slot, client.connection.Status(), client.connection.Body());
  if (!problem.empty()) NoteProblem(problem);
  if (IsOpenLoop()) {
    idle_.push_back(&client);
  } else if (now < stop_ns_) {
    SendNext(workload, client, now);
  }
}

void LoadThread::HandleLoss(Client& client) {
  in_flight_--;
  client.is_lost = true;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, client.connection.descriptor(), nullptr);
  NoteProblem(client.connection.Problem());
}

void LoadThread::SetWaitsForWrite(Client& client, bool waits) {
  if (client.waits_for_write == waits) return;
  client.waits_for_write = waits;
  epoll_event event{};
  event.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &client;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client.connection.descriptor(), &event);
}

void LoadThread::NoteProblem(const std::string& problem) {
  result_.errors++;
  if (result_.first_problem.empty()) result_.first_problem = problem;
}

int LoadThread::WaitForEvents(epoll_event* events, uint64_t wait_ns) const {
  const uint64_t end_ns = NowNanoseconds() + wait_ns;
  while (true) {
    const timespec timeout = ToTimespec(plan_.busy_poll ? 0 : wait_ns);
    const int count = epoll_pwait2(epoll_, events, kEventsMax, &timeout, nullptr);
    if (count != 0 || !plan_.busy_poll || NowNanoseconds() >= end_ns) return count;
  }
}

bool LoadThread::WaitAndHandle(Workload& workload) {
  uint64_t wait_ns = kPatienceNs;
  if (IsOpenLoop() && !idle_.empty() && next_arrival_ns_ < stop_ns_) {
    const uint64_t now = NowNanoseconds();
    wait_ns = next_arrival_ns_ > now ? std::min(kPatienceNs, next_arrival_ns_ - now) : 0;
  }
  epoll_event events[kEventsMax];
  const int count = WaitForEvents(events, wait_ns);
  if (count == 0 && wait_ns == kPatienceNs && in_flight_ > 0) {
    NoteProblem("no reply within 30 seconds");
    return false;
  }
  for (int i = 0; i < count; i++) {
    auto& client = *static_cast<Client*>(events[i].data.ptr);
    if ((events[i].events & EPOLLOUT) != 0) {
      HandleProgress(workload, client, client.connection.ContinueSend());
    }
    if ((events[i].events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 && !client.is_lost) {
      HandleProgress(workload, client, client.connection.Receive());
    }
  }
  return true;
}

}  // namespace millrace::bench
