// A page of a SELECT: PageRead on a plan instead of the parameters of Query and Scan.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/operations/page_read.h"
#include "api/operations/statement_request.h"
#include "api/partiql/page_token.h"
#include "api/partiql/projected_row.h"
#include "api/partiql/select_plan.h"

namespace millrace::api {

// The SELECT of ExecuteStatement; lives in Call::state. Thread use as PageRead.
class SelectPage final : public PageRead {
 public:
  // `request` has been parsed.
  SelectPage(const Services& services, Call* call, std::unique_ptr<StatementRequest> request);

 private:
  const partiql::Statement& statement() const { return request_->statement(); }
  partiql::PageQuestion question() const;

  ApiStatus FindIndexOfStatement();
  ApiStatus CheckKeyValues() const;
  ApiStatus CheckFilteredAttributes() const;
  ApiStatus ReadToken();
  ApiStatus FindRange(const ItemView& last_key);
  void SetSortBounds();

  // PageRead
  ApiStatus Check() override;
  std::string_view table_name() const override { return statement().table; }
  std::span<const expr::DocumentPath> projected_paths() const override {
    return statement().projection;
  }
  size_t range_count() const override { return plan_.keyed ? plan_.partitions.size() : 1; }
  void OpenRange(size_t range) override;
  Status ReadRange(tables::ItemVisitor* visitor, tables::PageOutcome* outcome) override;
  void WriteItem(const ItemView& item, json::Writer* writer) const override {
    rows_.Write(item, writer);
  }
  void WriteSummary(json::Writer* writer) const override;

  const std::unique_ptr<StatementRequest> request_;
  const partiql::RowProjection rows_;
  partiql::SelectPlan plan_;
  std::string token_bytes_;  // what start_key_ views
};

}  // namespace millrace::api
