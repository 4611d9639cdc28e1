// Carries an edit's own error past the catalog, which knows only status codes.
#include "api/operations/catalog_change.h"

#include <memory>
#include <utility>

namespace millrace::api {
namespace {

// Written on the committer thread, read on the home thread afterwards: the queue between them
// orders it.
using Refusal = std::shared_ptr<ApiStatus>;

tables::DescriptorEdit Wrap(TableEdit edit, const Refusal& refusal) {
  return [edit = std::move(edit), refusal](const TableDescriptor& current,
                                           TableDescriptor* changed) {
    *refusal = edit(current, changed);
    return refusal->ok() ? Status::Ok() : Status(StatusCode::kRefused, "refused by the operation");
  };
}

tables::ChangeCallback AnswerWith(Call* call, ChangeAnswers answers, const Refusal& refusal) {
  return
      [call, answers = std::move(answers), refusal](const Result<tables::TablePointer>& outcome) {
        if (outcome.ok()) {
          answers.changed(*outcome.value(), call);
          call->Finish();
          return;
        }
        switch (outcome.status().code()) {
          case StatusCode::kRefused:
            if (refusal->ok()) {
              call->Fail(FromStorage(outcome.status()));
            } else {
              call->Fail(*refusal);
            }
            break;
          case StatusCode::kNotFound:
            call->Fail(answers.not_found());
            break;
          default:
            call->Fail(FromStorage(outcome.status()));
        }
      };
}

}  // namespace

void UpdateThroughCatalog(const Services& services, Call* call, const std::string& table_name,
                          TableEdit edit, bool to_updating, ChangeAnswers answers) {
  const Refusal refusal = std::make_shared<ApiStatus>();
  services.catalog->Update(table_name, Wrap(std::move(edit), refusal), to_updating, call->home,
                           AnswerWith(call, std::move(answers), refusal));
}

void DeleteThroughCatalog(const Services& services, Call* call, const std::string& table_name,
                          TableEdit check, ChangeAnswers answers) {
  const Refusal refusal = std::make_shared<ApiStatus>();
  services.catalog->Delete(table_name, Wrap(std::move(check), refusal), call->home,
                           AnswerWith(call, std::move(answers), refusal));
}

}  // namespace millrace::api
