// SPDX-License-Identifier: Apache-2.0
#include "information/readout/ngram_labels.h"

#include <map>
#include <string>

#include "base/error.h"

namespace etalon::information {

NgramLabels ngram_labels(const std::vector<long>& tokens, long n_sequences, long length, long max_order) {
  // Refuse sizes that do not fit
  if (n_sequences < 1 || length < 1 || static_cast<long>(tokens.size()) != n_sequences * length)
    throw Error("information.ngram_labels", "B x T tokens",
                std::to_string(tokens.size()) + " for B = " + std::to_string(n_sequences) + ", T = " + std::to_string(length),
                "pass the batch's tokens with its sizes");
  if (max_order < 1 || length < 2 * max_order)
    throw Error("information.ngram_labels", "1 <= max_order and T >= 2 max_order",
                "max_order = " + std::to_string(max_order) + ", T = " + std::to_string(length),
                "lower the order or take longer sequences");

  // Use the positions where all orders exist
  NgramLabels labels;
  for (long b = 0; b < n_sequences; ++b)
    for (long i = max_order - 1; i + max_order < length; ++i) labels.rows.push_back(b * length + i);

  // Number the n-grams before and after each of them in order of first appearance
  for (long n = 1; n <= max_order; ++n)
    for (const bool input : {true, false}) {
      std::map<std::vector<long>, long> number;
      std::vector<long> of_position;
      for (const long row : labels.rows) {
        const auto first = tokens.begin() + (input ? row - n + 1 : row + 1);
        of_position.push_back(number.emplace(std::vector<long>(first, first + n), static_cast<long>(number.size())).first->second);
      }
      (input ? labels.input : labels.output).push_back(std::move(of_position));
    }
  return labels;
}

}  // namespace etalon::information
