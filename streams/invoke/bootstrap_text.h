// The bootstraps (bootstrap/) as they were when the program was built.
#pragma once

#include <string_view>

namespace millrace::streams {

std::string_view PythonBootstrapText();
std::string_view NodeBootstrapText();

}  // namespace millrace::streams
