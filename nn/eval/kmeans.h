#pragma once
#include <vector>

#include "nce/core/random.h"
#include "nce/core/tensor.h"

namespace nce::nn {

struct KMeansOptions {
  int clusters = 10;
  /// The most rounds of assigning and averaging. It stops when no row changes its cluster.
  int iterations = 100;
  /// The number of starts, each from other centroids. The fit with the smallest inertia is kept; of equal ones, the first.
  int n_init = 10;
  Key key{1};  ///< Draws the first centroids.
};

/// Centroids, and the clusters of the rows that they were fitted to.
struct KMeans {
  Tensor centroids;          ///< (clusters, d), f32
  std::vector<int> cluster;  ///< Of each row.
  double inertia = 0;        ///< Sum over the rows of the squared distance to their centroid.
  int iterations = 0;        ///< Rounds of this fit.

  /// The cluster of each row of `features` (M, d): its nearest centroid. In a tie the first centroid wins.
  std::vector<int> assign(const Tensor& features) const;
};

/// k-means (Lloyd, 1982) of features (N, d): a local minimum of the inertia.
/// - First centroids: rows drawn one by one. The probability of a row is proportional to its squared distance to the
///   nearest row drawn before (k-means++: Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding",
///   SODA 2007). Each time 2 + log(clusters) rows are drawn, and the one stays after which the sum of these distances
///   is smallest, as in scikit-learn.
/// - A cluster that loses its last row gets the row that is farthest from its centroid.
/// - Works in f32, sums in f64. The same bits for any number of threads.
/// - Errors: more clusters than rows; features that are not a matrix, not finite, or so large that their squares do not
///   fit in f32.
KMeans fit_kmeans(const Tensor& features, const KMeansOptions& options = {});

}  // namespace nce::nn
