// Variant words: the blocks of a head hand h to each other through L2, in words that carry the number of their step.
//
// No fence, no flag and no second read: a word that is there is right. An element of 16 bits takes the lower half of a word,
// one of tf32, whose lower 13 bits are zero, moves down by these; above it is the step's number, as far as there is room. A
// reader asks again until each word has the number. There are two copies of h. A block writes to the copy that a step has
// read when its barrier has shown that all its warps have read the h behind it, from all blocks: by then these have read theirs.
#ifndef CONSTRINT_RNN_HAS_HIDDEN_IN_WORDS
#define CONSTRINT_RNN_HAS_HIDDEN_IN_WORDS

#include "../device/flag.cuh"
#include "exchange.cuh"
#include "place.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

class HiddenInWords {
public:
    CONSTRINT_DEVICE HiddenInWords(unsigned char* workspace, const Place& place)
        : row_(place.group()),
          first_k_(place.first_k()),
          quarter_(place.quarter()),
          first_factor_(place.first_unit * factors_per_unit),
          hidden_(own_exchange(workspace)) {}

    CONSTRINT_DEVICE void turn() { copy_ ^= 1; }

    // What was stored last is there when it is there; the next has another number.
    CONSTRINT_DEVICE void publish() { ++count_; }

    // Waits until the warp's slice of as many h as the block has published is there, and takes it.
    CONSTRINT_DEVICE void wait() {
        const device::words<4>* addresses[vectors];
        bool is_written[vectors];
        device::words<4> loaded[vectors];
        // Where the lane's vectors are, and of a single step; all else is known to the compiler, which would otherwise compute each
        // address from the workspace's on.
        const unsigned char* const rows = hidden_ + (copy_ * exchange_buffer_bytes + row_ * exchange_row_bytes + first_k_ * 4);
        uint64_t of_pairs = reinterpret_cast<uint64_t>(rows + quarter_ * (4 * factors_per_quarter(0)));
        uint64_t of_single = reinterpret_cast<uint64_t>(rows + quarter_ * (4 * factors_per_quarter(warp_steps - 1)));
        device::forget_origin(of_pairs);
        if constexpr (is_single(warp_steps - 1)) device::forget_origin(of_single);
#pragma unroll
        for (int column = 0; column < batch_tiles; ++column) {
#pragma unroll
            for (int i = 0; i < vectors_of_column; ++i) {
                const int index = column * vectors_of_column + i;
                const int step = step_of_vector(i);
                const int first = factor_of_word(step, 0) + i * 4 - step * (2 * factors_per_word);
                is_written[index] = all_written || first_k_ + first + quarter_ * factors_per_quarter(step) <
                                                       blocks_per_head * factors_per_block;
                addresses[index] = reinterpret_cast<const device::words<4>*>(
                    (is_single(step) ? of_single : of_pairs) +
                    static_cast<uint32_t>(8 * column * exchange_row_bytes + first * 4));
            }
        }
        device::load_numbered_words(loaded, addresses, is_written, count_ << shift, ~0u << shift);
#pragma unroll
        for (int i = 0; i < vectors; ++i) {
#pragma unroll
            for (int word = 0; word < 4; word += factors_per_word) {
                fragments_[(i * 4 + word) / factors_per_word] = joined(loaded[i], word);
            }
        }
    }

    // What was taken, as the other variants have it; `column` and `offset` are known to the compiler.
    template <int count>
    CONSTRINT_DEVICE device::words<count> fragment(int column, int offset) const {
        const int first = column * (vectors_of_column * 4 / factors_per_word) + offset / step_bytes * 2;
        device::words<count> words;
#pragma unroll
        for (int i = 0; i < count; ++i) words.word[i] = fragments_[first + i];
        return words;
    }

    // As many factors as VALUE has, at most four, which divides where they begin within the block's row.
    template <typename Value>
    CONSTRINT_DEVICE void store(int sequence, int first, Value value) const {
        constexpr int width = sizeof(Value) / sizeof(factor);
        unsigned char* address = hidden_ + (copy_ ^ 1) * exchange_buffer_bytes + sequence * exchange_row_bytes +
                                 (first_factor_ + first) * 4;
        // The number that `publish` will count to.
        device::store_words(reinterpret_cast<device::words<width>*>(address), numbered<width>(value, (count_ + 1) << shift));
    }

private:
    // Bits of a word below the number of its step.
    static constexpr int shift = sizeof(factor) == 2 ? 16 : 19;

    // Words of a lane in a step along k, whose units lie as `factor_of_word` says: for two steps at once, then for a single one.
    static constexpr int words_of_column = warp_steps * 2 * factors_per_word;
    static constexpr int vectors_of_column = device::maximum(1, words_of_column / 4);
    static constexpr int vectors = vectors_of_column * batch_tiles;
    static constexpr bool all_written = warps_along_k * slice_factors <= blocks_per_head * factors_per_block;

    // The step along k with which a lane's vector begins.
    static constexpr __host__ __device__ int step_of_vector(int index) { return index * 4 / (2 * factors_per_word); }

    // A register of a fragment from one word or two.
    static CONSTRINT_DEVICE uint32_t joined(const device::words<4>& loaded, int word) {
        if constexpr (sizeof(factor) == 4) return loaded.word[word] << (32 - shift);
        return device::join_lower_halves(loaded.word[word], loaded.word[word + 1]);
    }

    template <int width, typename Value>
    static CONSTRINT_DEVICE device::words<width> numbered(Value value, uint32_t number) {
        device::words<width> words;
        if constexpr (sizeof(factor) == 4) {
            words = device::bits_as<device::words<width>>(value);
#pragma unroll
            for (int i = 0; i < width; ++i) words.word[i] = words.word[i] >> (32 - shift) | number;
        } else if constexpr (width == 1) {
            words.word[0] = value.bits | number;
        } else {
#pragma unroll
            for (int i = 0; i < width; i += 2) {
                words.word[i] = (value.word[i / 2] & 0xffffu) | number;
                words.word[i + 1] = value.word[i / 2] >> 16 | number;
            }
        }
        return words;
    }

    int row_;
    int first_k_;
    int quarter_;
    int first_factor_;
    unsigned char* hidden_;
    int copy_ = 1;
    uint32_t count_ = 0;  // h published so far
    uint32_t fragments_[vectors * 4 / factors_per_word];
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_HIDDEN_IN_WORDS
