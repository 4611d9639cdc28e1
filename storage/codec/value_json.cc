// Encoded attribute values to JSON text, straight from the bytes: the hot path of every read.
#include "storage/codec/value_json.h"

#include <algorithm>

#include "storage/base/base64.h"
#include "storage/base/json.h"
#include "storage/base/json_escape.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

// The end of a string, made longer in large steps and written to directly: to append to a string
// piece by piece takes longer than to copy the few bytes that most pieces have.
class Tail {
 public:
  explicit Tail(std::string* out) : out_(out) { Attach(); }
  ~Tail() { Detach(); }
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  void Char(char c) {
    Reserve(1);
    *at_++ = c;
  }
  // A string literal.
  template <size_t kSize>
  void Text(const char (&text)[kSize]) {
    Reserve(kSize - 1);
    std::copy_n(text, kSize - 1, at_);
    at_ += kSize - 1;
  }
  void Quoted(std::string_view text) {
    Reserve(text.size() + 2);
    *at_ = '"';
    if (!json::CopyPlain(at_ + 1, text.data(), text.size())) [[unlikely]] {
      Detach();
      json::AppendQuoted(out_, text);
      Attach();
      return;
    }
    at_ += text.size() + 1;
    *at_++ = '"';
  }
  void Number(std::string_view sortable) {
    Reserve(millrace::Number::kTextRoom);
    char* const end = millrace::Number::WriteSortableAsText(sortable, at_);
    if (end != nullptr) {
      at_ = end;
    } else {
      *at_++ = '0';  // not a number any encoder wrote
    }
  }
  void Base64(std::string_view bytes) {
    Char('"');
    Detach();
    EncodeBase64(bytes, out_);
    Attach();
    Char('"');
  }

 private:
  static constexpr size_t kStep = 512;

  // Makes room for that many bytes more.
  void Reserve(size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) [[unlikely]] {
      Grow(size);
    }
  }
  void Grow(size_t size) {
    const size_t used = static_cast<size_t>(at_ - out_->data());
    out_->resize(used + std::max(size, kStep));
    at_ = out_->data() + used;
    end_ = out_->data() + out_->size();
  }
  void Attach() { at_ = end_ = out_->data() + out_->size(); }
  void Detach() { out_->resize(static_cast<size_t>(at_ - out_->data())); }

  std::string* const out_;
  char* at_;   // where the next byte goes
  char* end_;  // of the string as it is
};

void AppendValue(ValueView value, int depth, Tail* out);

void AppendSetMembers(const SetView& set, Tail* out) {
  bool first = true;
  for (const std::string_view member : set) {
    if (!first) {
      out->Char(',');
    }
    first = false;
    switch (set.type()) {
      case AttributeType::kStringSet:
        out->Quoted(member);
        break;
      case AttributeType::kNumberSet:
        out->Char('"');
        out->Number(member);
        out->Char('"');
        break;
      default:
        out->Base64(member);
    }
  }
}

void AppendEntries(const MapView& map, int depth, Tail* out) {
  out->Char('{');
  bool first = true;
  for (const NamedValue& entry : map) {
    if (!first) {
      out->Char(',');
    }
    first = false;
    out->Quoted(entry.name);
    out->Char(':');
    AppendValue(entry.value, depth, out);
  }
  out->Char('}');
}

void AppendElements(const ListView& list, int depth, Tail* out) {
  bool first = true;
  for (const ValueView element : list) {
    if (!first) {
      out->Char(',');
    }
    first = false;
    AppendValue(element, depth, out);
  }
}

template <size_t kSize>
void AppendSet(const char (&opening)[kSize], const SetView& set, Tail* out) {
  out->Text(opening);
  AppendSetMembers(set, out);
  out->Text("]}");
}

void AppendValue(ValueView value, int depth, Tail* out) {
  // Stored values are not nested deeper; damaged bytes must not exhaust the stack.
  if (!value.present() || depth > limits::kNestingDepthMax) {
    out->Text(R"({"NULL":true})");
    return;
  }
  switch (value.type()) {
    case AttributeType::kString:
      out->Text(R"({"S":)");
      out->Quoted(value.payload());
      out->Char('}');
      break;
    case AttributeType::kNumber:
      out->Text(R"({"N":")");
      out->Number(value.payload());
      out->Text(R"("})");
      break;
    case AttributeType::kBinary:
      out->Text(R"({"B":)");
      out->Base64(value.payload());
      out->Char('}');
      break;
    case AttributeType::kBool:
      if (value.AsBool()) {
        out->Text(R"({"BOOL":true})");
      } else {
        out->Text(R"({"BOOL":false})");
      }
      break;
    case AttributeType::kNull:
      out->Text(R"({"NULL":true})");
      break;
    case AttributeType::kStringSet:
      AppendSet(R"({"SS":[)", value.AsSet(), out);
      break;
    case AttributeType::kNumberSet:
      AppendSet(R"({"NS":[)", value.AsSet(), out);
      break;
    case AttributeType::kBinarySet:
      AppendSet(R"({"BS":[)", value.AsSet(), out);
      break;
    case AttributeType::kList:
      out->Text(R"({"L":[)");
      AppendElements(value.AsList(), depth + 1, out);
      out->Text("]}");
      break;
    case AttributeType::kMap:
      out->Text(R"({"M":)");
      AppendEntries(value.AsMap(), depth + 1, out);
      out->Char('}');
      break;
  }
}

}  // namespace

void AppendValueJson(ValueView value, std::string* out) {
  Tail tail(out);
  AppendValue(value, 1, &tail);
}

void AppendAttributesJson(const MapView& attributes, std::string* out) {
  Tail tail(out);
  AppendEntries(attributes, 1, &tail);
}

}  // namespace millrace
