// StreamSpecification: what CreateTable and UpdateTable ask of a table's stream, what it makes of
// the table, and what descriptions show of it.
#pragma once

#include <optional>

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

struct StreamRequest {
  bool enabled = false;
  TableStream stream;  // the one to be made, when enabled; the catalog adds id and label
};

// Reads the member StreamSpecification of `input`, if present, and checks that its members go
// together. Its view type has passed its constraint.
ApiStatus ReadStreamSpecification(const Services& services, json::Value input,
                                  std::optional<StreamRequest>* request);

// Whether UpdateTable may do to the table what is asked for, if anything. Pure.
ApiStatus CheckStreamRequest(const std::optional<StreamRequest>& request,
                             const TableDescriptor& current);
// Does it; it has been checked.
void ApplyStreamRequest(const std::optional<StreamRequest>& request, TableDescriptor* table);

// Writes StreamSpecification, LatestStreamLabel and LatestStreamArn into the open object: all of
// them while the stream is enabled, the latter two also after that, none if there never was one.
void WriteLatestStream(const Services& services, const TableDescriptor& table,
                       json::Writer* writer);

}  // namespace millrace::api
