// Projections are kept as a sorted list of paths: those with a common beginning stand together, so
// that writing an item is one walk over the list, a range of it for every level of the item.
#include "api/expr/projection.h"

#include <algorithm>
#include <string>

#include "api/expr/binder.h"
#include "api/expr/messages.h"
#include "api/expr/path_set.h"
#include "api/expr/syntax_tree.h"
#include "api/wire/attribute_json.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kKind = "ProjectionExpression";

using Paths = std::span<const DocumentPath>;

// The paths at the front of `paths` that share the step at `depth`.
Paths FrontGroup(Paths paths, size_t depth) {
  size_t count = 1;
  while (count < paths.size() && paths[count].steps[depth] == paths[0].steps[depth]) {
    ++count;
  }
  return paths.first(count);
}

// Writes what paths select of values. What turns out to select nothing is taken back, so that no
// empty parents appear.
class SelectionWriter {
 public:
  explicit SelectionWriter(json::Writer* writer) : writer_(*writer) {}

  // Entries of `map` that `paths` name with their step at `depth`; returns whether there were any.
  bool Entries(Paths paths, size_t depth, const MapView& map) {
    bool any = false;
    while (!paths.empty()) {
      const Paths group = FrontGroup(paths, depth);
      paths = paths.subspan(group.size());
      const std::string& name = group.front().steps[depth].name;
      const ValueView value = map.Find(name);
      if (value.present()) {
        any |= Attempt([&] {
          writer_.Key(name);
          return Part(group, depth + 1, value);
        });
      }
    }
    return any;
  }

 private:
  // Runs `write`, which returns whether it selected anything, and takes back what it wrote if it
  // did not.
  template <typename Function>
  bool Attempt(Function write) {
    const json::Writer before = writer_;
    const size_t size = writer_.out()->size();
    if (write()) {
      return true;
    }
    writer_.out()->resize(size);
    writer_ = before;
    return false;
  }

  // `value` itself, or what is selected below it.
  bool Part(Paths group, size_t depth, ValueView value) {
    const std::vector<PathStep>& steps = group.front().steps;
    if (steps.size() == depth) {
      WriteAttributeValue(value, &writer_);
      return true;
    }
    bool any = false;
    writer_.BeginObject();
    if (steps[depth].is_index && value.type() == AttributeType::kList) {
      writer_.Key("L");
      writer_.BeginArray();
      any = Elements(group, depth, value.AsList());
      writer_.EndArray();
    } else if (!steps[depth].is_index && value.type() == AttributeType::kMap) {
      writer_.Key("M");
      writer_.BeginObject();
      any = Entries(group, depth, value.AsMap());
      writer_.EndObject();
    }
    writer_.EndObject();
    return any;
  }

  bool Elements(Paths paths, size_t depth, const ListView& list) {
    bool any = false;
    uint32_t index = 0;
    for (const ValueView element : list) {
      if (paths.empty()) {
        break;
      }
      if (paths.front().steps[depth].index == index++) {
        const Paths group = FrontGroup(paths, depth);
        paths = paths.subspan(group.size());
        any |= Attempt([&] { return Part(group, depth + 1, element); });
      }
    }
    return any;
  }

  json::Writer& writer_;
};

}  // namespace

ApiStatus Projection::Parse(std::string_view text, Placeholders* placeholders,
                            Projection* projection) {
  if (text.empty()) {
    return EmptyExpression(kKind);
  }
  SyntaxTree syntax;
  std::string detail;
  if (!ParseExpression(text, Grammar::kProjection, &syntax, &detail)) {
    return InvalidExpression(kKind, detail);
  }
  Binder binder(syntax, placeholders, &detail);
  bool valid = binder.CheckReservedWords();
  for (size_t index = 0; valid && index < syntax.actions.size(); ++index) {
    valid = binder.CheckNames(syntax.actions[index].path);
  }
  std::vector<DocumentPath> paths(syntax.actions.size());
  for (size_t index = 0; valid && index < paths.size(); ++index) {
    valid = binder.BindPath(syntax.actions[index].path, &paths[index]);
  }
  if (!valid || !CheckDisjoint(paths, &detail)) {
    return InvalidExpression(kKind, detail);
  }
  std::sort(paths.begin(), paths.end(), PathLess);
  projection->paths_ = std::move(paths);
  return ApiStatus::Ok();
}

ApiStatus Projection::FromAttributesToGet(json::Value names, Projection* projection) {
  std::vector<DocumentPath> paths;
  for (const json::Value name : names.elements()) {
    if (name.IsString()) {
      paths.emplace_back().steps.push_back({std::string(name.AsString()), 0, false});
    }
  }
  std::sort(paths.begin(), paths.end(), PathLess);
  const auto duplicate = std::adjacent_find(paths.begin(), paths.end());
  if (duplicate != paths.end()) {
    return ValidationError(
        "One or more parameter values were invalid: Duplicate value in attribute name: " +
        duplicate->top_level_name());
  }
  projection->paths_ = std::move(paths);
  return ApiStatus::Ok();
}

void Projection::Write(const ItemView& item, json::Writer* writer) const {
  WriteSelected(paths_, item, writer);
}

void WriteSelected(std::span<const DocumentPath> paths, const ItemView& item,
                   json::Writer* writer) {
  std::vector<DocumentPath> sorted;
  if (!std::is_sorted(paths.begin(), paths.end(), PathLess)) {
    sorted.assign(paths.begin(), paths.end());
    std::sort(sorted.begin(), sorted.end(), PathLess);
    paths = sorted;
  }
  writer->BeginObject();
  SelectionWriter(writer).Entries(paths, 0, item.attributes());
  writer->EndObject();
}

bool AnySelected(std::span<const DocumentPath> paths, const ItemView& item) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const DocumentPath& path) { return path.Resolve(item).present(); });
}

}  // namespace millrace::api::expr
