// The clock over HTTP.
#include "server/admin/clock_routes.h"

#include <string>
#include <utility>

#include "server/admin/admin_reply.h"
#include "storage/base/json.h"

namespace millrace::server {
namespace {

constexpr char kPath[] = "/_admin/clock";

void AnswerClock(const Clock& clock, bool is_virtual, Exchange* exchange) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("clock", is_virtual ? "virtual" : "system");
  writer.Key("now_ms");
  writer.Int(clock.NowMs());
  writer.EndObject();
  FinishJson(exchange, 200, text);
}

bool IsWholeNumber(const json::Value& value) {
  return value.present() && value.IsNumber() && !value.IsFractional();
}

// True when it has moved; otherwise it has answered.
bool Advance(VirtualClock* clock, Exchange* exchange) {
  json::Document document;
  if (!document.Parse(exchange->request_body.Terminated()).ok() || !document.root().IsObject()) {
    FinishError(exchange, 400, "the body must be a JSON object");
    return false;
  }
  const json::Value advance_ms = document.root().Find("advance_ms");
  const json::Value now_ms = document.root().Find("now_ms");
  if (advance_ms.present() == now_ms.present() ||
      !IsWholeNumber(advance_ms.present() ? advance_ms : now_ms)) {
    FinishError(exchange, 400, "the body must have either advance_ms or now_ms, a whole number");
    return false;
  }
  if (!(advance_ms.present() ? clock->Advance(advance_ms.AsInt64())
                             : clock->AdvanceTo(now_ms.AsInt64()))) {
    FinishError(exchange, 400, "the clock goes forwards only, and not beyond the year 9999");
    return false;
  }
  return true;
}

}  // namespace

void AddClockRoutes(const Clock* clock, VirtualClock* virtual_clock, std::function<void()> advanced,
                    std::vector<Route>* routes) {
  Route show;
  show.method = "GET";
  show.path = kPath;
  show.handle = [clock, virtual_clock](Exchange* exchange) {
    AnswerClock(*clock, virtual_clock != nullptr, exchange);
  };
  routes->push_back(std::move(show));

  Route advance;
  advance.method = "POST";
  advance.path = kPath;
  advance.handle = [virtual_clock, advanced = std::move(advanced)](Exchange* exchange) {
    if (virtual_clock == nullptr) {
      FinishError(exchange, 409,
                  "the clock is the system's; start the server with --clock=virtual");
    } else if (Advance(virtual_clock, exchange)) {
      advanced();
      AnswerClock(*virtual_clock, true, exchange);
    }
  };
  routes->push_back(std::move(advance));
}

}  // namespace millrace::server
