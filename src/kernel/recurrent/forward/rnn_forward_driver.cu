// Runs the recurrent layer on inputs from files: `constrint verify`. Sizes batch, sequence, heads, together (heads of a launch),
// initial (whether there are initial states) and clip (in 1 / 256). Reads input, weights, bias and initial; writes hidden, last and, in
// training, where the cell has them, memory and, without RECOMPUTE, saved.
#include "../../driver/driver.h"
#include "rnn_forward.cu"

namespace constrint::driver {

using rnn_forward::Cell;
using rnn_forward::element;

void run(const Job& job) {
    constexpr std::size_t memories = rnn_forward::is_training ? Cell::states - 1 : 0;
    constexpr std::size_t saved_values = rnn_forward::saves ? Cell::saved : 0;
    rnn_forward::Arguments arguments{};
    arguments.batch = static_cast<int>(job.size("batch"));
    arguments.sequence = static_cast<int>(job.size("sequence"));
    arguments.heads = static_cast<int>(job.size("heads"));
    arguments.clip = static_cast<float>(job.size("clip")) / 256.0f;
    const std::size_t units = static_cast<std::size_t>(arguments.batch) * static_cast<std::size_t>(arguments.heads) *
                              static_cast<std::size_t>(rnn_forward::head_dim);
    const std::size_t timed_units = units * static_cast<std::size_t>(arguments.sequence);
    const int together = static_cast<int>(job.size("together"));
    const unsigned batch_blocks = static_cast<unsigned>(rnn_forward::blocks_along_batch(arguments.batch));
    const std::size_t exchange = rnn_forward::is_grid ? static_cast<std::size_t>(rnn_forward::exchange_bytes) : 0;

    Array<element> input(job, "input");
    Array<element> weights(job, "weights");
    Array<float> bias(job, "bias");
    Array<float> initial(job, "initial");
    Array<element> hidden(job, "hidden", timed_units);
    Array<float> memory(job, "memory", timed_units * memories);
    Array<element> saved(job, "saved", timed_units * saved_values);
    Array<float> last(job, "last", units * Cell::states);
    Array<std::uint32_t> workspace(job, "workspace", exchange / sizeof(std::uint32_t) * static_cast<std::size_t>(together) * batch_blocks);
    arguments.input = input.data();
    arguments.weights = weights.data();
    arguments.bias = bias.data();
    arguments.initial = job.size("initial") == 1 ? initial.data() : nullptr;
    arguments.hidden = hidden.data();
    arguments.memory = memory.data();
    arguments.saved = saved.data();
    arguments.last = last.data();
    arguments.workspace = reinterpret_cast<unsigned char*>(workspace.data());
    for (int first = 0; first < arguments.heads; first += together) {
        const int heads = device::minimum(together, arguments.heads - first);
        if (workspace.size() > 0) workspace.zero();
        launch(job,
               {{rnn_forward::blocks_per_head,
                 static_cast<unsigned>(device::ceil_div(heads, rnn_forward::heads_per_block)), batch_blocks},
                {rnn_forward::threads, 1, 1},
                static_cast<std::size_t>(rnn_forward::shared_memory_bytes),
                rnn_forward::is_grid},
               constrint_rnn_forward, rnn_forward::from_head(arguments, first));
    }
    hidden.save();
    last.save();
    if (memories > 0) memory.save();
    if (saved_values > 0) saved.save();
}

}  // namespace constrint::driver
