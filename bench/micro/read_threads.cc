// Reads on several threads of one server without sockets: how much of a second processor is gained,
// on machines whose processors a load generator would need itself.

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/bench_table.h"
#include "bench/load/flags.h"
#include "bench/load/monotonic_clock.h"
#include "bench/load/random.h"
#include "bench/micro/local_server.h"

namespace millrace::bench {
namespace {

/// The requests that each thread repeats in an order of its own.
std::vector<std::string> GetRequests(LocalServer& server) {
  const BenchTable table("bench", TableShape::kItems, 200);
  std::vector<std::string> requests;
  for (uint64_t item = 0; item < LocalServer::kItemCount; item++) {
    std::string body = "{\"TableName\":\"" + table.name() + "\",\"Key\":";
    table.AppendKey(item, &body);
    requests.push_back(server.Request("GetItem", body + "}"));
  }
  return requests;
}

/// Reads on that many threads; returns how many a second.
double ReadsPerSecond(LocalServer& server, const std::vector<std::string>& requests, int threads,
                      double seconds) {
  std::vector<uint64_t> reads(static_cast<size_t>(threads));
  const uint64_t begin = NowNanoseconds();
  const uint64_t end =
      begin + static_cast<uint64_t>(seconds * static_cast<double>(kNanosecondsPerSecond));
  std::vector<std::thread> running;
  for (int number = 0; number < threads; number++) {
    running.emplace_back([&, number] {
      Random random(static_cast<uint64_t>(number));
      uint64_t count = 0;
      while (NowNanoseconds() < end) {
        for (int i = 0; i < 64; i++) server.Run(requests[random.Below(requests.size())], number);
        count += 64;
      }
      reads[static_cast<size_t>(number)] = count;
    });
  }
  for (std::thread& thread : running) thread.join();
  uint64_t total = 0;
  for (const uint64_t count : reads) total += count;
  return static_cast<double>(total) * static_cast<double>(kNanosecondsPerSecond) /
         static_cast<double>(NowNanoseconds() - begin);
}

int RunAll(int argc, char** argv) {
  Flags flags(argc, argv, "GetItem without sockets on several threads; prints JSON.");
  const double seconds = flags.Number("seconds", 2, "length of each measurement");
  const std::vector<int64_t> threads = flags.Integers("threads", "1,2", "numbers of threads");
  flags.Finish();
  LocalServer server(false);
  const std::vector<std::string> requests = GetRequests(server);
  for (const int64_t count : threads) {
    if (count < 1 || count > LocalServer::kClientCount) Fail("there can be 1 to 8 threads");
    const double rate = ReadsPerSecond(server, requests, static_cast<int>(count), seconds);
    std::printf("{\"threads\":%lld,\"reads_per_second\":%.0f}\n", static_cast<long long>(count),
                rate);
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::RunAll(argc, argv); }
