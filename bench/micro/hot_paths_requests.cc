// Whole requests without sockets.

#include <memory>
#include <string>
#include <string_view>

#include "bench/load/bench_table.h"
#include "bench/load/random.h"
#include "bench/micro/hot_path.h"
#include "bench/micro/local_server.h"
#include "storage/base/check.h"

namespace millrace::bench {
namespace {

constexpr std::string_view kGetBody =
    R"({"TableName":"bench-items-200","Key":{"pk":{"S":"item-0000000042"}}})";
constexpr std::string_view kUpdateBody =
    R"~({"TableName":"bench-items-200","Key":{"pk":{"S":"item-0000000042"}},)~"
    R"~("UpdateExpression":"SET #r = #r + :one","ConditionExpression":"attribute_exists(pk)",)~"
    R"~("ExpressionAttributeNames":{"#r":"revision"},)~"
    R"~("ExpressionAttributeValues":{":one":{"N":"1"}},"ReturnValues":"UPDATED_NEW"})~";
constexpr std::string_view kQueryBody =
    R"({"TableName":"bench-partitions-200","KeyConditionExpression":"pk = :p","Limit":100,)"
    R"("ExpressionAttributeValues":{":p":{"S":"part-0000000001"}}})";

/// Runs the same request again and again; its reply has at least so many bytes.
std::function<void()> Repeat(bool verifies, std::string_view operation, std::string_view body,
                             size_t reply_bytes_min) {
  const auto server = std::make_shared<LocalServer>(verifies);
  const std::string request = server->Request(operation, body);
  return
      [server, request, reply_bytes_min] { CHECK(server->Run(request).size() >= reply_bytes_min); };
}

std::function<void()> GetItem() { return Repeat(false, "GetItem", kGetBody, 200); }
std::function<void()> GetItemVerified() { return Repeat(true, "GetItem", kGetBody, 200); }
std::function<void()> UpdateItem() { return Repeat(false, "UpdateItem", kUpdateBody, 20); }
std::function<void()> Query100() { return Repeat(false, "Query", kQueryBody, 20'000); }

std::function<void()> PutItem() {
  const BenchTable table("bench", TableShape::kItems, 200);
  Random random(1);
  std::string body = "{\"TableName\":\"" + table.name() + "\",\"Item\":";
  table.AppendItem(42, 1'735'689'600'000'000, random, &body);
  return Repeat(false, "PutItem", body + "}", 2);
}

/// With the signing key of the day remembered, as for all requests but the first of a day.
std::function<void()> VerifySignature() {
  const auto server = std::make_shared<LocalServer>(true);
  const auto request = std::make_shared<std::string>(server->Request("GetItem", kGetBody));
  return [server, request] { server->Authenticate(*request); };
}

}  // namespace

std::vector<HotPath> RequestHotPaths() {
  return {
      {"signatures.verify", &VerifySignature},
      {"requests.get-item", &GetItem},
      {"requests.get-item-verified", &GetItemVerified},
      {"requests.put-item", &PutItem},
      {"requests.update-item", &UpdateItem},
      {"requests.query-100", &Query100},
  };
}

}  // namespace millrace::bench
