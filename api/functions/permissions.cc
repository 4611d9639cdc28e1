// AddPermission, GetPolicy and RemovePermission: the resource policies of functions, which are kept
// as the statements that they were made of.
#include <array>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"

namespace millrace::api {
namespace {

constexpr size_t kStatementIdSizeMax = 100;

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"StatementId", &kStringShape},
    {"Action", &kStringShape},
    {"Principal", &kStringShape},
    {"SourceArn", &kStringShape},
    {"SourceAccount", &kStringShape},
    {"EventSourceToken", &kStringShape},
    {"RevisionId", &kStringShape},
    {"PrincipalOrgID", &kStringShape},
    {"FunctionUrlAuthType", &kStringShape},
    {"InvokedViaFunctionUrl", &kBooleanShape},
});

std::string_view TextOf(json::Value value) {
  return value.present() ? value.AsString() : std::string_view();
}

RestStatus CheckMembers(json::Value input) {
  constexpr auto kAuthTypes = std::to_array<std::string_view>({"NONE", "AWS_IAM"});
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("StatementId"), "statementId");
  constraints.RequirePresent(input.Find("Action"), "action");
  constraints.RequirePresent(input.Find("Principal"), "principal");
  CheckPattern(input.Find("StatementId"), "statementId", kStatementIdPattern, &constraints);
  constraints.CheckLength(input.Find("StatementId"), "statementId", 1, kStatementIdSizeMax);
  CheckPattern(input.Find("Action"), "action", kActionPattern, &constraints);
  CheckPattern(input.Find("Principal"), "principal", kPrincipalPattern, &constraints);
  CheckPattern(input.Find("SourceArn"), "sourceArn", kSourceArnPattern, &constraints);
  CheckPattern(input.Find("SourceAccount"), "sourceAccount", kSourceAccountPattern, &constraints);
  CheckPattern(input.Find("PrincipalOrgID"), "principalOrgID", kOrganizationPattern, &constraints);
  constraints.CheckEnum(input.Find("FunctionUrlAuthType"), "functionUrlAuthType", "[NONE, AWS_IAM]",
                        kAuthTypes);
  return FromApi(constraints.Finish());
}

// Nobody can be told apart by a principal that names neither a service nor an account.
bool IsPrincipal(std::string_view principal) {
  return principal == "*" || principal.starts_with("arn:") ||
         principal.find('.') != std::string_view::npos ||
         (principal.size() == 12 && AllDigits(principal));
}

void WritePrincipal(std::string_view principal, json::Writer* writer) {
  writer->Key("Principal");
  if (principal == "*") {
    writer->String(principal);
    return;
  }
  writer->BeginObject();
  if (principal.starts_with("arn:")) {
    writer->Member("AWS", principal);
  } else if (AllDigits(principal)) {
    writer->Member("AWS", "arn:aws:iam::" + std::string(principal) + ":root");
  } else {
    writer->Member("Service", principal);
  }
  writer->EndObject();
}

void WriteCondition(json::Value input, json::Writer* writer) {
  constexpr auto kEqual = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"SourceAccount", "AWS:SourceAccount"},
      {"EventSourceToken", "lambda:EventSourceToken"},
      {"FunctionUrlAuthType", "lambda:FunctionUrlAuthType"},
      {"PrincipalOrgID", "aws:PrincipalOrgID"},
  });
  std::string equal;
  json::Writer equals(&equal);
  equals.BeginObject();
  for (const auto& [member, name] : kEqual) {
    if (input.Find(member).present()) {
      equals.Member(name, input.Find(member).AsString());
    }
  }
  equals.EndObject();
  const json::Value source = input.Find("SourceArn");
  const bool via_url = BooleanOf(input.Find("InvokedViaFunctionUrl"));
  if (equal == "{}" && !source.present() && !via_url) {
    return;
  }
  writer->Key("Condition");
  writer->BeginObject();
  if (equal != "{}") {
    writer->Key("StringEquals");
    writer->Raw(equal);
  }
  if (source.present()) {
    writer->Key("ArnLike");
    writer->BeginObject();
    writer->Member("AWS:SourceArn", source.AsString());
    writer->EndObject();
  }
  if (via_url) {
    writer->Key("Bool");
    writer->BeginObject();
    writer->Member("lambda:InvokedViaFunctionUrl", "true");
    writer->EndObject();
  }
  writer->EndObject();
}

