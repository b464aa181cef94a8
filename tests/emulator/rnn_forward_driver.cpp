// Runs the recurrent layer's forward pass on the emulator.
//
//   rnn_forward_driver IN OUT BATCH SEQUENCE HEADS CLIP HAS_INITIAL SEED...
//
// IN holds the raw elements of Wx, R, b and, if HAS_INITIAL is 1, the initial states; OUT becomes those of h, in training
// the other states and the saved values, and the last states. Shapes: rnn_forward/arguments.cuh. The kernel runs once for
// each seed, and has to give the same bits each time. Compile with -DCONSTRINT_EMULATOR, the configuration as -D flags, and
// -I of the repository's src/kernel. Exit status: 0, 1 for different bits or a fault, 2 for files that do not fit.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "rnn_forward/rnn_forward.cu"

namespace {

namespace emulator = constrint::emulator;
namespace rnn = constrint::rnn_forward;
using rnn::Cell;
using rnn::element;
using std::size_t;

struct Layer {
    size_t batch;
    size_t sequence;
    size_t heads;
    float clip;
    bool has_initial;

    size_t units() const { return batch * heads * static_cast<size_t>(rnn::head_dim); }
    size_t timed_units() const { return units() * sequence; }
};

// Reads from a file, as much as asked for.
class Reader {
public:
    explicit Reader(const char* path) : file_(std::fopen(path, "rb")) {}
    ~Reader() {
        if (file_ != nullptr) std::fclose(file_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    template <typename T>
    std::vector<T> read(size_t elements) {
        std::vector<T> values(elements);
        if (file_ == nullptr || std::fread(values.data(), sizeof(T), elements, file_) != elements) {
            std::fprintf(stderr, "the input file is too short\n");
            std::exit(2);
        }
        return values;
    }

private:
    std::FILE* file_;
};

struct Inputs {
    std::vector<element> input;
    std::vector<element> weights;
    std::vector<float> bias;
    std::vector<float> initial;

    Inputs(Reader& reader, const Layer& layer)
        : input(reader.read<element>(layer.timed_units() * Cell::gates)),
          weights(reader.read<element>(static_cast<size_t>(Cell::gates * rnn::head_dim * rnn::head_dim) * layer.heads)),
          bias(reader.read<float>(static_cast<size_t>(Cell::biases * rnn::head_dim) * layer.heads)),
          initial(layer.has_initial ? reader.read<float>(layer.units() * Cell::states) : std::vector<float>()) {}
};

template <typename T>
void append(std::vector<unsigned char>& bytes, const emulator::Buffer<T>& buffer) {
    const auto* begin = reinterpret_cast<const unsigned char*>(buffer.data());
    bytes.insert(bytes.end(), begin, begin + buffer.size() * sizeof(T));
}

std::vector<unsigned char> run(const Layer& layer, const Inputs& inputs, std::uint64_t seed) {
    constexpr size_t memories = rnn::is_training ? Cell::states - 1 : 0;
    constexpr size_t saved_values = rnn::is_training ? Cell::saved : 0;
    const unsigned head_blocks = static_cast<unsigned>(layer.heads - 1) / rnn::heads_per_block + 1;
    const unsigned batch_blocks = static_cast<unsigned>(layer.batch - 1) / rnn::batch_per_block + 1;
    emulator::Buffer<element> input(inputs.input.size(), "Wx");
    emulator::Buffer<element> weights(inputs.weights.size(), "R");
    emulator::Buffer<float> bias(inputs.bias.size(), "b");
    emulator::Buffer<float> initial(inputs.initial.size(), "the initial states");
    emulator::Buffer<element> hidden(layer.timed_units(), "h");
    emulator::Buffer<float> memory(layer.timed_units() * memories, "the states");
    emulator::Buffer<element> saved(layer.timed_units() * saved_values, "the saved values");
    emulator::Buffer<float> last(layer.units() * Cell::states, "the last states");
    const size_t exchange = rnn::is_grid ? static_cast<size_t>(rnn::exchange_bytes) * head_blocks * batch_blocks : 0;
    emulator::Buffer<std::uint32_t> workspace(exchange / 4, "the workspace");
    input.fill(inputs.input);
    weights.fill(inputs.weights);
    bias.fill(inputs.bias);
    initial.fill(inputs.initial);
    workspace.fill(0u);
    rnn::Arguments arguments{};
    arguments.input = input.data();
    arguments.weights = weights.data();
    arguments.bias = bias.data();
    arguments.initial = layer.has_initial ? initial.data() : nullptr;
    arguments.hidden = hidden.data();
    arguments.memory = memories > 0 ? memory.data() : nullptr;
    arguments.saved = saved_values > 0 ? saved.data() : nullptr;
    arguments.last = last.data();
    arguments.workspace = reinterpret_cast<unsigned char*>(workspace.data());
    arguments.batch = static_cast<int>(layer.batch);
    arguments.sequence = static_cast<int>(layer.sequence);
    arguments.heads = static_cast<int>(layer.heads);
    arguments.clip = layer.clip;
    emulator::launch({{rnn::blocks_per_head, head_blocks, batch_blocks},
                      {rnn::threads, 1, 1},
                      static_cast<size_t>(rnn::shared_memory_bytes),
                      rnn::is_grid,
                      seed},
                     [&] { constrint_rnn_forward(arguments); });
    std::vector<unsigned char> bytes;
    append(bytes, hidden);
    append(bytes, memory);
    append(bytes, saved);
    append(bytes, last);
    return bytes;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 9) {
        std::fprintf(stderr, "usage: rnn_forward_driver IN OUT BATCH SEQUENCE HEADS CLIP HAS_INITIAL SEED...\n");
        return 2;
    }
    const auto size = [&](int index) { return static_cast<size_t>(std::atoll(arguments[index])); };
    const Layer layer{size(3), size(4), size(5), static_cast<float>(std::atof(arguments[6])), size(7) == 1};
    Reader reader(arguments[1]);
    const Inputs inputs(reader, layer);
    const std::vector<unsigned char> first = run(layer, inputs, size(8));
    for (int seed = 9; seed < count; ++seed) {
        if (run(layer, inputs, size(seed)) != first) {
            std::printf("seed %s gives other bits than seed %s\n", arguments[seed], arguments[8]);
            return 1;
        }
    }
    std::FILE* out = std::fopen(arguments[2], "wb");
    if (out == nullptr || std::fwrite(first.data(), 1, first.size(), out) != first.size() || std::fclose(out) != 0) {
        std::fprintf(stderr, "the output file cannot be written\n");
        return 2;
    }
    return 0;
}
