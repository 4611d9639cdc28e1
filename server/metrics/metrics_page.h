// The page at /metrics: the figures of the server and of the functions it runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/http/options.h"
#include "storage/engine/engine.h"
#include "streams/delivery/delivery_counters.h"
#include "streams/invoke/invoke_statistics.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_progress.h"

namespace millrace::server {

// Figures as they are at one moment.
struct MetricsInput {
  engine::CommitStatistics commits;
  bool writable = true;
  uint64_t expired_items = 0;
  HttpStatistics http;
  streams::InvokeStatistics invocations;
  std::vector<std::pair<streams::Mapping, streams::MappingFigures>> mappings;
  streams::DeliveryCounters::Snapshot deliveries;
  int64_t now_ms = 0;
};

// The page in the text format of Prometheus. Thread-safe.
std::string MetricsPage(const MetricsInput& input);

}  // namespace millrace::server
