// SPDX-License-Identifier: Apache-2.0
// In this order: the dtypes; one number; parsing the header; the data; writing; the functions of safetensors.h.
#include "file/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"

namespace etalon::file {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the limit of the format's reference implementation
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

// The keys of the header, and what is said where one is missing or unknown.
const char* const kMetadataKey = "__metadata__";
const char* const kDtypeKey = "dtype";
const char* const kShapeKey = "shape";
const char* const kOffsetsKey = "data_offsets";
const char* const kTheseFields = "the fields dtype, shape and data_offsets";

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

// --- parsing the header ----------------------------------------------------------------------------------------------------

// What the header says of one tensor; offsets {begin, end} count bytes of the data.
struct Entry {
  std::string name;
  Dtype dtype = Dtype::f64;
  std::vector<std::uint64_t> shape, offsets;
  std::uint64_t begin() const { return offsets[0]; }
  std::uint64_t end() const { return offsets[1]; }
};

// The parser of the header, {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets": [begin, end]}, ...}.
//
// nlohmann's parser calls one function for each event (a brace, a key, a string, a number), so a key given twice and deep nesting
// are refused before anything is built from them. depth_ counts the braces that are open: at 1 keys are names, at 2 fields.
class HeaderParser : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderParser(const std::string& where) : where_(where) {}

  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;

  bool start_object(std::size_t) override {
    if (depth_ > 1) refuse("nothing nested deeper than name: {field: value}", "an object inside an object's field");
    ++depth_;
    fields_.clear();
    return true;
  }

  bool key(string_t& key) override {
    // Begin the tensor of a new name, or the metadata
    if (depth_ == 1) {
      name_ = key;
      in_metadata_ = key == kMetadataKey;
      if (!names_.insert(key).second) refuse("each name once", "a second tensor of this name");
      if (!in_metadata_) entries.push_back({key, {}, {}, {}});
      return true;
    }

    // Or begin one of its fields
    field_ = key;
    if (!fields_.insert(key).second) refuse("each key once", "a second \"" + field_ + "\"");
    if (!in_metadata_ && key != kDtypeKey && key != kShapeKey && key != kOffsetsKey) refuse(kTheseFields, "\"" + field_ + "\"");
    return true;
  }

  bool string(string_t& text) override {
    if (depth_ != 2 || in_array_) return refuse("an object of tensors", "a string");
    if (in_metadata_) {
      metadata[field_] = text;
      return true;
    }
    if (field_ != kDtypeKey) refuse("a list of integers as " + field_, "a string");
    const auto* row = std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const DtypeRow& d) { return text == d.name; });
    if (row == std::end(kDtypes)) refuse("one of the dtypes " + known_dtypes(), "\"" + text + "\"");
    entries.back().dtype = row->dtype;
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_array_ || in_metadata_ || field_ == kDtypeKey)
      refuse("lists of integers only as shape and data_offsets", "a list");
    return in_array_ = true;
  }
  bool end_array() override {
    in_array_ = false;
    return true;
  }

  bool number_unsigned(number_unsigned_t n) override {
    if (!in_array_) refuse("numbers only inside shape and data_offsets", "a number");
    if (n > kLargest) refuse("extents and offsets below 2^63", std::to_string(n));
    (field_ == kShapeKey ? entries.back().shape : entries.back().offsets).push_back(n);
    return true;
  }
  bool number_integer(number_integer_t n) override {
    if (n < 0) refuse("extents and offsets of at least 0", std::to_string(n));
    return number_unsigned(static_cast<number_unsigned_t>(n));
  }
  bool number_float(number_float_t, const string_t& text) override { return refuse("whole numbers", text); }
  bool null() override { return refuse("a value", "null"); }
  bool boolean(bool b) override { return refuse("text or whole numbers", b ? "true" : "false"); }
  bool binary(binary_t&) override { return refuse("text or whole numbers", "binary data"); }

  bool end_object() override {
    --depth_;
    if (depth_ != 1 || in_metadata_) return true;
    for (const char* field : {kDtypeKey, kShapeKey, kOffsetsKey})
      if (!fields_.contains(field)) refuse(kTheseFields, std::string("no ") + field);
    if (entries.back().offsets.size() != 2)
      refuse("two data_offsets, begin and end", std::to_string(entries.back().offsets.size()));
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    throw Error(where_, "a header of valid JSON", "a fault at its byte " + std::to_string(position) + " near " + in_quotes(token),
                "the file is damaged or is no safetensors file; write it again");
  }

 private:
  [[noreturn]] bool refuse(const std::string& expected, const std::string& got) const {
    throw Error(where_ + (name_.empty() ? ", header" : ", " + in_quotes(name_)), expected, got,
                "write the file with safetensors' own library or with file/safetensors.h");
  }

  // Names come from the file: cut to a length that a terminal survives.
  static std::string in_quotes(const std::string& text) {
    return "\"" + (text.size() > 80 ? text.substr(0, 80) + "..." : text) + "\"";
  }
  static std::string known_dtypes() {
    std::string all;
    for (const DtypeRow& d : kDtypes) all += (all.empty() ? "" : ", ") + std::string(d.name);
    return all;
  }

  const std::string& where_;
  int depth_ = 0;
  bool in_metadata_ = false, in_array_ = false;
  std::string name_, field_;
  std::set<std::string> names_, fields_;
};

