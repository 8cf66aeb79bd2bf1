#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nce/core/files/json.h"

namespace nce::playground {

/// The members of a request. What is missing or wrong is an error that names part and member: "circle: lacks 'lr'".
class Request {
 public:
  explicit Request(const nlohmann::json& json)
      : json_(json), part_(text_value(member(json, "do", "request"), "do")) {}
  bool has(const char* name) const { return json_.contains(name); }
  double number(const char* name) const { return real_number(member(json_, name, part_), place(name)); }
  int64_t integer(const char* name, int64_t least, int64_t most) const {
    return whole_number(member(json_, name, part_), place(name), least, most);
  }
  std::string text(const char* name) const { return text_value(member(json_, name, part_), place(name)); }
  std::vector<double> numbers(const char* name) const {
    std::vector<double> all;
    for (const nlohmann::json& value : list_value(member(json_, name, part_), place(name)))
      all.push_back(real_number(value, place(name)));
    return all;
  }
  const std::string& part() const { return part_; }

 private:
  std::string place(const char* name) const { return part_ + ": " + name; }
  const nlohmann::json& json_;
  std::string part_;
};

}  // namespace nce::playground
