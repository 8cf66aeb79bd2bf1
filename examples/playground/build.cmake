# Puts the page, its styles and scripts, and the engine into one file:
#   cmake -DPAGE=page/page.html -DGLUE=engine.js -DWASM=engine.wasm -DOUT=playground.html -P build.cmake
# GLUE is emscripten's script beside the module WASM. It stands where the page has engine.js.
cmake_path(GET PAGE PARENT_PATH folder)
file(READ ${PAGE} page)

# The file that stands where the page has `tag`. A script must not hold what ends one.
function(put tag opening file closing)
  if(EXISTS ${file})
    file(READ ${file} text)
    string(REPLACE "</script" "<\\/script" text "${text}")
  endif()
  string(REPLACE "${tag}" "${opening}${text}${closing}" page "${page}")
  set(page "${page}" PARENT_SCOPE)
endfunction()

put("<link rel=\"stylesheet\" href=\"page.css\">" "<style>\n" ${folder}/page.css "</style>")
put("<script src=\"engine.js\"></script>" "<script>\n" ${GLUE} "</script>")
string(REGEX MATCHALL "<script src=\"[a-z]+.js\"></script>" tags "${page}")
foreach(tag ${tags})
  string(REGEX MATCH "[a-z]+.js" name ${tag})
  put("${tag}" "<script>\n" ${folder}/${name} "</script>")
endforeach()

execute_process(COMMAND gzip -9nc ${WASM} COMMAND base64 -w0 OUTPUT_VARIABLE module COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "id=\"wasm\">" "id=\"wasm\">${module}" page "${page}")
file(WRITE ${OUT} "${page}")
file(SIZE ${OUT} bytes)
math(EXPR kilobytes "${bytes} / 1000")
message(STATUS "${OUT}: ${kilobytes} kB")
