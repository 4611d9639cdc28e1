// Encoded attribute values to JSON text, straight from the bytes: the hot path of every read.
#include "storage/codec/value_json.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "storage/base/base64.h"
#include "storage/base/bytes.h"
#include "storage/base/json.h"
#include "storage/base/json_escape.h"
#include "storage/codec/value_layout.h"
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

  // Where so many bytes may be written that become part of the text with Advance.
  char* Room(size_t size) {
    Reserve(size);
    return at_;
  }
  // The same for bytes behind those that were written up to `to`, which may move.
  char* RoomBehind(char* to, size_t size) {
    const size_t written = static_cast<size_t>(to - at_);
    Reserve(written + size);
    return at_ + written;
  }
  void Advance(char* end) { at_ = end; }
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
  [[gnu::noinline]] void Grow(size_t size) {
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

// More than what stands around a name and a scalar takes, and the 16 bytes that a copy may write.
constexpr size_t kEntryRoom = 48;

template <size_t kSize>
char* Put(const char (&text)[kSize], char* to) {
  std::memcpy(to, text, kSize - 1);
  return to + kSize - 1;
}

// Appends the entry in [at, end) if it is a string, a number or a boolean, as most are, with
// nothing to escape. Returns its end; nullptr, with nothing appended, otherwise. The lengths are
// looked at once and the bytes written in one go, for a third of the instructions that the general
// way takes.
const char* AppendPlainEntry(const char* at, const char* end, bool first, Tail* out) {
  uint32_t name_size = 0;
  const char* const name = ReadVarint32(at, end, &name_size);
  if (name == nullptr || end - name <= int64_t{name_size}) {
    return nullptr;
  }
  const char* const value = name + name_size;
  // The byte behind the type is the length of a string or number, or the beginning of a longer one.
  uint32_t size = 0;
  const char* const payload = ReadVarint32(value + 1, end, &size);
  if (payload == nullptr) {
    return nullptr;
  }
  char* to = out->Room(size_t{name_size} + kEntryRoom);
  if (!first) {
    *to++ = ',';
  }
  *to++ = '"';
  if (!json::CopyPlainWithRoom(to, name, name_size, end)) {
    return nullptr;
  }
  to += name_size;
  switch (static_cast<AttributeType>(*value)) {
    case AttributeType::kString: {
      if (end - payload < int64_t{size}) {
        return nullptr;
      }
      to = Put(R"(":{"S":")", out->RoomBehind(to, size_t{size} + kEntryRoom));
      if (!json::CopyPlainWithRoom(to, payload, size, end)) {
        return nullptr;
      }
      out->Advance(Put(R"("})", to + size));
      return payload + size;
    }
    case AttributeType::kNumber:
      if (end - payload < int64_t{size}) {
        return nullptr;
      }
      to = Put(R"(":{"N":")", out->RoomBehind(to, kEntryRoom + Number::kTextRoom));
      to = Number::WriteSortableAsText({payload, size}, to);
      if (to == nullptr) {
        return nullptr;
      }
      out->Advance(Put(R"("})", to));
      return payload + size;
    case AttributeType::kBool:
      out->Advance(size != 0 ? Put(R"(":{"BOOL":true})", to) : Put(R"(":{"BOOL":false})", to));
      return value + layout::kBoolSize;
    default:
      return nullptr;
  }
}

void AppendEntries(const MapView& map, int depth, Tail* out) {
  out->Char('{');
  const char* at = map.encoded_entries().data();
  const char* const end = at + map.encoded_entries().size();
  for (bool first = true; at != end; first = false) {
    const char* const next = AppendPlainEntry(at, end, first, out);
    if (next != nullptr) {
      at = next;
      continue;
    }
    const MapView::Iterator entry(at, end);
    if (!(entry != MapView::Iterator(nullptr, nullptr))) {
      break;  // nothing that an encoder wrote
    }
    if (!first) {
      out->Char(',');
    }
    out->Quoted(entry->name);
    out->Char(':');
    AppendValue(entry->value, depth, out);
    at = entry->encoded.data() + entry->encoded.size();
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
