// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include "tensor/random.h"

namespace etalon::model {
namespace {

// The slots of one model, written down in the order in which the forward pass meets them.
class SlotList {
 public:
  explicit SlotList(const Family& row) : row_(row) {}

  void embedding(const std::string& module, long rows, long width) {
    slots_.push_back({module + ".weight", {rows, width}, Role::embedding, width});
  }

  void norm(const std::string& module, long width) {
    slots_.push_back({module + ".weight", {width}, Role::gain, 1});
    if (row_.bias) bias(module, width);
  }

  void linear(const std::string& module, long in, long out, bool ends_in_residual = false) {
    const Shape shape = row_.in_out_weights ? Shape{in, out} : Shape{out, in};
    slots_.push_back({module + ".weight", shape, Role::weight, in, ends_in_residual});
    if (row_.bias) bias(module, out);
  }

  // The head is a torch.nn.Linear without bias in every family, whatever the layout of the other maps.
  void head(const std::string& module, long width, long vocab_size) {
    slots_.push_back({module + ".weight", {vocab_size, width}, Role::weight, width});
  }

  std::vector<Slot> done() { return std::move(slots_); }

 private:
  void bias(const std::string& module, long extent) { slots_.push_back({module + ".bias", {extent}, Role::bias, 1}); }

  const Family& row_;
  std::vector<Slot> slots_;
};

// The slots of one block: attention with the norm before it, then the MLP with its own.
void add_block(SlotList& list, const Config& c, const Family& row, long layer) {
  const auto at = [&](const char* name) { return name_in_layer(name, layer); };
  const Family::Names& names = row.names;

  // List attention: q, k and v in one map or in three, and the map back to the stream
  list.norm(at(names.norm1), c.width);
  if (row.attention == Attention::fused_qkv) {
    list.linear(at(names.qkv), c.width, c.q_width() + 2 * c.kv_width());
  } else {
    list.linear(at(names.q), c.width, c.q_width());
    list.linear(at(names.k), c.width, c.kv_width());
    list.linear(at(names.v), c.width, c.kv_width());
  }
  list.linear(at(names.attn_out), c.q_width(), c.width, true);

  // List the MLP: the gate where there is one, up and down
  list.norm(at(names.norm2), c.width);
  if (row.mlp == Mlp::swiglu) list.linear(at(names.gate), c.width, c.mlp_width);
  list.linear(at(names.up), c.width, c.mlp_width);
  list.linear(at(names.down), c.mlp_width, c.width, true);
}

// Of one parameter's entries: N(mean, sigma^2).
struct Law {
  double mean, sigma;
};

Law usual_law(const Slot& slot, const Config& c, const Family& row) {
  if (slot.role == Role::bias) return {0, 0};
  if (slot.role == Role::gain) return {1, 0};
  const double sigma = ratio<double>(2, 100);
  if (!(row.scaled_residual && slot.ends_in_residual)) return {0, sigma};
  return {0, sigma / sqrt(static_cast<double>(2 * c.n_layers))};
}

Law stress_law(const Slot& slot) {
  switch (slot.role) {
    case Role::embedding: return {0, 1};
    case Role::weight: return {0, ratio<double>(16, 10) / sqrt(static_cast<double>(slot.fan_in))};
    case Role::bias: return {0, ratio<double>(3, 10)};
    case Role::gain: return {1, ratio<double>(3, 10)};
  }
  throw Error("model.initialise", "a role", "none", "a new Role needs a law here");
}

}  // namespace

std::string name_in_layer(const std::string& pattern, long layer) {
  const std::size_t at = pattern.find("{l}");
  return at == std::string::npos ? pattern : pattern.substr(0, at) + std::to_string(layer) + pattern.substr(at + 3);
}

std::vector<Slot> slots(const Config& config) {
  const Config c = validated(config);
  const Family& row = family(c.family);
  SlotList list(row);
  list.embedding(row.names.tokens, c.vocab_size, c.width);
  if (row.position == Position::learned) list.embedding(row.names.positions, c.max_length, c.width);
  for (long layer = 0; layer < c.n_layers; ++layer) add_block(list, c, row, layer);
  list.norm(row.names.final_norm, c.width);
  if (!row.tied_embedding) list.head(row.names.head, c.width, c.vocab_size);
  return list.done();
}

Parameters<double> initialise(const Config& config, Weights weights, std::uint64_t seed) {
  const Config c = validated(config);
  Parameters<double> out;
  for (const Slot& slot : slots(c)) {
    const Law law = weights == Weights::usual ? usual_law(slot, c, family(c.family)) : stress_law(slot);
    out.add(slot.name, normal_tensor(Stream(seed, slot.name), slot.shape, law.mean, law.sigma));
  }
  return out;
}

}  // namespace etalon::model
