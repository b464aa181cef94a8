// Runs the layer backwards on inputs from files: `constrint verify`. Sizes batch, sequence, heads, together (heads of a launch),
// initial, of_memory and of_last (whether there are such), clip and gradient_clip (in 1 / 256). Reads weights, initial, hidden,
// memory, saved, of_hidden, of_memory and of_last; writes of_input, of_initial, of_weights and of_bias. With RECOMPUTE it reads
// input and bias and writes saved.
#include "../../driver/driver.h"
#include "rnn_backward.cu"

namespace constrint::driver {

using rnn_backward::Cell;
using rnn_backward::element;

void run(const Job& job) {
    namespace rnn = rnn_backward;
    rnn::Arguments arguments{};
    arguments.batch = static_cast<int>(job.size("batch"));
    arguments.sequence = static_cast<int>(job.size("sequence"));
    arguments.heads = static_cast<int>(job.size("heads"));
    arguments.clip = static_cast<float>(job.size("clip")) / 256.0f;
    arguments.gradient_clip = static_cast<float>(job.size("gradient_clip")) / 256.0f;
    const std::size_t row = static_cast<std::size_t>(arguments.heads) * static_cast<std::size_t>(rnn::head_dim);
    const std::size_t units = static_cast<std::size_t>(arguments.batch) * row;
    const std::size_t timed_units = units * static_cast<std::size_t>(arguments.sequence);
    const int together = static_cast<int>(job.size("together"));
    const unsigned batch_blocks = static_cast<unsigned>(rnn::blocks_along_batch(arguments.batch));
    const std::size_t exchange = rnn::is_grid ? static_cast<std::size_t>(rnn::exchange_bytes) : 0;

    Array<element> weights(job, "weights");
    Array<float> initial(job, "initial");
    Array<element> hidden(job, "hidden");
    Array<float> memory(job, "memory");
    Array<element> input(job, "input");
    Array<float> bias(job, "bias");
    Array<element> saved = rnn::recomputes ? Array<element>(job, "saved", timed_units * Cell::saved) : Array<element>(job, "saved");
    Array<element> of_hidden(job, "of_hidden");
    Array<float> of_memory(job, "of_memory");
    Array<float> of_last(job, "of_last");
    Array<element> of_input(job, "of_input", timed_units * Cell::gates);
    Array<float> of_initial(job, "of_initial", units * Cell::states);
    Array<float> of_weights(job, "of_weights", row * Cell::gates * static_cast<std::size_t>(rnn::head_dim));
    Array<float> of_bias(job, "of_bias", row * Cell::biases);
    Array<float> sums(job, "sums", rnn::sums_bytes(arguments.batch, arguments.heads) / sizeof(float));
    Array<std::uint32_t> workspace(job, "workspace",
                                   exchange / sizeof(std::uint32_t) * static_cast<std::size_t>(together) * batch_blocks);
    arguments.weights = weights.data();
    arguments.initial = job.size("initial") == 1 ? initial.data() : nullptr;
    arguments.hidden = hidden.data();
    arguments.memory = memory.data();
    arguments.saved = saved.data();
    arguments.input = input.data();
    arguments.bias = bias.data();
    arguments.of_hidden = of_hidden.data();
    arguments.of_memory = job.size("of_memory") == 1 ? of_memory.data() : nullptr;
    arguments.of_last = job.size("of_last") == 1 ? of_last.data() : nullptr;
    arguments.of_input = of_input.data();
    arguments.of_initial = of_initial.data();
    arguments.of_weights = of_weights.data();
    arguments.of_bias = of_bias.data();
    arguments.sums = sums.data();
    arguments.workspace = reinterpret_cast<unsigned char*>(workspace.data());
#if CONSTRINT_RNN(RECOMPUTE) == 1
    const auto saved_blocks = static_cast<unsigned>(rnn::again_blocks(arguments.batch, arguments.sequence));
    launch(job, {{saved_blocks, static_cast<unsigned>(arguments.heads), 1}, {rnn::again_threads, 1, 1}, 0, false},
           constrint_rnn_backward_saved, arguments);
    saved.save();
#endif
    for (int first = 0; first < arguments.heads; first += together) {
        const int heads = device::minimum(together, arguments.heads - first);
        if (workspace.size() > 0) workspace.zero();
        launch(job,
               {{rnn::blocks_per_head, static_cast<unsigned>(device::ceil_div(heads, rnn::heads_per_block)), batch_blocks},
                {rnn::threads, 1, 1},
                static_cast<std::size_t>(rnn::shared_memory_bytes),
                rnn::is_grid},
               constrint_rnn_backward, rnn::from_head(arguments, first));
    }
    launch(job,
           {{rnn::weights_tiles * rnn::weights_tiles, static_cast<unsigned>(rnn::gates * arguments.heads), rnn::weight_parts},
            {rnn::weights_threads, 1, 1},
            0,
            false},
           constrint_rnn_backward_weights, arguments);
    if constexpr (rnn::has_weight_sums) {
        launch(job, {{2, 1, 1}, {rnn::sums_threads, 1, 1}, 0, false}, constrint_rnn_backward_sums, arguments);
    }
    of_input.save();
    of_initial.save();
    of_weights.save();
    of_bias.save();
}

}  // namespace constrint::driver
