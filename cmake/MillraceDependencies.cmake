# Every library from outside, as a target external::<name>. Folders name them in DEPS; all of them
# come from Debian 12 packages, which tools/setup installs. Imported targets have system include
# paths, so our warnings do not reach their headers.

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(gflags CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)

# Finds a header and, if file names are given, a library file; fails when either is missing.
# millrace_external(<name> HEADER <header> [FILES <library>...] [DEPS <target>...])
function(millrace_external name)
  cmake_parse_arguments(ARG "" "HEADER" "FILES;DEPS" ${ARGN})
  find_path(MILLRACE_${name}_INCLUDE "${ARG_HEADER}" REQUIRED)
  add_library(external::${name} INTERFACE IMPORTED GLOBAL)
  # /usr/include itself must not be repeated as a system directory: it would move behind itself and
  # break the #include_next of libstdc++.
  if(NOT MILLRACE_${name}_INCLUDE STREQUAL "/usr/include")
    target_include_directories(external::${name} INTERFACE "${MILLRACE_${name}_INCLUDE}")
  endif()
  if(ARG_FILES)
    find_library(MILLRACE_${name}_LIBRARY NAMES ${ARG_FILES} REQUIRED)
    target_link_libraries(external::${name} INTERFACE "${MILLRACE_${name}_LIBRARY}")
  endif()
  target_link_libraries(external::${name} INTERFACE ${ARG_DEPS})
endfunction()

# Gives an existing target our naming.
function(millrace_external_alias name)
  add_library(external::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(external::${name} INTERFACE ${ARGN})
endfunction()

millrace_external(boost HEADER boost/beast/version.hpp DEPS Threads::Threads)
millrace_external(rapidjson HEADER rapidjson/reader.h)
millrace_external(deflate HEADER libdeflate.h FILES libdeflate.a)
millrace_external(xxhash HEADER xxhash.h FILES libxxhash.a)
millrace_external(jemalloc HEADER jemalloc/jemalloc.h FILES libjemalloc_pic.a DEPS Threads::Threads
                                                                                  ${CMAKE_DL_LIBS})
millrace_external(prometheus HEADER prometheus/text_serializer.h FILES libprometheus-cpp-core.so)

# The static libarchive, too: the shared one would load an XML library and its tables of characters
# at every start, for formats that nobody here reads.
find_library(MILLRACE_NETTLE_LIBRARY NAMES libnettle.a REQUIRED)
find_library(MILLRACE_LZMA_LIBRARY NAMES liblzma.a REQUIRED)
find_library(MILLRACE_BZIP2_LIBRARY NAMES libbz2.a REQUIRED)
find_library(MILLRACE_ZSTD_LIBRARY NAMES libzstd.a REQUIRED)
millrace_external(
  archive
  HEADER archive.h
  FILES libarchive.a
  DEPS "${MILLRACE_NETTLE_LIBRARY}" "${MILLRACE_LZMA_LIBRARY}" "${MILLRACE_BZIP2_LIBRARY}"
       "${MILLRACE_ZSTD_LIBRARY}" ZLIB::ZLIB Threads::Threads)

# The static RocksDB saves thousands of relocations at start-up; sanitizer and dev builds take the
# shared one because each of their many test programs links faster that way.
if(MILLRACE_STATIC_ROCKSDB)
  find_library(MILLRACE_LZ4_LIBRARY NAMES liblz4.a REQUIRED)
  find_library(MILLRACE_SNAPPY_LIBRARY NAMES libsnappy.a REQUIRED)
  millrace_external(
    rocksdb
    HEADER rocksdb/db.h
    FILES librocksdb.a
    DEPS "${MILLRACE_SNAPPY_LIBRARY}" "${MILLRACE_LZ4_LIBRARY}" "${MILLRACE_ZSTD_LIBRARY}"
         "${MILLRACE_BZIP2_LIBRARY}" ZLIB::ZLIB gflags_shared Threads::Threads ${CMAKE_DL_LIBS})
else()
  millrace_external(rocksdb HEADER rocksdb/db.h FILES librocksdb.so DEPS Threads::Threads)
endif()

millrace_external_alias(openssl OpenSSL::SSL OpenSSL::Crypto)
millrace_external_alias(zlib ZLIB::ZLIB)
millrace_external_alias(spdlog spdlog::spdlog)
millrace_external_alias(gflags gflags_shared)
millrace_external_alias(gtest GTest::gmock)
millrace_external_alias(gtest_main GTest::gmock_main GTest::gmock)
millrace_external_alias(benchmark benchmark::benchmark)
