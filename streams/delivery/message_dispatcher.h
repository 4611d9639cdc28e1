// Delivering outgoing messages: target by target, in the order in which they were written, until
// the target takes them. A target that does not holds up its own messages only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "streams/delivery/delivery_services.h"
#include "streams/mappings/outgoing.h"

namespace millrace::streams {

// Everything but Load runs on the thread of the services.
class MessageDispatcher {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  explicit MessageDispatcher(const DeliveryServices* services) : services_(*services) {}

  // Finds out for which targets there are messages.
  Status Load();
  // Sends what is due. Returns in how many milliseconds there is more to do, or kNever.
  int64_t Tick(int64_t now_ms);
  // Messages for the target have been stored.
  void Written(const std::string& target_arn);
  // Sends nothing further; `stopped` runs, once, when what is under way has ended.
  void Stop(std::function<void()> stopped);

 private:
  struct Target {
    uint64_t from = 0;  // messages with lower ids have been delivered
    bool has_messages = true;
    bool was_read = false;  // the first message tells when the next attempt is
    bool busy = false;
    int64_t attempts = 0;  // in a row that failed
    int64_t next_try_ms = 0;
  };
  struct Batch {
    std::string target_arn;
    std::vector<OutgoingMessage> messages;  // never none
  };
  using BatchPointer = std::shared_ptr<const Batch>;

  void Begin(const std::string& arn, Target* target, int64_t now_ms);
  Status ReadBatch(const std::string& arn, const Target& target, Batch* batch) const;
  void Send(const BatchPointer& batch);
  void SendToQueue(const BatchPointer& batch, QueuePointer queue);
  void SendToFunction(const BatchPointer& batch, const std::string& name,
                      const std::string& qualifier);
  void Remove(const BatchPointer& batch);
  void OnRemoved(const BatchPointer& batch, const Status& status);
  void OnDelivered(const BatchPointer& batch);
  void OnFailed(const BatchPointer& batch, const std::string& problem);
  void End(const std::string& target_arn);
  void ForgetIdleTargets();
  void CheckStopped();

  const DeliveryServices& services_;
  std::map<std::string, Target> targets_;
  size_t busy_count_ = 0;
  // Delivered, but that could not be noted: must not be sent again.
  std::vector<BatchPointer> unremoved_;
  int64_t remove_again_us_ = 0;  // monotonic
  bool stopping_ = false;
  std::function<void()> stopped_;
};

}  // namespace millrace::streams
