// Functions that run elsewhere, behind a URL that speaks the protocol of AWS's interface emulator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "streams/invoke/http_poster.h"
#include "streams/invoke/invocation.h"
#include "streams/invoke/invoker_services.h"

namespace millrace::streams {

// Belongs to the loop.
class HttpRunner {
 public:
  HttpRunner(const InvokerServices* services, InvocationListener* listener)
      : services_(*services), listener_(listener), alive_(std::make_shared<bool>(true)) {}

  void Submit(const InvocationPointer& invocation);
  // Whether nothing runs.
  bool idle() const { return running_.empty(); }
  // Refuses what runs: nobody waits for the answers.
  void Abandon();

 private:
  void OnAnswer(uint64_t number, Result<HttpAnswer> answer);
  void End(const InvocationPointer& invocation, InvocationEnd end);
  void EndWithAnswer(const InvocationPointer& invocation, HttpAnswer answer);

  const InvokerServices& services_;
  InvocationListener* const listener_;
  uint64_t last_number_ = 0;
  std::unordered_map<uint64_t, InvocationPointer> running_;
  // Answers may come when this object is no more.
  const std::shared_ptr<bool> alive_;
};

// The URL to which events of a function at `url` are posted: the emulator's path is added if there
// is none.
std::string InvocationUrl(const std::string& url);

// Whether the body of an answer is a failure document: an object with the members errorType and
// errorMessage, which is how the emulator tells failures.
bool IsFailureDocument(const std::string& body);

}  // namespace millrace::streams
