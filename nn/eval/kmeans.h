#pragma once
#include <vector>

#include "nce/core/random.h"
#include "nce/core/tensor.h"

namespace nce::nn {

struct KMeansOptions {
  int clusters = 10;
  /// Rounds of assigning and averaging at most; fewer where no row changes its cluster any more.
  int iterations = 100;
  Key key{1};  ///< Of the first centroids.
};

/// Rows grouped about `clusters` centroids.
struct KMeans {
  Tensor centroids;          ///< (clusters, d), f32
  std::vector<int> cluster;  ///< of each row that the centroids were fitted to
  double inertia = 0;        ///< the sum over these rows of the squared distance to their centroid
  int iterations = 0;        ///< rounds that were needed

  /// The cluster of each row of `features` (M, d): that of the nearest centroid, of equally near ones the first.
  std::vector<int> assign(const Tensor& features) const;
};

/// k-means (Lloyd, 1982): a local minimum of the inertia. The first centroids are rows drawn one by one, each with
/// probability proportional to its squared distance to the nearest drawn before it (k-means++: Arthur and
/// Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007). A cluster that loses its last row
/// gets the row that is farthest from its own centroid. Works in f32, sums in f64; the same bits for any number of
/// threads. More clusters than rows, features that are not finite or not a matrix (N, d) are errors.
KMeans fit_kmeans(const Tensor& features, const KMeansOptions& options = {});

}  // namespace nce::nn
