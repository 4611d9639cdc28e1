// Requests of the functions service, run on the thread that makes them. Used by tests only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/functions/rest_dispatch.h"

namespace millrace::api {

class TestCall final : public Call {
 public:
  void Finish() override { ++finish_count; }
  int finish_count = 0;
};

// One request and its answer. The operation must answer before it returns.
class TestRequest {
 public:
  TestRequest(std::string method, std::string path, std::string body = {})
      : method_(std::move(method)), path_(std::move(path)), body_(std::move(body)) {}

  TestRequest& Query(std::string query) {
    query_ = std::move(query);
    return *this;
  }
  TestRequest& Header(RestHeader header, std::string value) {
    headers_[static_cast<size_t>(header)] = std::move(value);
    return *this;
  }
  const TestCall& Run(const RestDispatcher& dispatcher) {
    RestRequest request{method_, path_, query_, {body_.data(), body_.size()}, {}};
    for (size_t index = 0; index < kRestHeaderCount; ++index) {
      request.headers[index] = headers_[index];
    }
    RestSegments segments;
    const RestOperation* const operation = dispatcher.Find(method_, path_, &segments);
    if (operation == nullptr) {
      dispatcher.Fail(dispatcher.UnknownOperation(), &call_);
    } else {
      dispatcher.Run(*operation, std::move(segments), request, &call_);
    }
    return call_;
  }

 private:
  const std::string method_;
  const std::string path_;
  std::string query_;
  std::string body_;
  std::array<std::string, kRestHeaderCount> headers_;
  TestCall call_;
};

}  // namespace millrace::api
