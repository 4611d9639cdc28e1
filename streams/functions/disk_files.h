// Files and folders on disk, as the code store needs them: whole files, durable, and whole trees.
// None of this is thread-safe against others who change the same paths.
#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

// A failure with the operating system's words: kResourceExhausted when the disk is full, kNotFound
// when there is no such path, else kIoError.
Status SystemFailure(std::string_view what, const std::string& path, int error_number);

// Writes to the descriptor until all is written.
Status WriteAll(int descriptor, std::string_view bytes, const std::string& path);
// Makes the folder and its parents if they are not there.
Status MakeFolder(const std::string& path);
Result<std::string> ReadFile(const std::string& path);
// Makes a new file that survives a loss of power: `temporary` first, then renamed to `path`.
Status WriteFileDurably(const std::string& temporary, const std::string& path,
                        std::string_view bytes);
// Removes a file or a tree, also one with folders that may not be written to. Follows no symbolic
// links. A path that is not there is no failure.
Status RemoveTree(const std::string& path);

}  // namespace millrace::streams
