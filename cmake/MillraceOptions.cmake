# Language level, warnings, sanitizers and compiler cache: everything that holds for every target of
# ours. Optimisation levels are chosen by the presets, through CMAKE_BUILD_TYPE and its flags.

option(MILLRACE_STATIC_ROCKSDB "Link librocksdb.a instead of the shared library" ON)
option(MILLRACE_JEMALLOC "Link jemalloc into the server executable" ON)
option(MILLRACE_LTO "Link-time optimisation" OFF)
option(MILLRACE_FUZZ "Build libFuzzer targets (clang only), and what they need" OFF)
option(MILLRACE_FAULT_INJECTION "Give the server --fault_plan, with which tests break its disk" OFF)
option(MILLRACE_COVERAGE "Instrument for gcov" OFF)
option(MILLRACE_CHECK_HEADERS "Compile every header alone as part of all" OFF)
set(MILLRACE_FUZZ_SECONDS 10 CACHE STRING "How long ctest runs each libFuzzer target")
set(MILLRACE_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

if(NOT CMAKE_BUILD_TYPE)
  message(FATAL_ERROR "Configure with a preset: cmake --preset dev (see CMakePresets.json)")
endif()

# Building in two directories must not compile everything twice: without this, ccache keys every
# object that has debug information by the directory it was compiled in.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
endif()

# No -fPIC: nothing of ours goes into a shared library, and -fPIC would forbid inlining of every
# function that another library could replace. The compilers' default is what executables need.

# Flags that must agree across all objects of a program.
add_compile_options(-fno-omit-frame-pointer)
if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
endif()
if(MILLRACE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
else()
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  # Of x86 processors only.
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-fcf-protection MILLRACE_HAS_CF_PROTECTION)
  if(MILLRACE_HAS_CF_PROTECTION)
    add_compile_options(-fcf-protection)
  endif()
  if(NOT MILLRACE_SANITIZE)
    # Sanitizers check the same calls, and more. The compiler may come with a level of its own.
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  endif()
  # tools/hardening checks the program. Executables are position-independent by default.
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(MILLRACE_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# Warnings apply to our code only: the headers of dependencies are system headers.
set(MILLRACE_WARNINGS -Wall -Wextra -Wformat-security -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND MILLRACE_WARNINGS -Wthread-safety)
else()
  # g++ 12 reports overlapping copies inside libstdc++'s own operator+ (GCC bug 105651).
  list(APPEND MILLRACE_WARNINGS -Wno-restrict)
  if(MILLRACE_SANITIZE)
    # Sanitizer instrumentation hides initialisations from g++, which then warns wrongly; the same
    # warning is checked without instrumentation by the release preset.
    list(APPEND MILLRACE_WARNINGS -Wno-maybe-uninitialized)
  endif()
endif()
