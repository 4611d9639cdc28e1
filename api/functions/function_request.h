// What requests say about functions: how they are run, and where their code is.
#pragma once

#include "api/functions/patterns.h"
#include "api/functions/rest_error.h"
#include "api/wire/constraints.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"

namespace millrace::api {

// Shapes of nested members.
extern const Shape kCodeShape;  // Code, Content
extern const Shape kEnvironmentShape;
extern const Shape kVpcConfigShape;
extern const Shape kTargetShape;  // DeadLetterConfig
extern const Shape kTracingConfigShape;
extern const Shape kFileSystemConfigsShape;
extern const Shape kImageConfigShape;
extern const Shape kEphemeralStorageShape;
extern const Shape kSnapStartShape;
extern const Shape kLoggingConfigShape;
// Members that have no effect and are not looked into.
extern const Shape kAnyStructureShape;

// Adds a violation if the member is there and has not the form.
void CheckPattern(json::Value value, std::string_view path, const Pattern& pattern,
                  ConstraintCollector* constraints);
// Likewise for all elements of a list, and their number.
void CheckArchitectures(json::Value architectures, std::string_view path, size_t count_max,
                        ConstraintCollector* constraints);

// The constraints of the members of a configuration. Any of them may be absent.
void CheckConfiguration(json::Value input, ConstraintCollector* constraints);
// Puts the members that are there into `configuration`; to be called after CheckConfiguration. Only
// ever InvalidParameterValueException. Thread-safe.
RestStatus ApplyConfiguration(const Services& services, json::Value input,
                              streams::FunctionConfiguration* configuration);

// The constraints of the members that say where code is.
void CheckCode(json::Value code, std::string_view path, ConstraintCollector* constraints);
// Takes in the code, which may take seconds: for worker threads.
RestStatus StoreCode(const Services& services, json::Value code, streams::StoredCode* stored);

}  // namespace millrace::api
