// SPDX-License-Identifier: Apache-2.0
// In this order: the dtypes; one number; the data; writing; the functions of safetensors.h. The header: safetensors_header.cpp.
#include "file/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "base/input_file.h"
#include "file/json.h"
#include "file/safetensors_header.h"

namespace etalon::file {
namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();  // the size of a pipe

// --- the dtypes ------------------------------------------------------------------------------------------------------------

struct DtypeRow {
  Dtype dtype;
  const char* name;
  int n_bytes;
  bool floating;
  int exponent_bits, fraction_bits;  // floating: how the word is divided
  std::int64_t smallest, largest;    // integer: what fits
};
constexpr DtypeRow kDtypes[] = {
    {Dtype::f64, "F64", 8, true, 11, 52, 0, 0},
    {Dtype::f32, "F32", 4, true, 8, 23, 0, 0},
    {Dtype::bf16, "BF16", 2, true, 8, 7, 0, 0},
    {Dtype::f16, "F16", 2, true, 5, 10, 0, 0},
    {Dtype::i64, "I64", 8, false, 0, 0, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()},
    {Dtype::i32, "I32", 4, false, 0, 0, -(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1},
    {Dtype::i16, "I16", 2, false, 0, 0, -32768, 32767},
    {Dtype::i8, "I8", 1, false, 0, 0, -128, 127},
    {Dtype::u32, "U32", 4, false, 0, 0, 0, (std::int64_t{1} << 32) - 1},
    {Dtype::u16, "U16", 2, false, 0, 0, 0, 65535},
    {Dtype::u8, "U8", 1, false, 0, 0, 0, 255},
    {Dtype::boolean, "BOOL", 1, false, 0, 0, 0, 1},
};

const DtypeRow& row_of(Dtype dtype) { return kDtypes[static_cast<int>(dtype)]; }

// --- one number ------------------------------------------------------------------------------------------------------------

// Little-endian words of n_bytes <= 8.
std::uint64_t load(const std::byte* at, int n_bytes) {
  std::uint64_t word = 0;
  for (int i = 0; i < n_bytes; ++i) word |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
  return word;
}

void store(std::vector<std::byte>& out, std::uint64_t word, int n_bytes) {
  for (int i = 0; i < n_bytes; ++i) out.push_back(static_cast<std::byte>(word >> (8 * i) & 0xff));
}

// An IEEE-style word [sign | exponent | fraction] is  (-1)^sign 2^(max(exponent, 1) - bias - p) (fraction + [exponent > 0] 2^p),
// p = fraction_bits; the largest exponent means infinity (fraction 0) or NaN. Every narrower format fits a double exactly.
double decode(const DtypeRow& d, std::uint64_t word) {
  // Take the word apart
  if (d.n_bytes == 8) return from_bits(word);
  const std::uint64_t fraction = word & ((std::uint64_t{1} << d.fraction_bits) - 1);
  const std::uint64_t exponent = word >> d.fraction_bits & ((std::uint64_t{1} << d.exponent_bits) - 1);
  const std::uint64_t sign = word >> (8 * d.n_bytes - 1) << 63;

  // Keep infinity and NaN with its payload
  if (exponent == (std::uint64_t{1} << d.exponent_bits) - 1)
    return from_bits(sign | std::uint64_t{0x7ff} << 52 | fraction << (52 - d.fraction_bits));

  // Evaluate the formula, exactly
  const int bias = (1 << (d.exponent_bits - 1)) - 1;
  const std::uint64_t significand = exponent > 0 ? fraction | std::uint64_t{1} << d.fraction_bits : fraction;
  const int power = static_cast<int>(exponent > 0 ? exponent : 1) - bias - d.fraction_bits;
  const double magnitude = std::ldexp(static_cast<double>(significand), power);
  return from_bits(sign | to_bits(magnitude));
}

// The word of x rounded once, ties to even.
std::uint64_t encode(const DtypeRow& d, double x) {
  // Take care of the sign, NaN, 0 and infinity
  const std::uint64_t word = to_bits(x);
  if (d.n_bytes == 8) return word;
  const std::uint64_t sign = word >> 63 << (8 * d.n_bytes - 1);
  const std::uint64_t infinity = ((std::uint64_t{1} << d.exponent_bits) - 1) << d.fraction_bits;
  if (std::isnan(x)) {
    // Keep the top of the payload; one that lived in the lost bits only would turn NaN into infinity, so it becomes quiet
    const std::uint64_t payload = (word & ((std::uint64_t{1} << 52) - 1)) >> (52 - d.fraction_bits);
    return sign | infinity | (payload != 0 ? payload : std::uint64_t{1} << (d.fraction_bits - 1));
  }
  if (x == 0) return sign;
  if (std::isinf(x)) return sign | infinity;

  // Count |x| in units of the last place of its binade, or of the subnormals; the scaling is exact, nearbyint rounds once.
  // The hidden bit of the count then carries into the exponent field by itself, and so does a round-up to the next binade.
  const int lowest = 2 - (1 << (d.exponent_bits - 1));
  const int exponent = std::max(std::ilogb(x), lowest);
  const double count = std::nearbyint(std::ldexp(std::fabs(x), d.fraction_bits - exponent));
  if (exponent - lowest > 1 << d.exponent_bits) return sign | infinity;
  const std::uint64_t magnitude =
      (static_cast<std::uint64_t>(exponent - lowest) << d.fraction_bits) + static_cast<std::uint64_t>(count);
  return sign | std::min(magnitude, infinity);
}

std::int64_t decode_integer(const DtypeRow& d, std::uint64_t word) {
  if (d.smallest == 0 || d.n_bytes == 8) return static_cast<std::int64_t>(word);
  const std::uint64_t sign_bit = std::uint64_t{1} << (8 * d.n_bytes - 1);
  return static_cast<std::int64_t>((word ^ sign_bit) - sign_bit);
}

// --- the data --------------------------------------------------------------------------------------------------------------

// The tensor of an entry whose bytes these are, as many as its shape and dtype ask for.
StoredTensor decode_tensor(const TensorEntry& entry, std::span<const std::byte> bytes, const std::string& where) {
  // Copy name, dtype and shape, and find the numbers
  StoredTensor t;
  t.name = entry.name;
  t.dtype = entry.dtype;
  t.shape = Shape(std::vector<long>(entry.shape.begin(), entry.shape.end()));
  const DtypeRow& d = row_of(entry.dtype);
  const std::byte* const first = bytes.data();
  const std::size_t n = bytes.size() / d.n_bytes;

  // Read floating-point numbers into doubles
  if (d.floating) {
    t.values.resize(n);
    for (std::size_t i = 0; i < n; ++i) t.values[i] = decode(d, load(first + i * d.n_bytes, d.n_bytes));
    return t;
  }

  // Read integers otherwise, and refuse what the dtype cannot mean
  t.integers.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    t.integers[i] = decode_integer(d, load(first + i * d.n_bytes, d.n_bytes));
    if (t.integers[i] < d.smallest || t.integers[i] > d.largest)
      throw Error(where + ", " + in_quotes(entry.name), "0 or 1 in a BOOL", std::to_string(t.integers[i]), "the data is damaged");
  }
  return t;
}

[[noreturn]] void refuse_missing(const std::string& where, const std::string& name, const std::vector<std::string>& names) {
  std::string some;
  for (std::size_t i = 0; i < names.size() && i < 8; ++i) some += (i ? ", " : "") + names[i];
  throw Error(where, "a tensor " + in_quotes(name),
              std::to_string(names.size()) + (names.size() == 1 ? " tensor that is not it" : " tensors without it"),
              names.empty() ? "the file is empty" : "it holds " + some + (names.size() > 8 ? ", ..." : ""));
}

// --- writing ---------------------------------------------------------------------------------------------------------------

// The text as a JSON string that every reader takes.
std::string quoted(const std::string& text, const std::string& where) {
  if (text.find('\0') != std::string::npos) throw Error(where, "names and metadata without a zero byte", "one", "leave it out");
  try {
    return Json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(where, "names and metadata in UTF-8", "bytes that are not", "spell them in UTF-8");
  }
}

std::string quoted_name(const std::string& name, const std::string& where) {
  if (name.size() > kLongestKey)
    throw Error(where, "names of at most " + std::to_string(kLongestKey) + " bytes", std::to_string(name.size()), "shorten it");
  return quoted(name, where);
}

void require_writable(const StoredTensor& t, const std::string& where) {
  // Require as many numbers as the shape has, in the list of the dtype's kind
  const DtypeRow& d = row_of(t.dtype);
  const std::size_t n = d.floating ? t.values.size() : t.integers.size();
  const bool other_is_empty = d.floating ? t.integers.empty() : t.values.empty();
  for (const long extent : t.shape.extents())
    if (extent < 0)
      throw Error(where, "extents of at least 0", to_string(t.shape), "was the shape worked out from something missing?");
  if (static_cast<long>(n) != t.shape.size() || !other_is_empty)
    throw Error(where, std::to_string(t.shape.size()) + " " + d.name + " entries for shape " + to_string(t.shape),
                std::to_string(n), "floating dtypes keep `values`, the others `integers`, and the other list stays empty");

  // Require every integer to fit
  for (const std::int64_t i : t.integers)
    if (i < d.smallest || i > d.largest)
      throw Error(where, std::string("integers that fit ") + d.name, std::to_string(i), "store it as I64");
}

std::string header_of(const TensorFile& file) {
  // Write the metadata, in the order of the keys
  std::string header = "{";
  const auto comma = [&] { return header.size() > 1 ? "," : ""; };
  if (!file.metadata.empty()) {
    header += quoted(kMetadataKey, file.where) + ":{";
    for (const auto& [key, text] : file.metadata)
      header += (header.back() == '{' ? "" : ",") + quoted_name(key, file.where) + ":" + quoted(text, file.where);
    header += "}";
  }

  // Write each tensor's entry, its data behind that of the one before
  const auto field = [](const char* key) { return "\"" + std::string(key) + "\":"; };
  std::uint64_t offset = 0;
  std::set<std::string> names = {kMetadataKey};
  for (const StoredTensor& t : file.tensors) {
    const std::string where = file.where + ", " + in_quotes(t.name);
    if (!names.insert(t.name).second) throw Error(where, "each name once", "this one twice", "give the tensors different names");
    require_writable(t, where);

    // Its dtype, its shape, where its data begins and ends
    const std::uint64_t end = offset + static_cast<std::uint64_t>(t.shape.size()) * bytes_of(t.dtype);
    header +=
        comma() + quoted_name(t.name, where) + ":{" + field(kDtypeKey) + "\"" + name_of(t.dtype) + "\"," + field(kShapeKey) + "[";
    for (int axis = 0; axis < t.shape.rank(); ++axis) header += (axis ? "," : "") + std::to_string(t.shape[axis]);
    header += "]," + field(kOffsetsKey) + "[" + std::to_string(offset) + "," + std::to_string(end) + "]}";
    offset = end;
  }
  header += "}";

  // Fill up with blanks, so that the data begins on a multiple of 8
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > kLongestHeader)
    throw Error(file.where, "a header of at most 100 MB", std::to_string(header.size()) + " bytes", "split the file");
  return header;
}

}  // namespace

