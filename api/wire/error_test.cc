// Every row of the error table, the envelope, and the mapping of storage failures.
#include "api/wire/error.h"

#include <gtest/gtest.h>

namespace millrace::api {
namespace {

struct Row {
  ErrorType type;
  std::string name;
  std::string key;  // empty: no message
  int http_status;
};

const std::string kService = "com.amazon.coral.service#";
const std::string kValidate = "com.amazon.coral.validate#";
const std::string kDynamoDb = "com.amazonaws.dynamodb.v20120810#";

TEST(ErrorTest, EveryRowIsWrittenAsOnAws) {
  const Row rows[] = {
      {ErrorType::kValidation, kValidate + "ValidationException", "message", 400},
      {ErrorType::kSerialization, kService + "SerializationException", "Message", 400},
      {ErrorType::kUnknownOperation, kService + "UnknownOperationException", "", 400},
      {ErrorType::kMissingAuthenticationToken, kService + "MissingAuthenticationTokenException",
       "message", 400},
      {ErrorType::kIncompleteSignature, kService + "IncompleteSignatureException", "message", 400},
      {ErrorType::kInvalidSignature, kService + "InvalidSignatureException", "message", 400},
      {ErrorType::kUnrecognizedClient, kService + "UnrecognizedClientException", "message", 400},
      {ErrorType::kExpiredToken, kService + "ExpiredTokenException", "message", 400},
      {ErrorType::kAccessDenied, kService + "AccessDeniedException", "Message", 400},
      {ErrorType::kThrottling, kService + "ThrottlingException", "message", 400},
      {ErrorType::kInternalFailure, kService + "InternalFailure", "message", 500},
      {ErrorType::kServiceUnavailable, kService + "ServiceUnavailable", "message", 503},
      {ErrorType::kResourceNotFound, kDynamoDb + "ResourceNotFoundException", "message", 400},
      {ErrorType::kResourceInUse, kDynamoDb + "ResourceInUseException", "message", 400},
      {ErrorType::kConditionalCheckFailed, kDynamoDb + "ConditionalCheckFailedException", "message",
       400},
      {ErrorType::kTransactionCanceled, kDynamoDb + "TransactionCanceledException", "Message", 400},
      {ErrorType::kTransactionConflict, kDynamoDb + "TransactionConflictException", "message", 400},
      {ErrorType::kTransactionInProgress, kDynamoDb + "TransactionInProgressException", "Message",
       400},
      {ErrorType::kIdempotentParameterMismatch, kDynamoDb + "IdempotentParameterMismatchException",
       "Message", 400},
      {ErrorType::kItemCollectionSizeLimitExceeded,
       kDynamoDb + "ItemCollectionSizeLimitExceededException", "message", 400},
      {ErrorType::kProvisionedThroughputExceeded,
       kDynamoDb + "ProvisionedThroughputExceededException", "message", 400},
      {ErrorType::kRequestLimitExceeded, kDynamoDb + "RequestLimitExceeded", "message", 400},
      {ErrorType::kLimitExceeded, kDynamoDb + "LimitExceededException", "message", 400},
      {ErrorType::kDuplicateItem, kDynamoDb + "DuplicateItemException", "message", 400},
      {ErrorType::kPolicyNotFound, kDynamoDb + "PolicyNotFoundException", "message", 400},
      {ErrorType::kExpiredIterator, kDynamoDb + "ExpiredIteratorException", "message", 400},
      {ErrorType::kTrimmedDataAccess, kDynamoDb + "TrimmedDataAccessException", "message", 400},
      {ErrorType::kInternalServerError, kDynamoDb + "InternalServerError", "message", 500},
  };
  for (const Row& row : rows) {
    ApiError error;
    error.type = row.type;
    error.message = "why \"so\"";
    std::string body;
    EXPECT_EQ(WriteErrorBody(error, &body), row.http_status) << row.name;
    const std::string message = row.key.empty() ? "" : ",\"" + row.key + "\":\"why \\\"so\\\"\"";
    EXPECT_EQ(body, "{\"__type\":\"" + row.name + "\"" + message + "}");
  }
}

TEST(ErrorTest, NoMessageMeansNoKey) {
  ApiError error;
  error.type = ErrorType::kSerialization;
  std::string body;
  WriteErrorBody(error, &body);
  EXPECT_EQ(body, R"({"__type":"com.amazon.coral.service#SerializationException"})");
}

TEST(ErrorTest, FurtherMembersFollowTheMessage) {
  ApiError error;
  error.type = ErrorType::kConditionalCheckFailed;
  error.message = "The conditional request failed";
  error.members = R"("Item":{"a":{"S":"1"}})";
  std::string body;
  WriteErrorBody(error, &body);
  EXPECT_EQ(body, R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
                  R"("message":"The conditional request failed","Item":{"a":{"S":"1"}}})");
}

TEST(ErrorTest, CancellationReasonsPrecedeTheMessage) {
  ApiError error;
  error.type = ErrorType::kTransactionCanceled;
  error.message = "cancelled";
  error.members = R"("CancellationReasons":[])";
  std::string body;
  WriteErrorBody(error, &body);
  EXPECT_EQ(body, R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",)"
                  R"("CancellationReasons":[],"Message":"cancelled"})");
}

TEST(ErrorTest, EnvelopeIsAppliedOnceAndOnlyWhereAskedFor) {
  EXPECT_TRUE(WithWriteEnvelope(ApiStatus::Ok()).ok());
  EXPECT_EQ(WithWriteEnvelope(ValidationError("plain")).error().message, "plain");
  ApiStatus status = WithWriteEnvelope(EnvelopedValidationError("set"));
  EXPECT_EQ(status.error().message, "1 validation error detected: set");
  EXPECT_EQ(WithWriteEnvelope(std::move(status)).error().message,
            "1 validation error detected: set");
}

TEST(ErrorTest, StorageFailuresKeepTheirDetailsToThemselves) {
  EXPECT_TRUE(FromStorage(Status::Ok()).ok());
  EXPECT_EQ(FromStorage(Status(StatusCode::kNotFound, "x")).error().type,
            ErrorType::kResourceNotFound);
  EXPECT_EQ(FromStorage(Status(StatusCode::kAlreadyExists, "x")).error().type,
            ErrorType::kResourceInUse);
  for (const StatusCode code : {StatusCode::kResourceExhausted, StatusCode::kShuttingDown}) {
    EXPECT_EQ(FromStorage(Status(code, "x")).error().type, ErrorType::kServiceUnavailable);
  }
  for (const StatusCode code :
       {StatusCode::kInvalidArgument, StatusCode::kRefused, StatusCode::kSchemaChanged,
        StatusCode::kCorruption, StatusCode::kIoError, StatusCode::kReadOnly,
        StatusCode::kInternal}) {
    const ApiStatus status = FromStorage(Status(code, "/secret/path"));
    EXPECT_EQ(status.error().type, ErrorType::kInternalServerError);
    EXPECT_EQ(status.error().message, "Internal server error");
  }
}

}  // namespace
}  // namespace millrace::api
