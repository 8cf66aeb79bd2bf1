// Answers the page's requests by the native engine: one a line, an answer a line. The tests compare them with the page's.
#include <iostream>

#include "engine/call.h"

int main() {
  std::string request;
  while (std::getline(std::cin, request)) std::cout << nce::playground::call(request) << std::endl;
}
