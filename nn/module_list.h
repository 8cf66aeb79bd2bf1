#pragma once
#include <fmt/ranges.h>

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// A list that owns modules, found by number or by name. Without a name, the number is the name: "0", "1", ... It is
/// PyTorch's ModuleList, and with names its ModuleDict. M is their common class:
///
///     ModuleList<Linear> experts;
///     for (int i = 0; i < 4; ++i) experts.add(Linear(64, 16, generator));
///     for (Linear& expert : experts) ...
///
/// A name that is already there, or has a dot, is an error.
template <class M>
class ModuleList : public Module {
 public:
  /// A module to move into a list, with or without a name.
  struct Entry {
    template <std::derived_from<M> L>
    Entry(L module) : module(std::make_unique<L>(std::move(module))) {}  // NOLINT: implicit on purpose
    template <std::derived_from<M> L>
    Entry(std::string name, L module) : name(std::move(name)), module(std::make_unique<L>(std::move(module))) {}
    std::string name = {};
    mutable std::unique_ptr<M> module;  // taken out of the constant list of a constructor
  };

  ModuleList() = default;
  ModuleList(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) append(entry.name, std::move(entry.module));
  }

  template <std::derived_from<M> L>
  ModuleList& add(L module) {
    return append("", std::make_unique<L>(std::move(module)));
  }
  template <std::derived_from<M> L>
  ModuleList& add(const std::string& name, L module) {
    return append(name, std::make_unique<L>(std::move(module)));
  }
  /// An empty name means the number.
  ModuleList& append(const std::string& name, std::unique_ptr<M> module) {
    check(module != nullptr, "add: there is no module to add, but a null pointer");
    std::string key = name.empty() ? std::to_string(size()) : name;
    check(key.find('.') == std::string::npos, "add: the name '{}' has a dot, which stands between names", key);
    check(find(key) == size(), "add: the name '{}' is taken", key);
    names_.push_back(std::move(key)), modules_.push_back(std::move(module));
    return *this;
  }

  size_t size() const { return modules_.size(); }
  /// An error if there is none.
  M& operator[](size_t i) {
    check(i < size(), "there is no module {} in a list of {}", i, size());
    return *modules_[i];
  }
  M& operator[](const std::string& name) {
    check(find(name) < size(), "there is no module '{}' in this list; there are {}", name, fmt::join(names_, ", "));
    return *modules_[find(name)];
  }

  struct Iterator {
    typename std::vector<std::unique_ptr<M>>::iterator at;
    M& operator*() const { return **at; }
    Iterator& operator++() { return ++at, *this; }
    bool operator==(const Iterator&) const = default;
  };
  Iterator begin() { return {modules_.begin()}; }
  Iterator end() { return {modules_.end()}; }

  void fields(Fields& f) override {
    for (size_t i = 0; i < size(); ++i) f.module(names_[i], *modules_[i]);
  }

 private:
  size_t find(const std::string& name) const {
    return size_t(std::find(names_.begin(), names_.end(), name) - names_.begin());
  }
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<M>> modules_;
};

}  // namespace nce::nn
