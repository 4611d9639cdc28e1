# The only functions with which a folder's CMakeLists.txt declares targets. Sources are listed,
# never globbed. DEPS are our own targets (millrace_base, ...) or external::<name>, see
# MillraceDependencies.

include(GoogleTest)

# Settings shared by every target of ours; includes are written from the repository root.
function(millrace_configure_target name)
  target_compile_options(${name} PRIVATE ${MILLRACE_WARNINGS})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
endfunction()

# Sources that do not exist yet are left out with a warning, so that one unfinished folder does not
# stop the others from being configured.
function(millrace_existing_sources result)
  set(existing "")
  foreach(source IN LISTS ARGN)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      list(APPEND existing "${source}")
    else()
      message(WARNING "${CMAKE_CURRENT_SOURCE_DIR}/${source} does not exist yet")
    endif()
  endforeach()
  set(${result} "${existing}" PARENT_SCOPE)
endfunction()

# Collects the header checks of all libraries; part of `all` where MILLRACE_CHECK_HEADERS is on.
if(MILLRACE_CHECK_HEADERS)
  add_custom_target(millrace_headers ALL)
else()
  add_custom_target(millrace_headers)
endif()

# One generated source per header of the folder: a header that does not compile alone breaks the
# build. Globbing is right here, because a forgotten header is exactly what must be caught.
function(millrace_check_headers name)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
       "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  if(NOT headers)
    return()
  endif()
  set(sources "")
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER "${header}" file_name)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/header_check/${file_name}.cc")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${header}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  add_library(${name}_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  millrace_configure_target(${name}_headers)
  target_link_libraries(${name}_headers PRIVATE ${name})
  add_dependencies(millrace_headers ${name}_headers)
endfunction()

# millrace_library(<name> SOURCES <file>... [DEPS <target>...]): the static library of one folder.
function(millrace_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  millrace_existing_sources(ARG_SOURCES ${ARG_SOURCES})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  millrace_configure_target(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  millrace_check_headers(${name})
endfunction()

# millrace_executable(<name> SOURCES <file>... [DEPS <target>...]): a program people run; it lands
# in the top of the build directory and gets jemalloc where that is enabled.
function(millrace_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  millrace_existing_sources(ARG_SOURCES ${ARG_SOURCES})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  millrace_configure_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  if(MILLRACE_JEMALLOC)
    # Named first so that its malloc wins over every later definition.
    target_link_libraries(${name} PRIVATE external::jemalloc)
  endif()
endfunction()

# millrace_test(<name> SOURCES <file>... [DEPS <target>...]): a GoogleTest program, each case of
# which is a ctest test. GoogleTest's main is linked in; files are found through
# MILLRACE_SOURCE_DIR.
function(millrace_test name)
  if(MILLRACE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  millrace_existing_sources(ARG_SOURCES ${ARG_SOURCES})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  millrace_configure_target(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_compile_definitions(${name} PRIVATE MILLRACE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} external::gtest_main)
  gtest_discover_tests(
    ${name}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}."
    PROPERTIES TIMEOUT 120)
endfunction()

# millrace_benchmark(<name> SOURCES <file>... [DEPS <target>...]): a Google Benchmark program.
function(millrace_benchmark name)
  if(MILLRACE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  millrace_executable(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} external::benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()

# millrace_fuzz_target(<name> SOURCES <file>... [DEPS <target>...] CORPUS <directory>
#                      [DICTIONARY <file>] [REQUESTS] [CANARY])
# The sources define LLVMFuzzerTestOneInput. With MILLRACE_FUZZ this is a libFuzzer program, of
# which ctest makes a short run; otherwise it is a program that replays the corpus, so the corpus is
# a unit test in every preset. A CANARY is expected to fail: it proves that failures are seen.
# REQUESTS: the inputs are sequences of requests with JSON bodies. Beside each program <name> stands
# a file <name>.target, by which tools/fuzz/run finds the corpus and the dictionary.
function(millrace_fuzz_target name)
  cmake_parse_arguments(ARG "CANARY;REQUESTS" "CORPUS;DICTIONARY" "SOURCES;DEPS" ${ARGN})
  cmake_path(ABSOLUTE_PATH ARG_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  millrace_existing_sources(ARG_SOURCES ${ARG_SOURCES})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  millrace_configure_target(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  if(MILLRACE_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    # The first directory receives what the run finds, so it is not the checked-in one. The canary
    # gets no corpus: it must be found by mutation, which proves that coverage feedback works.
    set(found "${CMAKE_CURRENT_BINARY_DIR}/${name}_found")
    file(MAKE_DIRECTORY "${found}")
    set(arguments -max_total_time=${MILLRACE_FUZZ_SECONDS} -artifact_prefix=${found}/ "${found}")
    if(ARG_REQUESTS)
      target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tools/fuzz/request_mutator.cc")
    endif()
    if(ARG_DICTIONARY)
      cmake_path(ABSOLUTE_PATH ARG_DICTIONARY BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
      list(PREPEND arguments "-dict=${ARG_DICTIONARY}")
    endif()
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/fuzz/${name}.target"
         CONTENT "corpus=${ARG_CORPUS}\ndictionary=${ARG_DICTIONARY}\ncanary=${ARG_CANARY}\n")
    if(NOT ARG_CANARY)
      list(APPEND arguments "${ARG_CORPUS}")
    endif()
  else()
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tools/fuzz/replay.cc")
    set(arguments "${ARG_CORPUS}")
    if(ARG_REQUESTS)
      list(APPEND arguments "--variations=100")  # each is a dozen requests
    endif()
  endif()
  if(ARG_CANARY)
    # The shell turns death by a signal into a plain exit code, which is what WILL_FAIL understands.
    add_test(NAME ${name} COMMAND sh -c "\"$@\" || exit 1" sh $<TARGET_FILE:${name}> ${arguments})
    set_tests_properties(${name} PROPERTIES WILL_FAIL ON)
  else()
    add_test(NAME ${name} COMMAND ${name} ${arguments})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
