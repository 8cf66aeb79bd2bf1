// Graphs through the whole program.
#include "support/runs.h"

#include <fmt/format.h>

using namespace nce::test;

namespace {

// 60 graphs in the TU format: rings, whose label is 1, and stars, whose label is 2. Sizes and node labels tell nothing.
void write_shapes(const TemporaryFolder& folder, const std::string& name = "SHAPES",
                  const std::string& last_edge = "", int graphs = 60) {
  std::string edges, indicator, labels, node_labels;
  int first = 1;
  for (int g = 0; g < graphs; ++g) {
    const int nodes = 5 + g / 2 % 7;
    for (int i = 0; i < nodes; ++i) {
      const int a = first + i, b = g % 2 == 0 ? first + (i + 1) % nodes : first;
      if (a != b) edges += fmt::format("{}, {}\n{}, {}\n", a, b, b, a);
      indicator += fmt::format("{}\n", g + 1), node_labels += fmt::format("{}\n", i % 3);
    }
    labels += fmt::format("{}\n", 1 + g % 2);
    first += nodes;
  }
  const std::string path = "data/TUDataset/" + name + "/raw/" + name;
  folder.write(path + "_A.txt", edges + last_edge);
  folder.write(path + "_graph_indicator.txt", indicator);
  folder.write(path + "_graph_labels.txt", labels);
  folder.write(path + "_node_labels.txt", node_labels);
}

}  // namespace

TEST_CASE("graphs train, resume to the same bits, are measured, embedded, reported and explained") {
  const TemporaryFolder folder;
  write_shapes(folder);
  const auto whole = folder / "whole", parts = folder / "parts", gcn = folder / "gcn";
  const std::string train =
      "train --data tu:SHAPES --root " + folder / "data" +
      " --loss sc_info_nce --temperature 0.2 --lr 0.01 --batch 16 --log-every 2 --schedule constant --warmup-epochs 0 --out ";
  const std::string said = succeed(train + whole + " --epochs 4 --threads 2").out;
  succeed(train + parts + " --epochs 2 --threads 1");
  CHECK(holds(
      said,
      "tu:SHAPES: 60 graphs, 470 nodes, 440 edges, 3 features of a node (node labels), 2 labels; gin and head"));
  succeed("train --resume --epochs 4 --threads 1 --out " + parts);
  check_same_files(whole, parts);
  const std::string config = read_file(whole / "config.toml");
  for (const char* text : {"[data]\nname = \"tu:SHAPES\"\n", "use_node_attr = false\nanchor_plain = false\n",
                           "[views]\nname = \"drop_nodes,perturb_edges,mask_nodes,subgraph\"\ndrop_ratio = 0.2\n",
                           "[encoder]\nname = \"gin\"\nwidth = 32\ndepth = 3\n", "batch = 16\n"})
    CHECK_MESSAGE(holds(config, text), text);
  CHECK(log_of(whole, "epoch").back().contains("knn"));
  CHECK(log_of(whole, "step").size() == 8);  // 4 steps an epoch, the last of 12 graphs

  const json scores = json::parse(succeed("eval --full --json --run " + whole).out);
  CHECK(scores["logistic"].get<double>() > 0.9);
  CHECK(scores["recall_1"].get<double>() > 0.8);
  CHECK(scores["sizes"].contains("kmeans_acc"));
  CHECK(!scores.contains("few_10_percent"));  // there are no examples apart from those that it learned from
  CHECK(scores.contains("logistic_spread"));
  CHECK(scores["majority"]["logistic"].get<double>() == 0.5);
  CHECK(scores["sizes"]["logistic"].get<double>() > 0.9);  // a star has one edge less than nodes
  CHECK(scores["labels"]["logistic"].get<double>() < 0.7);
  CHECK(scores["labels_degrees"]["logistic"].get<double>() > 0.9);
  CHECK(scores.contains("random_encoder"));
  CHECK(
      holds(succeed("eval --run " + whole).out,
            "tu:SHAPES: accuracy of logistic regression on 60 graphs, 10-fold cross-validation, mean and spread of "
            "5 times, %"));
  CHECK(holds(succeed("report " + whole).out, "| tu:SHAPES | gin, sc_info_nce 0.2, 4 epochs | " + whole + " |"));
  CHECK(
      holds(succeed("embed --run " + whole + " --out " + folder / "x.npy").out, "96 features of 60 test examples"));
  CHECK(holds(succeed("theory --pairs 64 --run " + whole).out, "states: 2 labels"));
  succeed("theory --pairs 64 --states kmeans:3 --run " + whole);

  succeed("train --data tu:SHAPES --root " + folder / "data" +
          " --encoder gcn --width 8 --depth 2 --views subgraph,identity --views-keep 0.5 --anchor-plain --batch 59 "
          "--loss is_info_nce --epochs 1 --out " +
          gcn);  // the graph that is left over has no other beside it
  CHECK(log_of(gcn, "epoch").back()["step"] == 1);
}

