// The flag of programs that can break their own disk; others do not link it, so it does not exist
// for them.
#pragma once

#include <string>

namespace millrace::server {

// The file of --fault_plan; empty: none.
std::string FaultPlanFile();

}  // namespace millrace::server
