// SPDX-License-Identifier: Apache-2.0
#include "file/array_file.h"

#include "base/error.h"
#include "file/arrays.h"
#include "file/json.h"

namespace etalon::file {
namespace {

constexpr const char* kArrayHint =
    "p(x, y, z) is a list of x, each a list of y, each a list of numbers: [[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]]";

// Adds the numbers of lists in lists. extents[d] is how long the lists of depth d are, -1 before the first of them.
void add_numbers(const Json& lists, std::size_t depth, std::vector<long>& extents, std::vector<double>& values,
                 const std::string& where) {
  // Take a number where all indices are used up
  if (depth == extents.size()) {
    if (!lists.is_number()) throw Error(where, "numbers within " + std::to_string(depth) + " lists", lists.type_name(), kArrayHint);
    values.push_back(lists.get<double>());
    return;
  }

  // Refuse what is no list, and a list of another length
  if (!lists.is_array() || lists.empty())
    throw Error(where, "lists in lists, " + std::to_string(extents.size()) + " deep",
                lists.is_array() ? "an empty list" : lists.type_name(), kArrayHint);
  const long n = static_cast<long>(lists.size());
  if (extents[depth] < 0) extents[depth] = n;
  if (extents[depth] != n)
    throw Error(where, "lists of " + std::to_string(extents[depth]) + " at depth " + std::to_string(depth),
                "a list of " + std::to_string(n), kArrayHint);

  // Go on inside
  for (const auto& list : lists) add_numbers(list, depth + 1, extents, values, where);
}

}  // namespace

Tensor<double> read_array(const std::string& spec, int rank) {
  const auto of_rank = [&](Tensor<double> x) {
    if (x.shape().rank() != rank)
      throw Error(spec, "an array of rank " + std::to_string(rank), to_string(x.shape()), "it has one index for each variable");
    return x;
  };
  // Take an array of numbers as it is
  Input input = open_input(spec);
  if (input.format != Format::json && input.format != Format::text) return of_rank(open_array(std::move(input))->all());

  if (input.format == Format::text)
    throw Error(spec, "JSON, .npy, .npz or FILE:NAME", "text that is no JSON",
                "a table with more than two indices does not fit into CSV");

  // Take lists in lists
  const auto bytes = text_bytes(input);
  const auto document = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, spec, kArrayHint);
  std::vector<long> extents(static_cast<std::size_t>(rank), -1);
  std::vector<double> values;
  add_numbers(document.is_object() && document.contains("p") ? document["p"] : document, 0, extents, values, spec);
  return Tensor<double>(Shape(extents), std::move(values));
}

}  // namespace etalon::file
