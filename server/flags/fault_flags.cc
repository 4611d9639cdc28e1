// Definition of the flag.
#include "server/flags/fault_flags.h"

#include <gflags/gflags.h>

DEFINE_string(fault_plan, "",
              "For tests: a file that says which operations on the data folder fail, see "
              "storage/engine/fault_plan.h. May change while the server runs.");

namespace millrace::server {

std::string FaultPlanFile() { return FLAGS_fault_plan; }

}  // namespace millrace::server
