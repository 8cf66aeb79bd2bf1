#pragma once
#include <span>

#include "nce/core/tensor.h"

/// How well clusters agree with labels. Both are lists of numbers, one a row, each at least 0: only which rows share a number counts.
/// Definitions are scikit-learn's. Errors: lists of different lengths or without rows, a number below 0.
namespace nce::nn {

/// Share (0 .. 1) of the rows that are right where each cluster stands for one label, and no two for the same. The pairs of
/// cluster and label are the best ones: an assignment problem (Kuhn, "The Hungarian method", 1955), O(n^3) in the number of
/// clusters and labels. Rows of clusters without a label are wrong.
double clustering_accuracy(std::span<const int> clusters, std::span<const int> labels);

/// Mutual information of clusters and labels over the mean of their entropies: 0 where they are independent, 1 where they are the
/// same partition. Two partitions with one group each: 1.
double normalized_mutual_info(std::span<const int> clusters, std::span<const int> labels);

/// Share of pairs of rows that both partitions treat alike, corrected for chance (Hubert and Arabie, "Comparing partitions",
/// 1985): about 0 for random clusters, 1 for the same partition.
double adjusted_rand_index(std::span<const int> clusters, std::span<const int> labels);

/// How much nearer a row is to the rows of its own group than to those of the nearest other one: the mean over the rows of
/// (b - a) / max(a, b). a is the mean distance to the others of its group, b the smallest mean distance to another group
/// (Rousseeuw, "Silhouettes", 1987). -1 .. 1; a row that is alone in its group counts 0. Euclidean distances of features (N, d),
/// O(N^2 d) operations and O(N) memory. The same bits for any number of threads.
/// Errors: fewer than two groups, as many groups as rows, features that are not finite.
double silhouette(const Tensor& features, std::span<const int> groups);

}  // namespace nce::nn
