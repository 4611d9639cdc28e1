// The sessions of a thread as a whole: accepting, sweeping, draining.
#include <utility>

#include "server/http/session.h"
#include "storage/base/check.h"

namespace millrace::server {
namespace {

// Connections above the cap that may be told so at the same time; more are just closed.
constexpr int64_t kRefusedConnectionsMax = 64;

}  // namespace

SessionSet::~SessionSet() { CHECK(first_ == nullptr); }

void SessionSet::Accept(std::unique_ptr<Socket> socket) {
  const bool admitted = parts_.admission->AddConnection();
  if (!admitted && parts_.admission->connections() >
                       parts_.admission->connections_max() + kRefusedConnectionsMax) {
    parts_.admission->RemoveConnection();
    socket->Close();
    return;
  }
  parts_.counters->connections.Increment();
  auto* const session = new Session(this, std::move(socket));
  session->next_ = first_;
  if (first_ != nullptr) {
    first_->previous_ = session;
  }
  first_ = session;
  if (admitted) {
    session->Start();
  } else {
    session->StartRefused();
  }
}

void SessionSet::Remove(Session* session) {
  if (session->previous_ != nullptr) {
    session->previous_->next_ = session->next_;
  } else {
    first_ = session->next_;
  }
  if (session->next_ != nullptr) {
    session->next_->previous_ = session->previous_;
  }
  delete session;
  parts_.admission->RemoveConnection();
  if (first_ == nullptr && emptied_) {
    std::exchange(emptied_, nullptr)();
  }
}

void SessionSet::Sweep() {
  parts_.thread_state->RefreshDate();
  const int64_t now_us = parts_.clock->MonotonicUs();
  for (Session* session = first_; session != nullptr;) {
    Session* const next = session->next_;
    session->CheckTimeout(now_us);
    session = next;
  }
}

void SessionSet::BeginDrain(std::function<void()> emptied) {
  parts_.thread_state->draining = true;
  emptied_ = std::move(emptied);
  if (first_ == nullptr) {
    std::exchange(emptied_, nullptr)();
    return;
  }
  for (Session* session = first_; session != nullptr;) {
    Session* const next = session->next_;
    session->CloseIfIdle();
    session = next;
  }
}

void SessionSet::CloseAll() {
  for (Session* session = first_; session != nullptr;) {
    Session* const next = session->next_;
    session->Close();
    session->LeaveIfDone();
    session = next;
  }
}

}  // namespace millrace::server
