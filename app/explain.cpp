// SPDX-License-Identifier: Apache-2.0
// etalon explain — a page of the book with numbers in it; or one gradient entry, walked back to the loss.
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/error.h"
#include "command.h"
#include "commands.h"
#include "golden/tensor_name.h"
#include "pages.h"
#include "record/op_case.h"
#include "record/walk.h"
#include "say.h"

namespace etalon::app {
namespace {

struct Options {
  std::string subject, tensor, entry;
  long n_parts = 5;
  bool json = false;
};

using Json = nlohmann::ordered_json;

// NaN and infinity, which JSON cannot say, become null.
void print_json(const Json& j) { say("%s\n", j.dump(2, ' ', false, Json::error_handler_t::replace).c_str()); }

void print(const std::string& name, const file::StoredTensor& tensor) {
  say("    %-10s %s", name.c_str(), to_string(tensor.shape).c_str());
  const long n_cols = tensor.shape.n_cols();
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    say("%s%s", static_cast<long>(i) % n_cols == 0 ? "\n      " : "  ", shortest(tensor.values[i]).c_str());
  say("\n");
}

// The page as it stands in lib/op, then what the engine makes of the page's own cases.
void explain_op(const std::string& op) {
  for (const Page& page : kPages)
    if (op == page.op) say("%s\n", page.text);
  const auto golden = record::make_op_golden(op, "");
  for (const auto& [file, tensors] : golden.files) {
    if (file == record::kTolerancesFile) continue;
    say("case %s\n", file.substr(0, file.find('.')).c_str());
    for (const auto& tensor : tensors.tensors) print(tensor.name.substr(tensor.name.find('/') + 1), tensor);
    say("\n");
  }
}

void explain_op_json(const std::string& op) {
  Json j = {{"op", op}, {"page", ""}, {"cases", Json::array()}};
  for (const Page& page : kPages)
    if (op == page.op) j["page"] = page.text;
  for (const auto& [file, tensors] : record::make_op_golden(op, "").files) {
    if (file == record::kTolerancesFile) continue;
    Json example = {{"name", file.substr(0, file.find('.'))}, {"tensors", Json::object()}};
    for (const auto& t : tensors.tensors)
      example["tensors"][t.name.substr(t.name.find('/') + 1)] = {{"shape", t.shape.extents()}, {"values", t.values}};
    j["cases"].push_back(std::move(example));
  }
  print_json(j);
}

// "grad/x", "dact/x" and "x" mean the gradient of x.
std::string on_tape(const std::string& tensor) {
  using Kind = golden::TensorName::Kind;
  const golden::TensorName name = golden::parse_tensor_name(tensor);
  if (name.kind == Kind::activation)
    throw Error("explain", "a gradient", "'" + tensor + "'",
                "`etalon explain OP` explains the operation that computed it; try d" + tensor);
  if (name.kind == Kind::parameter_gradient || name.kind == Kind::activation_gradient) return name.of;
  return tensor;
}

// The flat index of "1,2,17", or of a flat index itself; -1 of "". Error: no indices; outside the shape.
long flat_index(const std::string& entry, const Shape& shape) {
  if (entry.empty()) return -1;

  // Read the indices between the commas
  std::vector<long> at;
  for (std::size_t from = 0; from <= entry.size();) {
    const std::size_t to = std::min(entry.find(',', from), entry.size());
    const std::string digits = entry.substr(from, to - from);
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
      throw Error("explain: entry", "indices as in 1,2,17", "'" + entry + "'",
                  "one index for each axis of " + to_string(shape) + ", or one flat index");
    at.push_back(std::stol(digits));
    from = to + 1;
  }
  if (at.size() == 1) return at[0];

  // Fold them, one for each axis
  bool inside = static_cast<int>(at.size()) == shape.rank();
  long index = 0;
  for (int axis = 0; inside && axis < shape.rank(); ++axis) {
    inside = at[axis] < shape[axis];
    index = index * shape[axis] + at[axis];
  }
  if (!inside)
    throw Error("explain: entry", "an entry of " + to_string(shape), "'" + entry + "'", "one index for each axis, counted from 0");
  return index;
}

void print_step(const record::Step& step, long n_parts) {
  say("d loss / d %s%s = %s\n", step.name.c_str(), golden::index_text(step.entry, step.shape).c_str(),
      shortest(step.gradient).c_str());
  long shown = 0;
  for (const record::Part& part : step.parts) {
    if (shown++ == n_parts) break;
    say("  %+12.5e  =  %+12.5e slope  x  %+12.5e from %s%s  (%s)\n", part.contribution, part.slope(), part.y_bar, part.from.c_str(),
        golden::index_text(part.entry, part.shape).c_str(), part.op.c_str());
  }
  if (static_cast<long>(step.parts.size()) > n_parts) say("  ... and %zu more\n", step.parts.size() - n_parts);
  say("  %+12.5e  sum of %zu parts\n\n", step.sum, step.parts.size());
}

Json to_json(const record::Step& step, long n_parts) {
  // Say which entry, and its gradient
  Json j = {{"name", step.name},
            {"entry", golden::index_text(step.entry, step.shape)},
            {"gradient", step.gradient},
            {"sum", step.sum},
            {"n_parts", step.parts.size()},
            {"parts", Json::array()}};

  // List the largest contributions
  for (const record::Part& part : step.parts) {
    if (static_cast<long>(j["parts"].size()) == n_parts) break;
    j["parts"].push_back({{"from", part.from},
                          {"entry", golden::index_text(part.entry, part.shape)},
                          {"op", part.op},
                          {"slope", part.slope()},
                          {"y_bar", part.y_bar},
                          {"contribution", part.contribution}});
  }
  return j;
}

// Error: the case has no node or parameter of that name.
Shape shape_of(const record::Subject& subject, const std::string& name) {
  for (const auto& node : record::nodes(subject))
    if (node.name == name) return node.shape;
  throw Error("explain", "the name of an activation or a parameter", "'" + name + "'",
              "`etalon list " + subject.name + "` shows the names of the case");
}

void explain_gradient(const Options& options) {
  const auto subject = record::subject(record::built_in_case(options.subject));
  const std::string name = on_tape(options.tensor);
  const auto steps = record::walk_back(subject, name, flat_index(options.entry, shape_of(subject, name)));
  if (options.json) {
    Json j = Json::array();
    for (const auto& step : steps) j.push_back(to_json(step, options.n_parts));
    return print_json(j);
  }
  for (const auto& step : steps) print_step(step, options.n_parts);
  say("d loss / d loss = 1\n");
}

}  // namespace

void add_explain(CLI::App& etalon, int&) {
  // Declare the command and what it explains
  CLI::App* explain = etalon.add_subcommand(
      "explain", "Explain an operation: formula, gradient, proof, numbers; or trace one gradient entry back to the loss");
  auto options = std::make_shared<Options>();
  explain
      ->add_option("OP|CASE", options->subject,
                   "the name of an operation (softmax), or of a case (gpt2-nano) whose gradient is to be traced")
      ->required();
  explain->add_option("TENSOR", options->tensor,
                      "with a case: a gradient, such as dact/h.0.attn.scores or grad/transformer.wte.weight");
  explain->add_option("ENTRY", options->entry,
                      "with a tensor: the indices of an entry, such as 1,2,17; by default the largest entry");

  // Declare how much it prints
  explain->add_option("--parts", options->n_parts, "how many contributions to print at each step")
      ->capture_default_str()
      ->check(CLI::Range(1L, 1000000L));
  explain->add_flag("--json", options->json, "print JSON");

  // Show examples, and run
  explain->footer(
      "A case is given by its name, not by its folder: `etalon list` prints the names.\n"
      "An entry of a gradient is a sum of contributions: local derivative (slope) times the gradient of a later entry.\n"
      "The largest contribution is followed, step by step, until the loss is reached.\n"
      "Examples\n"
      "  etalon explain softmax\n"
      "  etalon explain gpt2-nano-stress dact/h.1.attn.scores 0,1,5,2");
  explain->callback([=] {
    as_argument([&] {  // reads no file: what is wrong is a name or an entry
      if (!options->tensor.empty()) return explain_gradient(*options);
      options->json ? explain_op_json(options->subject) : explain_op(options->subject);
    });
  });
}

}  // namespace etalon::app
