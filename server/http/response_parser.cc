// Beast's response parser with callbacks that store what comes.
#include "server/http/response_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>

namespace millrace::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr uint32_t kHeaderLimit = 64 * 1024;
// As in request_parser.cc.
constexpr size_t kLastChunkSizeMin = 5;

ParseOutcome ToOutcome(const error_code& error) {
  if (!error) {
    return ParseOutcome::kOk;
  }
  if (error == http::error::need_more) {
    return ParseOutcome::kNeedMore;
  }
  if (error == http::error::body_limit) {
    return ParseOutcome::kBodyTooLarge;
  }
  return error == http::error::header_limit ? ParseOutcome::kHeaderTooLarge
                                            : ParseOutcome::kMalformed;
}

}  // namespace

class ResponseParser::Impl final : public http::basic_parser<false> {
 public:
  Impl(HttpResponse* response, size_t body_size_max) : response_(response) {
    eager(true);
    header_limit(kHeaderLimit);
    body_limit(body_size_max);
  }
  ~Impl() override = default;

 private:
  void on_response_impl(int status, BeastView, int, error_code& error) override {
    error = {};
    response_->status = status;
  }

  void on_field_impl(http::field, BeastView name, BeastView value, error_code& error) override {
    error = {};
    std::string lower(name);
    for (char& character : lower) {
      character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    response_->fields.emplace_back(std::move(lower), std::string(value));
  }

  size_t on_body_impl(BeastView bytes, error_code& error) override {
    error = {};
    response_->body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  size_t on_chunk_body_impl(uint64_t, BeastView bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_request_impl(http::verb, BeastView, BeastView, int, error_code& error) override {
    error = {};
  }
  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code& error) override {
    error = {};
  }
  void on_chunk_header_impl(uint64_t, BeastView, error_code& error) override { error = {}; }
  void on_finish_impl(error_code& error) override { error = {}; }

  HttpResponse* const response_;
};

ResponseParser::ResponseParser(size_t body_size_max) : body_size_max_(body_size_max) { Reset(); }

ResponseParser::~ResponseParser() = default;

void ResponseParser::Reset() {
  response_ = HttpResponse();
  impl_ = std::make_unique<Impl>(&response_, body_size_max_);
}

ParseOutcome ResponseParser::Parse(std::string_view bytes, size_t* consumed) {
  *consumed = 0;
  ParseOutcome outcome = ParseOutcome::kNeedMore;
  while (*consumed < bytes.size()) {
    const std::string_view rest = bytes.substr(*consumed);
    if (rest.size() < kLastChunkSizeMin && impl_->is_header_done() && impl_->chunked()) {
      return ParseOutcome::kNeedMore;
    }
    error_code error;
    *consumed += impl_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    outcome = ToOutcome(error);
    if (outcome != ParseOutcome::kOk || !done()) {
      return outcome;
    }
    if (response_.status / 100 != 1) {
      return outcome;
    }
    Reset();
  }
  return outcome;
}

ParseOutcome ResponseParser::End() {
  if (!impl_->got_some() || !impl_->is_header_done()) {
    return ParseOutcome::kMalformed;
  }
  error_code error;
  impl_->put_eof(error);
  return error ? ParseOutcome::kMalformed : ParseOutcome::kOk;
}

bool ResponseParser::done() const { return impl_->is_done(); }

bool ResponseParser::keep_alive() const { return impl_->keep_alive(); }

}  // namespace millrace::server
