# For WebAssembly: fmt, Highway and nlohmann_json without their libraries. They stand in <build>/host by links, as the
# compiler must not see other headers of the host.
foreach(header fmt/core.h hwy/highway.h nlohmann/json.hpp)
  cmake_path(GET header PARENT_PATH folder)
  find_path(NCE_HOST_${folder} ${header} PATHS /usr/include /usr/local/include REQUIRED NO_DEFAULT_PATH
            NO_CMAKE_FIND_ROOT_PATH)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/host)
  file(CREATE_LINK ${NCE_HOST_${folder}}/${folder} ${PROJECT_BINARY_DIR}/host/${folder} SYMBOLIC)
endforeach()
foreach(target fmt::fmt hwy::hwy nlohmann_json::nlohmann_json)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${PROJECT_BINARY_DIR}/host)
endforeach()
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
target_compile_definitions(hwy::hwy INTERFACE HWY_COMPILE_ALL_ATTAINABLE)
