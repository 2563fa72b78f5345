// SPDX-License-Identifier: Apache-2.0
#include "model/config.h"

#include "base/error.h"

namespace etalon::model {
namespace {

[[noreturn]] void refuse(const std::string& field, const std::string& expected, const std::string& got, const std::string& hint) {
  throw Error("model.config." + field, expected, got, hint);
}

void require_extent(const char* field, long value, long largest) {
  if (value >= 1 && value <= largest) return;
  refuse(field, "a size in 1.." + std::to_string(largest), std::to_string(value),
         "is it set in the config, and in the right unit?");
}

std::string spelled(const Ratio& r) { return std::to_string(r.num) + " / " + std::to_string(r.den); }

// A rational constant must be one: 0 <= num, 0 < den, both exact as doubles.
void require_ratio(const char* field, const Ratio& r) {
  constexpr long kExact = 1L << 53;
  if (r.num >= 0 && r.den > 0 && r.num < kExact && r.den < kExact) return;
  refuse(field, "num / den with 0 <= num, 0 < den, both below 2^53", spelled(r), "write 0.00001 as {1, 100000}");
}

// D = C / H. Error: H does not divide C.
long default_head_size(const Config& c) {
  if (c.width % c.n_heads != 0)
    refuse("n_heads", "a divisor of the width " + std::to_string(c.width), std::to_string(c.n_heads),
           "a head has width / n_heads columns, unless the config sets head_size");
  return c.width / c.n_heads;
}

Config with_defaults(Config c, const Family& row) {
  if (c.n_kv_heads == 0) c.n_kv_heads = c.n_heads;
  if (c.head_size == 0) c.head_size = default_head_size(c);
  // A gated MLP has three maps for two: 2/3 of the width costs as many parameters (Shazeer 2020, section 2)
  if (c.mlp_width == 0) c.mlp_width = row.mlp == Mlp::swiglu ? (8 * c.width + 2) / 3 : 4 * c.width;
  if (c.eps.num == 0) c.eps = row.eps;
  if (c.rope_theta.num == 0) c.rope_theta = row.rope_theta;
  return c;
}

void check_heads(const Config& c, const Family& row) {
  const std::string heads = std::to_string(c.n_heads);
  if (c.n_kv_heads < 1 || c.n_heads % c.n_kv_heads != 0)
    refuse("n_kv_heads", "a divisor of n_heads = " + heads, std::to_string(c.n_kv_heads),
           "every key-value head serves the same number of query heads; 0 means n_heads");
  if (!row.grouped_heads && c.n_kv_heads != c.n_heads)
    refuse("n_kv_heads", heads + ", as n_heads", std::to_string(c.n_kv_heads), std::string(row.name) + " does not group its heads");
  if (c.q_width() > kLargestExtent)
    refuse("head_size", "n_heads x head_size at most " + std::to_string(kLargestExtent),
           heads + " x " + std::to_string(c.head_size), "this is a reference for small models: take fewer or smaller heads");
  if (row.position != Position::learned && c.head_size % 2 != 0)
    refuse("head_size", "an even size (0: width / n_heads)", std::to_string(c.head_size),
           std::string(row.name) + " rotates pairs of columns of each head");
}

void check_constants(const Config& c, const Family& row) {
  require_ratio("eps", c.eps);
  require_ratio("rope_theta", c.rope_theta);
  if (c.eps.num > c.eps.den) refuse("eps", "at most 1", spelled(c.eps), "1e-5 is usual");
  const bool rotary = row.position != Position::learned;
  if (rotary && c.rope_theta.num < c.rope_theta.den) refuse("rope_theta", "at least 1", spelled(c.rope_theta), "10000 is usual");
  if (!rotary && c.rope_theta.num != 0)
    refuse("rope_theta", "0", spelled(c.rope_theta), std::string(row.name) + " learns its positions and rotates nothing");
}

// Upper bound of the number of parameters. Every extent is at most 2^24 and there are at most 2^10 layers: below 2^63.
static_assert(kLargestExtent <= 1 << 24 && kMostLayers <= 1 << 10);
long n_parameters_at_most(const Config& c) {
  const long attention = 2 * c.width * (c.q_width() + c.kv_width()) + c.q_width() + 2 * c.kv_width() + c.width;
  const long mlp = 3 * c.width * c.mlp_width + 2 * c.mlp_width + c.width;
  const long norms = 4 * c.width;
  return 2 * c.vocab_size * c.width + c.max_length * c.width + c.n_layers * (attention + mlp + norms) + 2 * c.width;
}

}  // namespace

Config validated(Config config) {
  // Require the sizes that have no default
  const Family& row = family(config.family);
  require_extent("vocab_size", config.vocab_size, kLargestExtent);
  require_extent("max_length", config.max_length, kLargestExtent);
  require_extent("width", config.width, kLargestExtent);
  require_extent("n_layers", config.n_layers, kMostLayers);
  require_extent("n_heads", config.n_heads, kLargestExtent);

  // Fill in the defaults, then require what hangs together: heads, constants, the size of the whole
  config = with_defaults(std::move(config), row);
  require_extent("head_size", config.head_size, kLargestExtent);
  require_extent("mlp_width", config.mlp_width, kLargestExtent);
  check_heads(config, row);
  check_constants(config, row);
  if (n_parameters_at_most(config) > kMostNumbers)
    refuse("width", "a model of at most 2^33 parameters", "up to " + std::to_string(n_parameters_at_most(config)),
           "this is a reference for small models: shrink vocab_size, width, mlp_width or n_layers");
  return config;
}

}  // namespace etalon::model