TEST_CASE("a few graphs train, and eval says that they cannot be cross-validated") {
  const TemporaryFolder folder;
  write_shapes(folder, "FEW", "", 6);
  succeed("train --data tu:FEW --batch 4 --epochs 1 --root " + folder / "data" + " --out " + folder / "run");
  CHECK(succeed("eval --run " + folder / "run").out ==
        "tu:FEW: 6 graphs: too few for 10-fold cross-validation; there is nothing to measure\n");
}

TEST_CASE("training may see some of the graphs, eval measures all") {
  const TemporaryFolder folder;
  write_shapes(folder);
  const std::string run = folder / "run", root = " --root " + folder / "data";
  const std::string said =
      succeed("train --data tu:SHAPES --limit 20 --batch 10 --epochs 1 --out " + run + root).out;
  CHECK(holds(said, "tu:SHAPES: 20 graphs, "));
  CHECK(holds(said, "1 x 2 steps of 10 examples"));
  CHECK(holds(succeed("eval --run " + run).out, "on 60 graphs"));
}

TEST_CASE("the page on graphs says what it cannot do") {
  const TemporaryFolder folder;
  write_shapes(folder);
  CHECK(run_line("", NCE_GRAPHCL).code == 2);
  const std::string shapes = (folder / "data").string() + " SHAPES " + (folder / "w.safetensors").string();
  check_refused(shapes + " 0", 2, "EPOCHS at least 1", NCE_GRAPHCL);
  check_refused(shapes, 1, "loader: a batch of 128 is larger than the data: SHAPES has 60 items", NCE_GRAPHCL);
}

TEST_CASE("what does not fit graphs is refused") {
  const TemporaryFolder folder;
  write_shapes(folder), write_shapes(folder, "BAD", "1, 9999\n");
  const std::string root = " --root " + folder / "data", out = " --out " + folder / "run";
  const auto refused = [&](const std::string& options, int code, const std::string& text) {
    check_refused("train --data " + options + out, code, text);
  };
  refused("tu" + root, 2, "--data: there is no data 'tu' here; there are glyphs, ");
  refused("tu:" + root, 2, ", tu:NAME");
  refused("tu:SHAPES", 2, "--data tu:SHAPES needs --root, the folder that holds TUDataset");
  refused("tu:NONE" + root, 1, "TUDataset/NONE/raw; there are BAD, SHAPES");
  refused("tu:SHAPES --root " + folder / "none", 1, "the root must be the folder that holds TUDataset");
  refused("tu:BAD" + root, 1, "BAD_A.txt: line 881 names node 9999; there are nodes 1 .. 470");
  refused("tu:SHAPES" + root, 1, "loader: a batch of 128 is larger than the data: SHAPES has 60 items");
  refused("tu:SHAPES --encoder conv4" + root, 2, "--encoder: there is no encoder 'conv4' here; there are gin, gcn");
  refused("tu:SHAPES --views crop" + root, 2,
          "--views: there is no views 'crop' here; there are identity, drop_nodes, ");
  refused("tu:SHAPES --drop-ratio 1" + root, 2, "--drop-ratio: must be at least 0 and below 1, got 1");
  refused("tu:SHAPES --limit 9 --batch 16" + root, 1,
          "loader: a batch of 16 is larger than the data: SHAPES has 9 items");
  refused("tu:SHAPES --use-node-attr" + root, 1,
          "SHAPES_node_attributes.txt: there is no such file, so nodes have no");
}
