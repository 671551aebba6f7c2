#include "io/safetensors.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/json.h"

namespace lgv {

namespace {

constexpr int64_t kLengthBytes = 8;
constexpr uint64_t kLongestHeader = 100'000'000;  // what the format's authors allow
constexpr size_t kMostAxes = 16;

constexpr std::pair<std::string_view, DType> kTypes[] = {
    {"F32", DType::f32}, {"F16", DType::f16}, {"BF16", DType::bf16}, {"F64", DType::f64}, {"I64", DType::i64},
    {"I32", DType::i32}, {"I16", DType::i16}, {"I8", DType::i8},     {"U8", DType::u8},   {"BOOL", DType::boolean},
};

DType type_of(const std::string& word, const std::string& tensor) {
    for (const auto& [name, type] : kTypes) {
        if (name == word) return type;
    }
    fail(Code::unsupported, tensor, " has type ", json_string(word), ", which langevin does not read (F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL)");
}

std::string_view word_of(DType type) {
    for (const auto& [name, known] : kTypes) {
        if (known == type) return name;
    }
    fail(Code::fault, "no safetensors name for type ", int(type));
}

// Bytes of a shape, nothing if they overflow.
std::optional<uint64_t> bytes_of(const std::vector<uint64_t>& shape, DType type) {
    uint64_t bytes = uint64_t(size_of(type));
    for (uint64_t extent : shape) {
        // Within int64, also where a later extent is 0: whoever multiplies the extents again must not overflow.
        if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > uint64_t(INT64_MAX)) return std::nullopt;
    }
    return bytes;
}

std::string read_header(const MappedFile& file, const std::string& name) {
    expect(file.size() >= kLengthBytes, Code::model, name, ": ", file.size(), " bytes are too few for a safetensors file");
    uint8_t raw[kLengthBytes];
    file.read(0, kLengthBytes, raw);
    // What a clone without git-lfs leaves in the place of a large file.
    expect(std::string_view(reinterpret_cast<const char*>(raw), kLengthBytes) != "version ", Code::model, name,
           " is a git-lfs pointer, not the weights. Fetch them:  git lfs pull");
    uint64_t length = 0;
    for (int i = kLengthBytes - 1; i >= 0; --i) length = length << 8 | raw[i];
    expect(length <= kLongestHeader, Code::model, name, ": a header of ", length, " bytes, at most ", kLongestHeader, " are allowed: is it a safetensors file?");
    const uint64_t rest = uint64_t(file.size() - kLengthBytes);
    expect(length <= rest, Code::model, name, ": a header of ", length, " bytes, but only ", rest, " follow: the file is cut off");
    std::string header(length, '\0');
    file.read(kLengthBytes, int64_t(length), header.data());
    return header;
}

Safetensors::Entry read_entry(const std::string& key, const Json& json, const std::string& file, int64_t data_start, uint64_t data_bytes) {
    const std::string tensor = text(file, ": tensor ", key);
    const Fields fields(json, tensor);
    Safetensors::Entry entry{key, type_of(fields.string("dtype"), tensor), {}, 0, 0};

    const std::vector<Json>& axes = fields.at("shape").array(fields.name("shape"));
    expect(axes.size() <= kMostAxes, Code::model, tensor, " has ", axes.size(), " axes, at most ", kMostAxes, " are allowed");
    std::vector<uint64_t> shape;
    for (const Json& extent : axes) shape.push_back(extent.natural(fields.name("shape")));
    const std::vector<Json>& offsets = fields.at("data_offsets").array(fields.name("data_offsets"));
    expect(offsets.size() == 2, Code::model, tensor, ": data_offsets has ", offsets.size(), " numbers, wanted 2");
    const uint64_t begin = offsets[0].natural(fields.name("data_offsets")), end = offsets[1].natural(fields.name("data_offsets"));

    expect(begin <= end, Code::model, tensor, " begins at ", begin, " and ends before that, at ", end);
    expect(end <= data_bytes, Code::model, tensor, " ends at byte ", end, " of the data, which has ", data_bytes, ": the file is cut off");
    const std::optional<uint64_t> bytes = bytes_of(shape, entry.dtype);
    expect(bytes.has_value(), Code::model, tensor, ": shape ", fields.at("shape").to_text(), " has more bytes than can be counted");
    expect(*bytes == end - begin, Code::model, tensor, ": ", name_of(entry.dtype), " of shape ", fields.at("shape").to_text(), " has ", *bytes,
           " bytes, its offsets say ", end - begin);
    // An extent of a tensor without elements may be anything; it must still fit.
    for (uint64_t extent : shape) {
        expect(extent <= uint64_t(INT64_MAX), Code::model, tensor, ": an axis of ", extent);
        entry.shape.push_back(int64_t(extent));
    }
    entry.offset = data_start + int64_t(begin);
    entry.bytes = int64_t(*bytes);
    return entry;
}

// The tensors, put in the order of their bytes, must follow one another from the first byte of the data to the last.
void expect_covered(const std::vector<Safetensors::Entry>& entries, const std::string& name, int64_t data_start, int64_t data_end) {
    std::vector<size_t> order(entries.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto place = [&](size_t i) { return std::pair(entries[i].offset, entries[i].offset + entries[i].bytes); };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return place(a) < place(b); });
    int64_t at = data_start;
    const std::string* before = nullptr;
    for (size_t i : order) {
        const Safetensors::Entry& entry = entries[i];
        if (entry.offset < at) fail(Code::model, name, ": tensors ", *before, " and ", entry.name, " overlap");
        if (entry.offset > at) fail(Code::model, name, ": ", entry.offset - at, " bytes before tensor ", entry.name, " belong to no tensor");
        at = entry.offset + entry.bytes;
        before = &entry.name;
    }
    expect(at == data_end, Code::model, name, ": ", data_end - at, " bytes after the last tensor belong to no tensor");
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : file_(path) {
    const std::string name = path.string();
    const std::string header = read_header(file_, name);
    const Json json = Json::parse(header, name + ": header");
    const int64_t data_start = kLengthBytes + int64_t(header.size());
    for (const auto& [key, value] : json.object(name + ": header")) {
        if (key == "__metadata__") {
            for (const auto& [word, meaning] : value.object(name + ": __metadata__")) metadata_.emplace_back(word, meaning.string(name + ": __metadata__ " + word));
            continue;
        }
        index_.emplace(key, entries_.size());
        entries_.push_back(read_entry(key, value, name, data_start, uint64_t(file_.size() - data_start)));
    }
    expect_covered(entries_, name, data_start, file_.size());
}

const Safetensors::Entry* Safetensors::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second];
}

