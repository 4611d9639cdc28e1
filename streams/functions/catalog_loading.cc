// From the disk to memory at the start, and from code to files that can be run.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <utility>

#include "storage/base/digest.h"
#include "streams/functions/catalog_impl.h"
#include "streams/functions/disk_files.h"
#include "streams/functions/function_codec.h"
#include "streams/functions/function_name.h"
#include "streams/functions/zip_reader.h"

namespace millrace::streams {
namespace {

std::string HashText(std::string_view bytes) {
  const auto hash = Sha256(bytes);
  return ToHex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

Status Invalid(std::string_view message) { return Status(StatusCode::kInvalidArgument, message); }

Status DamagedRow(std::string_view name) {
  return Status(StatusCode::kCorruption,
                "what is stored of the function or layer " + std::string(name) + " is damaged");
}

// The path without links, or an empty one if there is no such directory.
std::string CanonicalDirectory(const std::string& path) {
  char* const resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return {};
  }
  std::string canonical(resolved);
  std::free(resolved);
  struct stat status {};
  return stat(canonical.c_str(), &status) == 0 && S_ISDIR(status.st_mode) ? canonical : "";
}

bool IsWithin(const std::string& path, const std::string& root) {
  return path == root || root == "/" || path.starts_with(root + "/");
}

}  // namespace

Status FunctionCatalog::Impl::Load() {
  RETURN_IF_ERROR(code_.Open());
  RETURN_IF_ERROR(LoadLayers());
  RETURN_IF_ERROR(LoadFunctions());
  return ForEachRow(kFormerFunctionRow,
                    [this](const std::string& name, uint64_t, std::string_view value) -> Status {
                      ASSIGN_OR_RETURN(const uint64_t version, DecodeLastVersion(value));
                      state_.SetFormerVersion(name, version);
                      return Status::Ok();
                    });
}

Status FunctionCatalog::Impl::ForEachRow(
    char kind,
    const std::function<Status(const std::string& name, uint64_t number, std::string_view value)>&
        take) {
  const std::string from = FunctionKindBegin(kind);
  const std::string to = FunctionKindEnd(kind);
  engine::ScanRange range;
  range.space = engine::Space::kFunctions;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> rows = engine_->Scan(range);
  for (; rows->Valid(); rows->Next()) {
    std::string name;
    uint64_t number = 0;
    if (!ParseFunctionKey(rows->key(), kind, &name, &number)) {
      return DamagedRow("?");
    }
    RETURN_IF_ERROR(take(name, number, rows->value()));
  }
  return rows->status();
}

Status FunctionCatalog::Impl::LoadFunctions() {
  std::map<std::string, FunctionVersions> versions;
  RETURN_IF_ERROR(LoadVersions(&versions));
  RETURN_IF_ERROR(ForEachRow(
      kFunctionRow,
      [this, &versions](const std::string& name, uint64_t, std::string_view value) -> Status {
        ASSIGN_OR_RETURN(Function function, DecodeFunction(value));
        if (function.name != name) {
          return DamagedRow(name);
        }
        function.arn = FormatFunctionArn(options_.region, options_.account, name);
        function.versions = std::move(versions[name]);
        versions.erase(name);
        state_.Publish(std::make_shared<Function>(std::move(function)));
        return Status::Ok();
      }));
  return versions.empty() ? Status::Ok() : DamagedRow(versions.begin()->first);
}

Status FunctionCatalog::Impl::LoadVersions(std::map<std::string, FunctionVersions>* versions) {
  return ForEachRow(
      kVersionRow,
      [versions](const std::string& name, uint64_t number, std::string_view value) -> Status {
        ASSIGN_OR_RETURN(FunctionVersion version, DecodeVersion(value));
        if (version.version != std::to_string(number)) {
          return DamagedRow(name);
        }
        (*versions)[name].emplace(number, std::make_shared<FunctionVersion>(std::move(version)));
        return Status::Ok();
      });
}

Status FunctionCatalog::Impl::LoadLayers() {
  std::map<std::string, std::shared_ptr<Layer>> layers;
  RETURN_IF_ERROR(ForEachRow(
      kLayerRow,
      [this, &layers](const std::string& name, uint64_t, std::string_view value) -> Status {
        auto layer = std::make_shared<Layer>();
        layer->name = name;
        layer->arn = FormatLayerArn(options_.region, options_.account, name);
        ASSIGN_OR_RETURN(layer->last_version, DecodeLastVersion(value));
        layers[name] = std::move(layer);
        return Status::Ok();
      }));
  RETURN_IF_ERROR(ForEachRow(
      kLayerVersionRow,
      [&layers](const std::string& name, uint64_t number, std::string_view value) -> Status {
        ASSIGN_OR_RETURN(LayerVersion version, DecodeLayerVersion(value));
        const auto layer = layers.find(name);
        if (layer == layers.end() || version.layer != name || version.version != number) {
          return DamagedRow(name);
        }
        layer->second->versions.emplace(number, std::make_shared<LayerVersion>(std::move(version)));
        return Status::Ok();
      }));
  for (auto& [name, layer] : layers) {
    state_.PublishLayer(std::move(layer));
  }
  return Status::Ok();
}

Result<StoredCode> FunctionCatalog::Impl::StoreZip(std::string_view zip) {
  if (zip.empty()) {
    return Invalid(kEmptyZip);
  }
  if (zip.size() > kZipSizeMax) {
    return Invalid("The zip must not be larger than 52428800 bytes.");
  }
  ASSIGN_OR_RETURN(const ZipSummary summary, streams::ReadZip(zip, kUnzippedSizeMax, nullptr));
  StoredCode stored;
  stored.code.sha256_hex = HashText(zip);
  stored.code.size_bytes = static_cast<int64_t>(zip.size());
  stored.code.unzipped_bytes = summary.unzipped_bytes;
  ASSIGN_OR_RETURN(stored.hold, code_.Add(stored.code.sha256_hex, zip));
  return stored;
}

Result<StoredCode> FunctionCatalog::Impl::StoreFromBucket(std::string_view bucket,
                                                          std::string_view key) {
  if (options_.directory_bucket.empty() || bucket != options_.directory_bucket) {
    return Invalid(
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: "
        "The specified bucket does not exist");
  }
  const std::string path(key);
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Invalid("The key is not the path of a directory.");
  }
  // One that is not absolute may be in any of the roots.
  std::vector<std::string> candidates;
  if (path.front() == '/') {
    candidates.push_back(path);
  } else {
    for (const std::string& root : options_.directory_roots) {
      candidates.push_back(root + "/" + path);
    }
  }
  for (const std::string& candidate : candidates) {
    const Result<std::string> directory = AllowedDirectory(candidate);
    if (directory.ok()) {
      StoredCode stored;
      stored.code.directory = directory.value();
      stored.code.sha256_hex = HashText(directory.value());
      return stored;
    }
  }
  return Invalid("The key is not a directory in one of the folders that this server may use: " +
                 path);
}