std::string StatementText(const Services& services, const FunctionTarget& target,
                          json::Value input) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("Sid", input.Find("StatementId").AsString());
  writer.Member("Effect", "Allow");
  WritePrincipal(input.Find("Principal").AsString(), &writer);
  writer.Member("Action", input.Find("Action").AsString());
  writer.Member("Resource", FunctionArn(services, target.name, target.qualifier));
  WriteCondition(input, &writer);
  writer.EndObject();
  return text;
}

// Policies are of a function, a version or an alias.
RestStatus ReadPolicyTarget(const Services& services, const RestCall& call,
                            FunctionTarget* target) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  return target->qualifier == streams::kLatestVersion
             ? InvalidParameterValue("We currently do not support adding policies for $LATEST.")
             : RestStatus();
}

RestStatus ReadRequest(const Services& services, const RestCall& call, FunctionTarget* target) {
  const json::Value input = call.input();
  RETURN_IF_REST_ERROR(CheckMembers(input));
  RETURN_IF_REST_ERROR(ReadPolicyTarget(services, call, target));
  if (!IsPrincipal(input.Find("Principal").AsString())) {
    return InvalidParameterValue(
        "The provided principal was invalid. Please check the principal and try again.");
  }
  if (input.Find("FunctionUrlAuthType").present() &&
      input.Find("Action").AsString() != "lambda:InvokeFunctionUrl") {
    return InvalidParameterValue(
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  }
  return {};
}

}  // namespace

const Shape kAddPermissionShape = {ShapeKind::kStructure, "AddPermissionRequest", nullptr,
                                   kMembers};

void RunAddPermission(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadRequest(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const json::Value input = call->input();
  streams::PolicyStatement statement;
  statement.statement_id = input.Find("StatementId").AsString();
  statement.json = StatementText(services, target, input);
  std::string text = statement.json;
  services.functions->AddPermission(
      target.name, target.qualifier, std::move(statement),
      std::string(TextOf(input.Find("RevisionId"))), call->home(),
      [call, text = std::move(text)](const Result<streams::FunctionOutcome>& outcome) {
        if (outcome.ok()) {
          ReplyObject(call, 201, [&](json::Writer* writer) { writer->Member("Statement", text); });
        } else if (outcome.status().code() == StatusCode::kRefused) {
          call->Fail(
              {RestErrorType::kPolicyLengthExceeded, std::string(outcome.status().message())});
        } else {
          call->Fail(FromCatalog(outcome.status()));
        }
      });
}

void RunGetPolicy(const Services& services, RestCall* call) {
  FoundFunction found;
  RestStatus status = FindFunction(services, *call, &found);
  const std::string key(SettingsKey(found.target));
  if (status.ok() && !found.function->policies.contains(key)) {
    status = RestNotFound("The resource you requested does not exist.");
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const streams::FunctionPolicy& policy = found.function->policies.at(key);
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("Version", "2012-10-17");
  writer.Member("Id", "default");
  writer.Key("Statement");
  writer.BeginArray();
  for (const streams::PolicyStatement& statement : policy.statements) {
    writer.Raw(statement.json);
  }
  writer.EndArray();
  writer.EndObject();
  ReplyObject(call, 200, [&](json::Writer* members) {
    members->Member("Policy", text);
    members->Member("RevisionId", policy.revision_id);
  });
}

void RunRemovePermission(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadPolicyTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->RemovePermission(target.name, target.qualifier, call->segment(1),
                                       std::string(call->Query("RevisionId").value_or("")),
                                       call->home(), ReplyNothing(call));
}

}  // namespace millrace::api
