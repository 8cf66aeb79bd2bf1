// What the page calls. The answer lives until the next call.
#include <emscripten/emscripten.h>

#include "engine/call.h"

extern "C" EMSCRIPTEN_KEEPALIVE const char* nce_call(const char* request) {
  static std::string answer;
  answer = nce::playground::call(request);
  return answer.c_str();
}
