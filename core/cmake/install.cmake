# `cmake --install` installs headers, libraries and a package, so that find_package(nce CONFIG) gives nce::nce. The
# program nce goes to bin/ (examples/CMakeLists.txt).
include(CMakePackageConfigHelpers)
set(NCE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/nce)
install(TARGETS nce_core nce_nn nce_losses nce_data nce_nce EXPORT nce-targets)
install(EXPORT nce-targets NAMESPACE nce:: DESTINATION ${NCE_CONFIG_DIR})
foreach(module core nn losses data)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${module}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nce/${module}
          FILES_MATCHING PATTERN "*.h")
endforeach()
write_basic_package_version_file(nce-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(core/cmake/nce-config.cmake.in ${PROJECT_BINARY_DIR}/nce-config.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/nce-config.cmake ${PROJECT_SOURCE_DIR}/core/cmake/dependencies.cmake
              ${PROJECT_BINARY_DIR}/nce-config-version.cmake DESTINATION ${NCE_CONFIG_DIR})
