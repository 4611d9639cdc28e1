// Unpacking zips into a folder, one over the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

// Unpacks a zip into the folder, which must exist and be for nobody else meanwhile. What an earlier
// zip has put there is replaced where the paths are the same. Nobody may write to the files
// afterwards; `unzipped_max` as for ReadZip. Failures as there, and those of the disk; the folder
// is then in an undefined state.
Status UnpackZip(std::string_view zip, int64_t unzipped_max, const std::string& folder);

// Takes away, from everybody, the right to write to the folders of the tree, all but the top one.
Status ProtectFolders(const std::string& folder);

}  // namespace millrace::streams