// Parses the text of a header.
HeaderParser parse_header(const std::string& text, const std::string& where) {
  // nlohmann's lexer takes a zero byte for the end of the text, and skips a byte-order mark; the format knows neither
  if (text.empty() || text[0] != '{' || text.find('\0') != std::string::npos)
    throw Error(where, "a header that is one JSON object, from its first byte on", text.empty() ? "an empty one" : "other bytes",
                "the file is damaged or is no safetensors file");
  HeaderParser parser(where);
  nlohmann::json::sax_parse(text, &parser);
  return parser;
}

// --- the data --------------------------------------------------------------------------------------------------------------

// Bytes that the shape and the dtype ask for. An extent of 0 makes it 0, but may not hide a product beyond 2^63.
std::uint64_t n_bytes_of(const Entry& entry, const std::string& where) {
  std::uint64_t product = bytes_of(entry.dtype);
  bool empty = false;
  for (const std::uint64_t extent : entry.shape) {
    empty |= extent == 0;
    if (extent != 0 && product > kLargest / extent)
      throw Error(where, "a shape whose entries can be counted", "extents whose product passes 2^63 bytes",
                  "the header is damaged");
    product *= extent == 0 ? 1 : extent;
  }
  return empty ? 0 : product;
}

// Every tensor has the size of its shape, and together, in the order of their offsets, they tile the data.
void require_tiling(const std::vector<Entry>& entries, std::uint64_t n_data, const std::string& file) {
  const char* const hint = "the file was cut short, or its header belongs to other data; copy or write it again";

  // Hold each tensor's offsets to the data and to its size
  std::vector<const Entry*> by_offset;
  for (const Entry& entry : entries) {
    const std::string where = file + ", \"" + entry.name + "\"";
    if (entry.begin() > entry.end() || entry.end() > n_data)
      throw Error(where, "offsets inside the " + std::to_string(n_data) + " bytes of data",
                  "[" + std::to_string(entry.begin()) + ", " + std::to_string(entry.end()) + "]", hint);
    const std::uint64_t n = n_bytes_of(entry, where);
    if (entry.end() - entry.begin() != n)
      throw Error(where, std::to_string(n) + " bytes for its shape and dtype " + name_of(entry.dtype),
                  std::to_string(entry.end() - entry.begin()), hint);
    by_offset.push_back(&entry);
  }

  // Sort the tensors by where they begin, an empty one before another
  std::stable_sort(by_offset.begin(), by_offset.end(), [](const Entry* a, const Entry* b) {
    return a->begin() != b->begin() ? a->begin() < b->begin() : a->end() < b->end();
  });

  // Require each to begin where the one before ends, and the last to end with the data
  std::uint64_t reached = 0;
  for (const Entry* entry : by_offset) {
    if (entry->begin() != reached)
      throw Error(file + ", \"" + entry->name + "\"",
                  "data that begins at byte " + std::to_string(reached) + ", where the tensor before ends",
                  "byte " + std::to_string(entry->begin()) + (entry->begin() < reached ? ", an overlap" : ", a gap"), hint);
    reached = entry->end();
  }
  if (reached != n_data)
    throw Error(file, "data that ends with the last tensor, at byte " + std::to_string(reached),
                std::to_string(n_data - reached) + " bytes more", hint);
}

// The tensor of an entry whose offsets and size are right.
StoredTensor decode_tensor(const Entry& entry, std::span<const std::byte> data, const std::string& file) {
  // Copy name, dtype and shape, and find the numbers
  StoredTensor t;
  t.name = entry.name;
  t.dtype = entry.dtype;
  t.shape = Shape(std::vector<long>(entry.shape.begin(), entry.shape.end()));
  const DtypeRow& d = row_of(entry.dtype);
  const std::byte* const first = data.data() + entry.begin();
  const std::size_t n = (entry.end() - entry.begin()) / d.n_bytes;

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
      throw Error(file + ", \"" + entry.name + "\"", "0 or 1 in a BOOL", std::to_string(t.integers[i]), "the data is damaged");
  }
  return t;
}

