# Writes files into a C++ source as constants: cmake -DOUT=assets.cpp -DHEADER=report/assets.h -DSPACE=nce::cli::assets
# -DFILES="a.css;b.min.js" -P embed.cmake. "page.css" becomes `page_css`, "plot.min.js" `plot_js`.
set(text "#include \"${HEADER}\"\n\nnamespace ${SPACE} {\n")
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "\\.min" "" name "${name}")
  string(REPLACE "." "_" name "${name}")
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND text "static const unsigned char ${name}_bytes[] = {${bytes}};\nconst std::string_view "
                     "${name}(reinterpret_cast<const char*>(${name}_bytes), sizeof(${name}_bytes));\n")
endforeach()
file(WRITE "${OUT}" "${text}}\n")
