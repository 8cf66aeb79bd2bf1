#pragma once
#include <nlohmann/json.hpp>

/// The code of nlohmann::json is compiled once, in json.cpp. Each file that uses it takes a second less to compile then.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
