#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nce/losses/catalogue.h"

/// What each loss must be: one table, with a row for each loss and each variant of it. The tests of closed forms,
/// twins and conformance run over it. A test in family.cpp fails where a loss has no row.
namespace nce::test {

struct Kind {
  bool symmetric = false;        // the value does not change when the views are exchanged
  bool normalises = true;        // lengths of rows do not matter
  bool rotation = true;          // rotating the space changes nothing
  bool streams = true;           // no N x N matrix
  const char* reaches = "both";  // where the gradient goes
  int64_t least = 2;             // fewer pairs are refused
};

struct Expected {
  losses::KnownLoss loss;
  std::vector<Setting> settings;
  losses::KnownLoss dense;  // its dense definition; `make` is empty where the loss forms no pairs
  double collapsed;         // the value where all rows are one unit vector; NaN: not known
  double aligned;           // where views are equal and pairs orthogonal; NaN: not known
  Kind kind = {};
  int64_t num_views = loss.num_views.least;

  /// "dcl both_views=true"
  std::string name() const;
  /// The loss with its settings, at a temperature where it has one.
  std::unique_ptr<losses::Loss> make(double temperature) const { return set(loss, temperature); }
  std::unique_ptr<losses::Loss> make_dense(double temperature) const { return set(dense, temperature); }
  /// As many of these as the loss is to have.
  losses::Views views(const std::vector<Tensor>& z) const {
    return losses::views_of({z.begin(), z.begin() + num_views});
  }
  /// Each of the views is z.
  losses::Views views(const Tensor& z) const { return views(std::vector<Tensor>(size_t(num_views), z)); }

 private:
  std::unique_ptr<losses::Loss> set(const losses::KnownLoss& known, double temperature) const;
};

/// The table for n pairs of d dimensions at a temperature. Losses outside the catalogue are at the end.
std::vector<Expected> expected_losses(double n, double d, double temperature);

}  // namespace nce::test