TensorView Safetensors::view(const Entry& entry) const { return {entry.dtype, entry.shape, file_.data() + entry.offset}; }

TensorView Safetensors::at(std::string_view name) const {
    const Entry* entry = find(name);
    expect(entry != nullptr, Code::model, file_.path().string(), ": there is no tensor ", name);
    return view(*entry);
}

void Safetensors::read(const Entry& entry, float* out) const {
    file_.expect_unchanged();
    constexpr int64_t most = 1 << 18;  // elements at a time
    int64_t left = view(entry).elements(), at = entry.offset;
    if (entry.dtype == DType::f32) return file_.read(at, entry.bytes, out);
    std::vector<std::byte> raw(size_t(std::min(left, most) * size_of(entry.dtype)));
    while (left > 0) {
        const int64_t n = std::min(left, most);
        file_.read(at, n * size_of(entry.dtype), raw.data());
        to_float({entry.dtype, {n}, raw.data()}, out);
        at += n * size_of(entry.dtype);
        out += n;
        left -= n;
    }
}

namespace {

// The length and the header, padded with spaces.
std::string opening_of(const std::vector<NamedTensor>& tensors, const Metadata& metadata) {
    JsonWriter header;
    header.open('{');
    if (!metadata.empty()) {
        header.key("__metadata__").open('{');
        for (const auto& [word, meaning] : metadata) header.key(word).value(meaning);
        header.close('}');
    }
    int64_t at = 0;
    for (const auto& [name, view] : tensors) {
        header.key(name).open('{').key("dtype").value(word_of(view.dtype)).key("shape").open('[');
        for (int64_t extent : view.shape) header.value(extent);
        header.close(']').key("data_offsets").open('[').value(at).value(at + view.bytes()).close(']').close('}');
        at += view.bytes();
    }
    std::string text = header.close('}').text();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    std::string length;
    for (int i = 0; i < kLengthBytes; ++i) length += char(uint64_t(text.size()) >> (8 * i));
    return length + text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata) {
    AtomicFile file(path);
    const std::string opening = opening_of(tensors, metadata);
    file.write(opening.data(), int64_t(opening.size()));
    for (const NamedTensor& tensor : tensors) file.write(tensor.view.data, tensor.view.bytes());
    file.commit();
}

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata,
                       const std::function<std::vector<std::byte>(size_t)>& bytes_of) {
    AtomicFile file(path);
    const std::string opening = opening_of(tensors, metadata);
    file.write(opening.data(), int64_t(opening.size()));
    for (size_t i = 0; i < tensors.size(); ++i) {
        const std::vector<std::byte> bytes = bytes_of(i);
        expect(int64_t(bytes.size()) == tensors[i].view.bytes(), Code::fault, "tensor ", tensors[i].name, ": ", bytes.size(), " bytes were made of ",
               tensors[i].view.bytes());
        file.write(bytes.data(), int64_t(bytes.size()));
    }
    file.commit();
}

}  // namespace lgv
