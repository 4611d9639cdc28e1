// Beast's request parser with callbacks that store views and body bytes.
#include "server/http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <cstring>
#include <new>

namespace millrace::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

// Beast asserts that it is not shown less of a last chunk, once it has seen its size. Whatever is
// still to come of a chunked body is not shorter.
constexpr size_t kLastChunkSizeMin = 5;
// The caller bounds heads; this bounds the trailers of a chunked body.
constexpr uint32_t kHeaderLimit = 64 * 1024;

std::string_view ToView(BeastView view) { return {view.data(), view.size()}; }

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
  if (error == http::error::header_limit) {
    return ParseOutcome::kHeaderTooLarge;
  }
  return ParseOutcome::kMalformed;
}

}  // namespace

size_t FindHeadEnd(std::string_view input, size_t searched, bool* malformed) {
  *malformed = false;
  // A method starts with a letter: anything else (TLS, say) is told at once instead of waiting for
  // an empty line that never comes.
  if (!input.empty() && !std::isalpha(static_cast<unsigned char>(input.front()))) {
    *malformed = true;
    return 0;
  }
  // Four bytes may straddle the place up to which was searched.
  const size_t begin = searched > 3 ? searched - 3 : 0;
  const size_t end = input.find("\r\n\r\n", begin);
  if (end != std::string_view::npos) {
    return end + 4;
  }
  const size_t line_feed = input.find('\n');
  *malformed = line_feed != std::string_view::npos && input[line_feed - 1] != '\r';
  return 0;
}

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  Impl(RequestHead* head, BodyBuffer* body, std::string_view input)
      : head_(head), body_(body), input_(input) {}
  ~Impl() override = default;

  void set_trailers(Trailers* trailers) { trailers_ = trailers; }

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       error_code& error) override {
    error = {};
    head_->SetRequestLine(ToView(method), ToView(target), version % 10);
  }

  void on_field_impl(http::field, BeastView name, BeastView value, error_code& error) override {
    error = {};
    if (head_complete_) {
      if (trailers_ != nullptr) {
        trailers_->emplace_back(ToView(name), ToView(value));
      }
      return;
    }
    // A folded value is put together in the parser's own memory, which is gone after this call.
    // Folding is forbidden to clients since 2014.
    const std::string_view view = ToView(value);
    if (!view.empty() && (view.data() < input_.data() ||
                          view.data() + view.size() > input_.data() + input_.size())) {
      error = http::error::bad_value;
      return;
    }
    if (!head_->AddField(ToView(name), view)) {
      error = http::error::header_limit;
    }
  }

  void on_header_impl(error_code& error) override {
    error = {};
    head_complete_ = true;
    // Any other transfer coding would leave the end of the body to guesswork.
    if (head_->Has(KnownHeader::kTransferEncoding) &&
        !EqualsIgnoreCase(head_->Get(KnownHeader::kTransferEncoding), "chunked")) {
      error = http::error::bad_transfer_encoding;
    }
  }

  void on_body_init_impl(const boost::optional<uint64_t>&, error_code& error) override {
    error = {};
  }

  size_t on_body_impl(BeastView bytes, error_code& error) override {
    error = {};
    return Store(bytes);
  }

  void on_chunk_header_impl(uint64_t, BeastView, error_code& error) override { error = {}; }

  size_t on_chunk_body_impl(uint64_t, BeastView bytes, error_code& error) override {
    error = {};
    return Store(bytes);
  }

  void on_finish_impl(error_code& error) override { error = {}; }

  void on_response_impl(int, BeastView, int, error_code& error) override { error = {}; }

  size_t Store(BeastView bytes) {
    if (body_->capacity() > 0 && bytes.data() == body_->tail()) {
      body_->Advance(bytes.size());
    } else {
      body_->Append(ToView(bytes));
    }
    return bytes.size();
  }

  RequestHead* const head_;
  BodyBuffer* const body_;
  const std::string_view input_;
  bool head_complete_ = false;
  Trailers* trailers_ = nullptr;
};

RequestParser::RequestParser() {
  static_assert(sizeof(Impl) <= kStorageSize && alignof(Impl) <= 16);
  new (storage_) Impl(nullptr, nullptr, {});
}

RequestParser::~RequestParser() { impl()->~Impl(); }

ParseOutcome RequestParser::ParseHead(std::string_view bytes, RequestHead* head, BodyBuffer* body) {
  impl()->~Impl();
  Impl* const parser = new (storage_) Impl(head, body, bytes);
  parser->body_limit(boost::none);  // not known before the head is; see LimitBody
  parser->header_limit(kHeaderLimit);
  error_code error;
  parser->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error) {
    const ParseOutcome outcome = ToOutcome(error);
    return outcome == ParseOutcome::kNeedMore ? ParseOutcome::kMalformed : outcome;
  }
  parser->eager(true);
  return parser->is_header_done() ? ParseOutcome::kOk : ParseOutcome::kMalformed;
}

void RequestParser::KeepTrailers(Trailers* trailers) { impl()->set_trailers(trailers); }

ParseOutcome RequestParser::LimitBody(uint64_t size_max) {
  if (body_bytes_left() > size_max) {
    return ParseOutcome::kBodyTooLarge;
  }
  impl()->body_limit(size_max);
  return ParseOutcome::kOk;
}

ParseOutcome RequestParser::ParseBody(std::string_view bytes, size_t* consumed) {
  *consumed = 0;
  if (bytes.size() < kLastChunkSizeMin && chunked()) {
    return ParseOutcome::kNeedMore;
  }
  error_code error;
  *consumed = impl()->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  return ToOutcome(error);
}

bool RequestParser::done() const { return impl()->is_done(); }

bool RequestParser::keep_alive() const { return impl()->keep_alive(); }

bool RequestParser::chunked() const { return impl()->chunked(); }

uint64_t RequestParser::body_bytes_left() const {
  const auto left = impl()->content_length_remaining();
  return left.has_value() && !impl()->is_done() ? *left : 0;
}

}  // namespace millrace::server
