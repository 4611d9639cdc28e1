// Carrying values from requests to answers, and times as the functions service writes them.
#pragma once

#include <cstdint>
#include <string>

#include "storage/base/json.h"

namespace millrace::api {

// Writes a value that was parsed. Its depth is bounded by the parser.
void WriteJsonValue(json::Value value, json::Writer* writer);
// Its JSON text.
std::string JsonText(json::Value value);
// A number as it is nearest to.
double DoubleOf(json::Value number);

// "2026-11-20T21:44:06.123+0000".
std::string FormatRestTime(int64_t epoch_ms);

}  // namespace millrace::api
