"""Golden values for the evaluation of embeddings, in f64.

The weighted nearest-neighbour vote and Spearman's correlation are written plainly. Multinomial logistic regression on standardised features comes from
PyTorch's L-BFGS and Newton's steps, down to a gradient of 1e-14. Clusters, silhouettes and assignments are scikit-learn's and SciPy's.

Run `python3 tests/reference/evaluation.py` (PyTorch and scikit-learn needed) to write evaluation.json beside this file.
"""
import json
import pathlib

import numpy as np
import scipy.optimize
import sklearn.decomposition
import sklearn.manifold
import sklearn.metrics
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def clusters(n, d, classes, spread):
    labels = torch.arange(n) % classes
    centres = torch.randn(classes, d)
    return centres[labels] + spread * torch.randn(n, d), labels


def knn(train, labels, test, k, temperature, classes):
    cosine = F.normalize(test, dim=1) @ F.normalize(train, dim=1).T
    value, index = cosine.topk(k, dim=1)
    weight = (value / temperature).exp()
    return (F.one_hot(labels[index], classes) * weight[:, :, None]).sum(1)


def logistic(x, labels, classes, l2):
    x = (x - x.mean(0)) / x.std(0, unbiased=False)

    def loss(theta):
        weight, bias = theta[:-classes].reshape(classes, -1), theta[-classes:]
        return F.cross_entropy(x @ weight.T + bias, labels) + l2 / 2 * weight.square().sum()

    theta = torch.zeros(classes * (x.shape[1] + 1), requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=2000, tolerance_grad=1e-7, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = loss(theta)
        value.backward()
        return value

    optimizer.step(closure)
    theta = theta.detach()
    for _ in range(4):  # Newton's steps to the last digits; the pseudoinverse, since biases may shift together
        slope = torch.autograd.functional.jacobian(loss, theta)
        theta = theta - torch.linalg.pinv(torch.autograd.functional.hessian(loss, theta), hermitian=True) @ slope
    assert torch.autograd.functional.jacobian(loss, theta).abs().max() < 1e-14
    return loss(theta).item(), theta[:-classes], theta[-classes:]


def ranks(x):
    return (x[:, None] > x).sum(1) + ((x[:, None] == x).sum(1) + 1) / 2


def partitions():
    """Clusters beside labels: numbers of groups that differ, numbers that do not occur, a single group."""
    random = np.random.default_rng(5)
    cases = []
    for n, clusters, labels, noise in [(50, 4, 4, 0.3), (80, 9, 3, 0.5), (60, 3, 11, 0.2), (30, 1, 5, 0), (200, 10, 10, 1)]:
        label = random.integers(0, labels, n)
        cluster = np.where(random.random(n) < noise, random.integers(0, clusters, n), label * 7 % clusters)
        table = sklearn.metrics.cluster.contingency_matrix(label, cluster)
        rows, columns = scipy.optimize.linear_sum_assignment(-table)
        cases.append({"clusters": (3 * cluster).tolist(), "labels": label.tolist(), "accuracy": table[rows, columns].sum() / n,
                      "nmi": sklearn.metrics.normalized_mutual_info_score(label, cluster),
                      "ari": sklearn.metrics.adjusted_rand_score(label, cluster)})
    return cases


def main():
    torch.manual_seed(1)
    train, labels = clusters(60, 5, 4, 1.2)
    test, _ = clusters(20, 5, 4, 3.0)
    train[:, 2] = 3 * train[:, 2] + 100  # features are not on one scale
    golden = {"d": 5, "classes": 4, "train": train.flatten().tolist(), "labels": labels.tolist(),
              "test": test.flatten().tolist(), "knn": [], "probe": []}
    for k, temperature in [(1, 0.1), (7, 0.1), (20, 0.1), (20, 0.01), (60, 1.0)]:
        votes = knn(train - train.mean(0), labels, test, k, temperature, 4)
        value, ranking = votes.topk(3)
        ranking = ranking.masked_fill(value == 0, -1)  # no neighbour has the label
        golden["knn"].append({"k": k, "temperature": temperature, "predicted": votes.argmax(1).tolist(),
                              "ranking": ranking.flatten().tolist()})
    for l2 in (1e-4, 1e-2):
        loss, weight, bias = logistic(train, labels, 4, l2)
        golden["probe"].append({"l2": l2, "loss": loss, "weight": weight.tolist(), "bias": bias.tolist()})
    golden["spearman"] = []
    for levels in (3, 6, 1000):  # few levels: many equal numbers
        x = torch.randn(40)
        y = ((x + torch.randn(40)) * levels / 6).round()
        golden["spearman"].append({"x": x.tolist(), "y": y.tolist(),
                                   "value": torch.corrcoef(torch.stack([ranks(x), ranks(y)]))[0, 1].item()})
    golden["partitions"] = partitions()
    golden["silhouette"] = sklearn.metrics.silhouette_score(train.numpy(), labels.numpy())
    alone = labels.clone()
    alone[5] = 9  # a group of one row
    golden["silhouette_alone"] = {"labels": alone.tolist(), "value": sklearn.metrics.silhouette_score(train.numpy(), alone.numpy())}
    pca = sklearn.decomposition.PCA().fit(train.numpy())
    sign = np.sign(np.take_along_axis(pca.components_, np.abs(pca.components_).argmax(1)[:, None], 1))
    golden["pca"] = {"components": (pca.components_ * sign).tolist(), "variance": pca.explained_variance_.tolist()}
    plane = pca.transform(train.numpy())[:, :2]
    golden["trustworthiness"] = [{"k": k, "trustworthiness": sklearn.manifold.trustworthiness(train.numpy(), plane, n_neighbors=k),
                                  "continuity": sklearn.manifold.trustworthiness(plane, train.numpy(), n_neighbors=k)}
                                 for k in (1, 5, 12)]
    path = pathlib.Path(__file__).with_name("evaluation.json")
    path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
    print(f"{path.name}: {len(golden['knn'])} votes, {len(golden['probe'])} regressions")


main()
