#pragma once
#include <string>
#include <utility>
#include <vector>

/// How often two views are in each pair of states. A contrastive loss sees the data through this alone. Source: Cheng,
/// Wang, Zhang, "Understanding InfoNCE: Transition Probability Matrix Induced Feature Clustering", arXiv 2511.12180.
///
/// A sample is in state k with probability P_k. An augmentation moves its view to state i with probability A_ki. The
/// two views of a sample are drawn independently from row k of A. Views of two samples are independent.
///
///     pi = A^T P            (K)     how often a view is in state i
///     c1 = A^T diag(P) A    (K, K)  how often the two views of one sample are in states i and j: positives
///     c2 = pi pi^T          (K, K)  the same for views of two different samples: negatives
///
/// c1 / c2 = exp(PMI) is the pointwise mutual information of the augmentation.
namespace nce::losses {

/// A square matrix over pairs of states, row by row.
struct StateMatrix {
  int states = 0;
  std::vector<double> values;
  double operator()(int i, int j) const { return values[size_t(i) * size_t(states) + size_t(j)]; }
  double& operator()(int i, int j) { return values[size_t(i) * size_t(states) + size_t(j)]; }
  bool empty() const { return values.empty(); }
};

/// (states, states), every entry `value`.
StateMatrix state_matrix(int states, double value = 0);
/// All pairs (i, j) of states, row by row.
std::vector<std::pair<int, int>> state_pairs(int states);

/// The distributions of pairs of views.
struct Joint {
  std::vector<double> pi;
  StateMatrix c1;
  StateMatrix c2;
  std::vector<std::string> names = {};  ///< Of the states, for texts. Empty: 0, 1, ...
  int states() const { return int(pi.size()); }
  std::string name(int state) const;
  /// The states that occur: pi above 0.
  std::vector<int> seen() const;
  /// c1_ij / c2_ij. NaN if i or j never occurs.
  StateMatrix ratio() const;
};

/// pi, c1 and c2 from P (K) and A (K, K), A_ki = Pr(view in state i | sample in state k). P and each row of A must be
/// probabilities with sum 1, up to 1e-9. They are then divided by their sum. The error names the row.
Joint joint_of(const std::vector<double>& source, const StateMatrix& transition);
/// The same from a symmetric c1 with sum 1.
Joint joint_with(StateMatrix c1);

}  // namespace nce::losses
