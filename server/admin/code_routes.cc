// Checking links on the I/O thread, reading packages on a worker.
#include "server/admin/code_routes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/functions/code_links.h"
#include "server/admin/admin_reply.h"
#include "server/gate/exchange.h"
#include "streams/functions/function_catalog.h"

namespace millrace::server {
namespace {

// Reads a package on a worker, then answers at home. Belongs to the exchange.
class Download final : public api::Call::State, private Task {
 public:
  Download(streams::FunctionCatalog* functions, std::string package, Exchange* exchange)
      : functions_(functions), exchange_(exchange) {
    code_.sha256_hex = std::move(package);
  }

  void Start(WorkerPool* workers) {
    if (!workers->TryPost(this)) {
      FinishError(exchange_, 503, "the server is busy");
    }
  }

 private:
  void Run() override {
    if (!read_) {
      Result<std::string> zip = functions_->ReadZip(code_);
      status_ = zip.status();
      if (zip.ok()) {
        zip_ = std::move(zip).value();
      }
      read_ = true;
      exchange_->home->PostOne(this);
      return;
    }
    Exchange* const exchange = exchange_;
    if (!status_.ok()) {
      FinishError(exchange, status_.code() == StatusCode::kNotFound ? 404 : 500,
                  "the package cannot be read");
      return;
    }
    exchange->http_status = 200;
    exchange->content_type = "application/zip";
    exchange->body.swap(zip_);
    exchange->Finish();  // the object may be gone
  }

  streams::FunctionCatalog* const functions_;
  Exchange* const exchange_;
  streams::FunctionCode code_;
  bool read_ = false;
  Status status_;
  std::string zip_;
};

void Answer(const api::Services& services, Exchange* exchange) {
  std::string target(exchange->head.path());
  target.append("?").append(exchange->head.query());
  std::optional<std::string> package = services.code_links->Check(target);
  if (!package.has_value()) {
    FinishError(exchange, 403, "the link is not valid or has expired");
    return;
  }
  auto owned = std::make_unique<Download>(services.functions, std::move(*package), exchange);
  Download* const download = owned.get();
  exchange->state = std::move(owned);
  download->Start(services.workers);
}

}  // namespace

void AddCodeRoutes(const api::Services* services, std::vector<Route>* routes) {
  Route route;
  route.method = "GET";
  route.path = api::CodeLinks::kPathPrefix;
  route.is_prefix = true;
  route.handle = [services](Exchange* exchange) { Answer(*services, exchange); };
  routes->push_back(std::move(route));
}

}  // namespace millrace::server