// --- the functions of safetensors.h ----------------------------------------------------------------------------------------

const char* name_of(Dtype dtype) { return row_of(dtype).name; }
int bytes_of(Dtype dtype) { return row_of(dtype).n_bytes; }
bool is_floating(Dtype dtype) { return row_of(dtype).floating; }

std::optional<Dtype> dtype_named(const std::string& name) {
  for (const DtypeRow& d : kDtypes)
    if (name == d.name) return d.dtype;
  return std::nullopt;
}

std::string dtype_names() {
  std::string all;
  for (const DtypeRow& d : kDtypes) all += (all.empty() ? "" : ", ") + std::string(d.name);
  return all;
}

double rounded_to(Dtype dtype, double x) { return decode(row_of(dtype), encode(row_of(dtype), x)); }
double decoded(Dtype dtype, std::uint64_t word) {
  // Let the machine widen a float32 that is not NaN, whose payload it may change: the same number, sooner
  if (dtype == Dtype::f32 && (word >> 23 & 0xff) != 0xff) return std::bit_cast<float>(static_cast<std::uint32_t>(word));
  const DtypeRow& d = row_of(dtype);
  return d.floating ? decode(d, word) : static_cast<double>(decode_integer(d, word));
}

const StoredTensor* TensorFile::find(const std::string& name) const {
  for (const StoredTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

const StoredTensor& TensorFile::at(const std::string& name) const {
  if (const StoredTensor* t = find(name)) return *t;
  std::vector<std::string> names;
  for (const StoredTensor& t : tensors) names.push_back(t.name);
  refuse_missing(where, name, names);
}

Tensor<double> TensorFile::tensor(const std::string& name) const {
  const StoredTensor& t = at(name);
  if (!is_floating(t.dtype))
    throw Error(where + ", " + in_quotes(name), "floating-point numbers", name_of(t.dtype), "is it the right tensor?");
  return Tensor<double>(t.shape, t.values);
}

const std::vector<std::int64_t>& TensorFile::integers(const std::string& name) const {
  const StoredTensor& t = at(name);
  if (is_floating(t.dtype))
    throw Error(where + ", " + in_quotes(name), "integers", name_of(t.dtype), "store tokens and targets as I64");
  return t.integers;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  // Take the header off the front, and hold what it says to the data
  const std::uint64_t n_header = header_length(bytes.first(std::min<std::size_t>(bytes.size(), kLengthBytes)), bytes.size(), where);
  TensorHeader header = parse_header({reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, n_header}, where);
  const auto data = bytes.subspan(kLengthBytes + n_header);
  require_tiling(header.entries, data.size(), where);

  // Decode each tensor
  TensorFile file{std::move(header.metadata), {}, where};
  file.tensors.reserve(header.entries.size());
  for (const TensorEntry& entry : header.entries)
    file.tensors.push_back(decode_tensor(entry, data.subspan(entry.begin, entry.end - entry.begin), where));
  return file;
}

struct OpenTensors::Inside {
  explicit Inside(const std::filesystem::path& path) : where(path.string()), input(path) {}
  std::string where;
  InputFile input;
  std::uint64_t start = 0;  // of the data
  TensorHeader header;
  std::vector<std::byte> data;  // of a pipe, which cannot go back

  StoredTensor read(const TensorEntry& entry) {
    const std::uint64_t n = entry.end - entry.begin;
    if (!input.size()) return decode_tensor(entry, std::span(data).subspan(entry.begin, n), where);
    input.go_to(start + entry.begin);
    const auto bytes = input.read(n);
    if (bytes.size() != n)
      throw Error(where + ", " + in_quotes(entry.name), std::to_string(n) + " bytes", std::to_string(bytes.size()),
                  "the file became shorter while it was read; try again");
    return decode_tensor(entry, bytes, where);
  }
};

OpenTensors::~OpenTensors() = default;

OpenTensors::OpenTensors(const std::filesystem::path& path) : inside_(std::make_unique<Inside>(path)) {
  // Read the length of the header, then the header
  auto& [where, input, start, header, data] = *inside_;
  const std::uint64_t n_file = input.size().value_or(kUnknown);
  const std::uint64_t n_header = header_length(input.read(kLengthBytes), n_file, where);
  const auto text = input.read(n_header);
  if (text.size() != n_header)
    throw Error(where, "a header of " + std::to_string(n_header) + " bytes", std::to_string(text.size()), "the file was cut short");
  header = parse_header({reinterpret_cast<const char*>(text.data()), text.size()}, where);
  start = kLengthBytes + n_header;

  // Hold it to the data
  if (!input.size()) data = input.rest();
  require_tiling(header.entries, input.size() ? n_file - start : data.size(), where);
}

std::vector<std::string> OpenTensors::names() const {
  std::vector<std::string> all;
  for (const TensorEntry& entry : inside_->header.entries) all.push_back(entry.name);
  return all;
}

TensorFile OpenTensors::all() {
  TensorFile file{inside_->header.metadata, {}, inside_->where};
  file.tensors.reserve(inside_->header.entries.size());
  for (const TensorEntry& entry : inside_->header.entries) file.tensors.push_back(inside_->read(entry));
  return file;
}

TensorFile OpenTensors::only(const std::string& name) {
  for (const TensorEntry& entry : inside_->header.entries)
    if (entry.name == name) return {inside_->header.metadata, {inside_->read(entry)}, inside_->where};
  refuse_missing(inside_->where, name, names());
}

TensorFile read_safetensors(const std::filesystem::path& path) { return OpenTensors(path).all(); }

std::vector<std::byte> serialise_safetensors(const TensorFile& file) {
  // Make room for the header's length, the header and the data
  const std::string header = header_of(file);
  std::vector<std::byte> out;
  std::size_t n_data = 0;
  for (const StoredTensor& t : file.tensors) n_data += static_cast<std::size_t>(t.shape.size()) * bytes_of(t.dtype);
  out.reserve(8 + header.size() + n_data);

  // Write them
  store(out, header.size(), 8);
  for (const char c : header) out.push_back(static_cast<std::byte>(c));
  for (const StoredTensor& t : file.tensors) {
    const DtypeRow& d = row_of(t.dtype);
    for (const double x : t.values) store(out, encode(d, x), d.n_bytes);
    for (const std::int64_t i : t.integers) store(out, static_cast<std::uint64_t>(i), d.n_bytes);
  }
  return out;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) { write_file(path, serialise_safetensors(file)); }

void add(TensorFile& file, const std::string& name, const Tensor<double>& x, Dtype dtype) {
  if (file.find(name)) throw Error(file.where, "a new name", "\"" + name + "\" again", "each tensor has a name of its own");
  if (!is_floating(dtype)) throw Error(file.where + ", " + in_quotes(name), "a floating dtype", name_of(dtype), "use add_integers");
  file.tensors.push_back({name, dtype, x.shape(), x.values(), {}});
}

void add_integers(TensorFile& file, const std::string& name, Shape shape, std::vector<std::int64_t> values) {
  if (file.find(name)) throw Error(file.where, "a new name", "\"" + name + "\" again", "each tensor has a name of its own");
  file.tensors.push_back({name, Dtype::i64, std::move(shape), {}, std::move(values)});
}

}  // namespace etalon::file