Result<std::string> FunctionCatalog::Impl::AllowedDirectory(const std::string& path) const {
  const std::string canonical = CanonicalDirectory(path);
  const bool allowed =
      !canonical.empty() &&
      std::any_of(options_.directory_roots.begin(), options_.directory_roots.end(),
                  [&canonical](const std::string& root) {
                    const std::string canonical_root = CanonicalDirectory(root);
                    return !canonical_root.empty() && IsWithin(canonical, canonical_root);
                  });
  return allowed ? Result<std::string>(canonical)
                 : Result<std::string>(
                       Status(StatusCode::kNotFound,
                              "the directory is not there or may not be used: " + path));
}

Result<FunctionFiles> FunctionCatalog::Impl::Prepare(const RunnableFunction& function) {
  if (function.code == nullptr) {
    return Status(StatusCode::kNotFound, "the function has no code");
  }
  const auto code = std::static_pointer_cast<const RunnableCode>(function.code);
  std::vector<CodeStore::Hold> holds;
  FunctionFiles files;
  if (code->version->code.directory.empty()) {
    ASSIGN_OR_RETURN(CodeStore::Hold hold,
                     code_.Unpack({code->version->code.sha256_hex}, &files.task_root));
    holds.push_back(std::move(hold));
  } else {
    // It may have been replaced by a link to somewhere else since the function was created.
    ASSIGN_OR_RETURN(files.task_root, AllowedDirectory(code->version->code.directory));
  }
  std::vector<std::string> layers;
  for (const LayerReference& layer : code->version->configuration.layers) {
    layers.push_back(layer.code.sha256_hex);
  }
  if (!layers.empty()) {
    ASSIGN_OR_RETURN(CodeStore::Hold hold, code_.Unpack(layers, &files.layer_root));
    holds.push_back(std::move(hold));
  }
  files.hold = std::make_shared<std::vector<CodeStore::Hold>>(std::move(holds));
  return files;
}

}  // namespace millrace::streams
