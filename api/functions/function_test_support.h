// The functions service over a catalog and a database of its own, asked as clients ask. Used by
// tests only.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/functions/code_links.h"
#include "api/functions/operation_list.h"
#include "storage/base/base64.h"
#include "storage/base/clock.h"
#include "storage/base/digest.h"
#include "storage/base/random.h"
#include "storage/base/task_thread.h"
#include "storage/engine/test_support.h"
#include "streams/functions/function_catalog.h"

namespace millrace::api {

// A zip file with one entry, not compressed.
inline std::string MakeZip(std::string_view name, std::string_view content) {
  const auto number = [](uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
      text.push_back(static_cast<char>(value >> (8 * i)));
    }
    return text;
  };
  const std::string common = number(20, 2) + number(0, 8) + number(Crc32(content), 4) +
                             number(content.size(), 4) + number(content.size(), 4) +
                             number(name.size(), 2) + number(0, 2);
  std::string zip = "PK\x03\x04" + common;
  zip.append(name).append(content);
  const size_t directory_at = zip.size();
  zip.append("PK\x01\x02").append(number(0x0314, 2)).append(common).append(number(0, 6));
  zip.append(number(0100644u << 16, 4)).append(number(0, 4)).append(name);
  const size_t directory_size = zip.size() - directory_at;
  zip.append("PK\x05\x06").append(number(0, 4)).append(number(1, 2)).append(number(1, 2));
  return zip.append(number(directory_size, 4)).append(number(directory_at, 4)).append(2, '\0');
}

inline std::string ToBase64(std::string_view bytes) {
  std::string text;
  EncodeBase64(bytes, &text);
  return text;
}

struct RestAnswer {
  int status = 0;
  std::string error;  // its name; empty: none
  std::string text;   // the body
};

class FunctionOperationsTest : public testing::Test {
 protected:
  void SetUp() override {
    engine::Options options;
    options.data_dir = directory_.path() + "/data";
    options.clock = &clock_;
    auto opened = engine::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
    engine_->Start();
    streams::FunctionCatalogOptions catalog_options;
    catalog_options.code_dir = directory_.path() + "/code";
    catalog_options.create_delay_ms = create_delay_ms_;
    catalog_ = std::make_unique<streams::FunctionCatalog>(engine_.get(), &clock_, &random_,
                                                          catalog_options);
    ASSERT_TRUE(catalog_->Load().ok());
    catalog_->Start();
    home_.Start();
    links_ = std::make_unique<CodeLinks>(&clock_, &random_);
    Services services;
    services.functions = catalog_.get();
    services.code_links = links_.get();
    services.clock = &clock_;
    const std::span<const RestOperation> operations = FunctionOperations();
    dispatcher_ = std::make_unique<RestDispatcher>(
        services, std::vector<RestOperation>(operations.begin(), operations.end()));
  }
  void TearDown() override {
    catalog_->Stop();
    home_.Stop();
    engine_->Stop();
  }

  // `target` is a path with or without a query.
  RestAnswer Ask(std::string_view method, std::string_view target, std::string body = {}) {
    AskTask task(this, method, target, std::move(body));
    std::future<void> finished = task.finished.get_future();
    home_.PostOne(&task);
    finished.get();
    RestAnswer answer{task.http_status, {}, task.Call::body};
    constexpr std::string_view kErrorHeader = "x-amzn-ErrorType: ";
    const size_t at = task.extra_headers.find(kErrorHeader);
    if (at != std::string::npos) {
      const size_t begin = at + kErrorHeader.size();
      answer.error = task.extra_headers.substr(begin, task.extra_headers.find('\r', at) - begin);
    }
    return answer;
  }

  // The body of CreateFunction, with further members in front of its own.
  static std::string FunctionBody(std::string_view name, std::string_view members = {}) {
    std::string body("{");
    body.append(members).append(members.empty() ? "" : ",");
    body.append("\"FunctionName\":\"").append(name);
    body.append("\",\"Runtime\":\"nodejs20.x\",\"Handler\":\"index.handler\",");
    body.append("\"Role\":\"arn:aws:iam::000000000000:role/r\",\"Code\":{\"ZipFile\":\"");
    return body.append(ToBase64(MakeZip("index.js", "exports.handler = 1;"))).append("\"}}");
  }
  RestAnswer Create(std::string_view name, std::string_view members = {}) {
    return Ask("POST", "/2015-03-31/functions", FunctionBody(name, members));
  }

  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'763'674'446'123};
  SeededRandom random_{7};
  int64_t create_delay_ms_ = 0;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<streams::FunctionCatalog> catalog_;
  std::unique_ptr<CodeLinks> links_;
  std::unique_ptr<RestDispatcher> dispatcher_;
  TaskThread home_{[] { return TaskThread::kNever; }};

 private:
  // A request on its way; runs on the home thread like those of a connection.
  class AskTask final : public Task, public Call {
   public:
    AskTask(FunctionOperationsTest* test, std::string_view method, std::string_view target,
            std::string body)
        : test_(test), method_(method), target_(target), body_(std::move(body)) {}
    void Run() override {
      Call::home = &test_->home_;
      host = "localhost:8000";
      const size_t mark = target_.find('?');
      RestRequest request;
      request.method = method_;
      request.path = std::string_view(target_).substr(0, mark);
      request.query = mark == std::string::npos ? std::string_view()
                                                : std::string_view(target_).substr(mark + 1);
      request.body = {body_.data(), body_.size()};
      RestSegments segments;
      const RestOperation* const operation =
          test_->dispatcher_->Find(method_, request.path, &segments);
      if (operation == nullptr) {
        FailRestCall(test_->dispatcher_->UnknownOperation(), this);
      } else {
        test_->dispatcher_->Run(*operation, std::move(segments), request, this);
      }
    }
    void Finish() override { finished.set_value(); }
    std::promise<void> finished;

   private:
    FunctionOperationsTest* const test_;
    const std::string method_;
    const std::string target_;
    std::string body_;
  };
};

}  // namespace millrace::api
