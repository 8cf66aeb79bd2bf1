#pragma once
#include <span>

#include "nce/core/tensor.h"

/// How well clusters agree with labels. Both are lists with one number for each row, at least 0. Only this counts: which rows
/// have the same number. Definitions are scikit-learn's. Errors: lists of different lengths or without rows, a number below 0.
namespace nce::nn {

/// Each cluster gets one label, and no two get the same. The share (0 .. 1) of rows that are right then, for the best
/// such pairs. This is an assignment problem (Kuhn, "The Hungarian method", 1955), O(n^3) in the number of clusters and
/// labels. Rows of clusters without a label are wrong.
double clustering_accuracy(std::span<const int> clusters, std::span<const int> labels);

/// Mutual information of clusters and labels, divided by the mean of their entropies. 0: they are independent. 1: they
/// are the same partition. If both have only one group: 1.
double normalized_mutual_info(std::span<const int> clusters, std::span<const int> labels);

/// Share of pairs of rows that are together in both partitions or apart in both, corrected for chance (Hubert and
/// Arabie, "Comparing partitions", 1985): about 0 for random clusters, 1 for the same partition.
double adjusted_rand_index(std::span<const int> clusters, std::span<const int> labels);

/// How much nearer a row is to its own group than to the nearest other group: the mean of (b - a) / max(a, b) over all
/// rows. a is the mean distance to the other rows of its group, b the smallest mean distance to another group
/// (Rousseeuw, "Silhouettes", 1987). -1 .. 1; a row that is alone in its group counts 0. Euclidean distances of
/// features (N, d), O(N^2 d) operations and O(N) memory. The same bits for any number of threads. Errors: fewer than
/// two groups, as many groups as rows, features that are not finite.
double silhouette(const Tensor& features, std::span<const int> groups);

}  // namespace nce::nn