// --- writing ---------------------------------------------------------------------------------------------------------------

// The text as a JSON string.
std::string quoted(const std::string& text, const std::string& where) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(where, "names and metadata in UTF-8", "bytes that are not", "spell them in UTF-8");
  }
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
      header += (header.back() == '{' ? "" : ",") + quoted(key, file.where) + ":" + quoted(text, file.where);
    header += "}";
  }

  // Write each tensor's entry, its data behind that of the one before
  const auto field = [](const char* key) { return "\"" + std::string(key) + "\":"; };
  std::uint64_t offset = 0;
  std::set<std::string> names = {kMetadataKey};
  for (const StoredTensor& t : file.tensors) {
    const std::string where = file.where + ", \"" + t.name + "\"";
    if (!names.insert(t.name).second) throw Error(where, "each name once", "this one twice", "give the tensors different names");
    require_writable(t, where);
    const std::uint64_t end = offset + static_cast<std::uint64_t>(t.shape.size()) * bytes_of(t.dtype);
    header += comma() + quoted(t.name, where) + ":{" + field(kDtypeKey) + "\"" + name_of(t.dtype) + "\"," + field(kShapeKey) + "[";
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
double rounded_to(Dtype dtype, double x) { return decode(row_of(dtype), encode(row_of(dtype), x)); }

const StoredTensor* TensorFile::find(const std::string& name) const {
  for (const StoredTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

const StoredTensor& TensorFile::at(const std::string& name) const {
  if (const StoredTensor* t = find(name)) return *t;
  std::string names;
  for (std::size_t i = 0; i < tensors.size() && i < 8; ++i) names += (i ? ", " : "") + tensors[i].name;
  throw Error(where, "a tensor \"" + name + "\"",
              std::to_string(tensors.size()) + (tensors.size() == 1 ? " tensor that is not it" : " tensors without it"),
              names.empty() ? "the file is empty" : "it holds " + names + (tensors.size() > 8 ? ", ..." : ""));
}

Tensor<double> TensorFile::tensor(const std::string& name) const {
  const StoredTensor& t = at(name);
  if (!is_floating(t.dtype))
    throw Error(where + ", \"" + name + "\"", "floating-point numbers", name_of(t.dtype), "is it the right tensor?");
  return Tensor<double>(t.shape, t.values);
}

const std::vector<std::int64_t>& TensorFile::integers(const std::string& name) const {
  const StoredTensor& t = at(name);
  if (is_floating(t.dtype))
    throw Error(where + ", \"" + name + "\"", "integers", name_of(t.dtype), "store tokens and targets as I64");
  return t.integers;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  if (bytes.size() < 8)
    throw Error(where, "at least the 8 bytes of the header's length", std::to_string(bytes.size()) + " bytes",
                "the file was cut short, or is no safetensors file");

  // Take the header off the front, whose length may be wrong
  const std::uint64_t n_header = load(bytes.data(), 8);
  if (n_header > kLongestHeader || n_header > bytes.size() - 8)
    throw Error(where, "a header of at most 100 MB and inside the file's " + std::to_string(bytes.size()) + " bytes",
                std::to_string(n_header) + " bytes", "the file was cut short, or is no safetensors file");
  const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, n_header);
  const auto data = bytes.subspan(8 + n_header);

  // Parse it, and hold what it says to the data
  HeaderParser parsed = parse_header(header, where);
  require_tiling(parsed.entries, data.size(), where);

  // Decode each tensor
  TensorFile file;
  file.metadata = std::move(parsed.metadata);
  file.where = where;
  file.tensors.reserve(parsed.entries.size());
  for (const Entry& entry : parsed.entries) file.tensors.push_back(decode_tensor(entry, data, where));
  return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) { return parse_safetensors(read_file(path), path.string()); }

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
  if (!is_floating(dtype)) throw Error(file.where + ", \"" + name + "\"", "a floating dtype", name_of(dtype), "use add_integers");
  file.tensors.push_back({name, dtype, x.shape(), x.values(), {}});
}

void add_integers(TensorFile& file, const std::string& name, Shape shape, std::vector<std::int64_t> values) {
  if (file.find(name)) throw Error(file.where, "a new name", "\"" + name + "\" again", "each tensor has a name of its own");
  file.tensors.push_back({name, Dtype::i64, std::move(shape), {}, std::move(values)});
}

}  // namespace etalon::file
