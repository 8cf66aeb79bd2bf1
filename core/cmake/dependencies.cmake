# The packages that nce needs. Our own build reads this, and so does the installed nce-config.cmake.
include(CMakeFindDependencyMacro)

if(EMSCRIPTEN)  # what is a header alone is linked from the host, whose other headers must not be seen
  include(${CMAKE_CURRENT_LIST_DIR}/host_headers.cmake)
  return()
endif()

find_dependency(fmt)
find_dependency(nlohmann_json)

if(NCE_BACKEND STREQUAL openblas)
  find_dependency(TBB)
  find_dependency(OpenBLAS CONFIG)
  # OpenBLAS's own package sets variables, not a target.
  if(NOT TARGET nce_openblas)
    add_library(nce_openblas INTERFACE IMPORTED GLOBAL)
    target_include_directories(nce_openblas INTERFACE ${OpenBLAS_INCLUDE_DIRS})
    target_link_libraries(nce_openblas INTERFACE ${OpenBLAS_LIBRARIES})
  endif()
endif()

# libexif comes without a package for CMake, and stb_image is a header alone.
if(NCE_DATA_FILES)
  find_dependency(ZLIB)
  if(NOT TARGET nce_exif)
    find_path(EXIF_INCLUDE_DIR libexif/exif-data.h REQUIRED)
    find_library(EXIF_LIBRARY exif REQUIRED)
    add_library(nce_exif INTERFACE IMPORTED GLOBAL)
    target_include_directories(nce_exif INTERFACE ${EXIF_INCLUDE_DIR})
    target_link_libraries(nce_exif INTERFACE ${EXIF_LIBRARY})
  endif()
  find_path(STB_INCLUDE_DIR stb/stb_image.h REQUIRED)
endif()

# Highway's own package also demands its test library, which may not be installed. We need only the library.
if(NOT TARGET hwy::hwy)
  find_path(HWY_INCLUDE_DIR hwy/highway.h REQUIRED)
  find_library(HWY_LIBRARY hwy REQUIRED)
  add_library(hwy::hwy UNKNOWN IMPORTED GLOBAL)
  set_target_properties(hwy::hwy PROPERTIES IMPORTED_LOCATION ${HWY_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${HWY_INCLUDE_DIR}
                        INTERFACE_COMPILE_DEFINITIONS HWY_SHARED_DEFINE)
endif()
