// The pointwise part: states and biases of a lane's slots, in registers for the whole sequence.
#pragma once

#include "../input_ring.cuh"
#include "products.cuh"

namespace constrint::rnn_forward {

using namespace recurrent;

class Pointwise {
public:
    CONSTRINT_DEVICE Pointwise(const Arguments& arguments, const Place& place)
        : arguments_(arguments), slots_(place), head_in_block_(place.head_in_block) {
        const int unit = place.first_unit + slots_.first_unit;
        const int sequence = place.first_sequence + slots_.first_sequence;
        // Distances between elements of neighbouring sequences: without and with a time axis.
        sequence_stride_ = static_cast<int64_t>(arguments.heads) * head_dim;
        position_ = static_cast<int64_t>(sequence) * sequence_stride_ + place.head * head_dim + unit;
        timed_position_ = static_cast<int64_t>(sequence) * arguments.sequence * sequence_stride_ +
                          place.head * head_dim + unit;
        inside_ = 0;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            const bool is_inside = slots_.is_owned(slot) && place.head < arguments.heads &&
                                   unit + slots_.unit_offset(slot) < head_dim &&
                                   sequence + slots_.sequence_offset(slot) < arguments.batch;
            inside_ |= static_cast<uint32_t>(is_inside) << slot;
        }
        load_biases(place, unit);
        load_states();
    }

    // Hands the initial h to the products.
    template <typename Hidden>
    CONSTRINT_DEVICE void store_initial(Hidden& hidden) const {
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            if (slots_.is_owned(slot)) store_factor(hidden, slot);
        }
        hidden.publish();
    }

    // The slots' step, with the sums that are the lane's own or, with several warps along k, in shared memory. h is handed to
    // the products as soon as it is there, before the last slots' outputs are stored.
    template <typename Hidden>
    CONSTRINT_DEVICE void step(const Sums& sums, const PartialSums& partial, const InputRing& inputs, Hidden& hidden,
                               int time) {
        // From a sequence to the next one; from here on unknown to the compiler, which would otherwise keep a multiple of it
        // in registers for each slot.
        uint64_t stride = static_cast<uint64_t>(arguments_.sequence * sequence_stride_);
        device::forget_origin(stride);
        if constexpr (owned_slots > (warps_along_k == 1 ? 4 : 1)) slots_.forget_origin();
#pragma unroll
        for (int first = 0; first < owned_slots; first += slots_together) {
            step_together(first, sums, partial, inputs, hidden, time, static_cast<int64_t>(stride));
        }
    }

    // The states after the last step, behind the loop: within it each slot would ask at each step whether it is the last.
    CONSTRINT_DEVICE void store_last() const {
        if (arguments_.last == nullptr) return;
        const int64_t state_stride = arguments_.batch * sequence_stride_;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            if (is_inside(slot)) store_last(slot, state_stride);
        }
    }

private:
    // Slots whose latencies overlap: all loads come before all stores, as the compiler must keep their order.
    static constexpr int slots_together = device::minimum(owned_slots, 4);

    template <typename Hidden>
    CONSTRINT_DEVICE void step_together(int first, const Sums& sums, const PartialSums& partial,
                                        const InputRing& inputs, Hidden& hidden, int time, int64_t timed_stride) {
        float recurrent[slots_together][gates];
        float input[slots_together][gates];
        float saved[slots_together][Cell::saved > 0 ? Cell::saved : 1];
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            inputs.read(input[i], time, head_in_block_, slots_.sequence(slot), slots_.unit(slot));
            if constexpr (warps_along_k == 1) {
#pragma unroll
                for (int gate = 0; gate < gates; ++gate) recurrent[i][gate] = sums.gate_of_slot(slot, gate);
            } else {
                partial.add_up(recurrent[i], slots_.index(slot), time);
            }
        }
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            hidden_[slot] = clipped(Cell::step(memory_[slot], hidden_[slot], recurrent[i], input[i],
                                               bias_[unit_index(slot)], saved[i]));
        }
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            store_factor(hidden, slot);
        }
        if (first + slots_together >= owned_slots) hidden.publish();
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot < owned_slots && is_inside(slot)) store_step(slot, time, timed_stride, saved[i]);
        }
    }

    // Slots of the same unit share its biases.
    static constexpr int bias_units = warps_along_k == 1 ? units_per_lane : owned_slots;
    static CONSTRINT_DEVICE int unit_index(int slot) {
        return warps_along_k == 1 ? slot / (2 * batch_tiles) : slot;
    }

    CONSTRINT_DEVICE bool is_inside(int slot) const { return (inside_ >> slot & 1) != 0; }

    CONSTRINT_DEVICE int64_t position(int slot) const {
        return position_ + slots_.unit_offset(slot) + slots_.sequence_offset(slot) * sequence_stride_;
    }

    CONSTRINT_DEVICE void load_biases(const Place& place, int unit) {
#pragma unroll
        for (int index = 0; index < bias_units; ++index) {
            const int offset = warps_along_k == 1 ? index * 8 : slots_.unit_offset(index);
            const bool is_there = place.head < arguments_.heads && unit + offset < head_dim &&
                                  (warps_along_k == 1 || slots_.is_owned(index));
#pragma unroll
            for (int bias = 0; bias < Cell::biases; ++bias) {
                const int64_t row = static_cast<int64_t>(bias) * arguments_.heads + place.head;
                bias_[index][bias] = 0.0f;
                if (is_there) {
                    bias_[index][bias] =
                        device::load_global_read_only(arguments_.bias + row * head_dim + unit + offset);
                }
            }
        }
    }

    CONSTRINT_DEVICE void load_states() {
        const int64_t state_stride = arguments_.batch * sequence_stride_;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            const bool is_given = arguments_.initial != nullptr && is_inside(slot);
            const float* initial = arguments_.initial + (is_given ? position(slot) : 0);
            hidden_[slot] = is_given ? device::load_global_read_only(initial) : 0.0f;
#pragma unroll
            for (int state = 1; state < Cell::states; ++state) {
                memory_[slot].value[state - 1] =
                    is_given ? device::load_global_read_only(initial + state * state_stride) : 0.0f;
            }
        }
    }

    CONSTRINT_DEVICE float clipped(float h) const {
        if constexpr (!is_clipped) return h;
        const float below = h < arguments_.clip ? h : arguments_.clip;
        return below > -arguments_.clip ? below : -arguments_.clip;
    }

    template <typename Hidden>
    CONSTRINT_DEVICE void store_factor(const Hidden& hidden, int slot) const {
        hidden.store(slots_.sequence(slot), slots_.unit(slot), device::round_to<factor>(hidden_[slot]));
    }

    CONSTRINT_DEVICE void store_step(int slot, int time, int64_t timed_stride, const float* saved) const {
        const int64_t offset = timed_position_ + slots_.unit_offset(slot) +
                               slots_.sequence_offset(slot) * timed_stride + time * sequence_stride_;
        device::store_global(arguments_.hidden + offset, device::round_to<element>(hidden_[slot]));
        if constexpr (is_training) {
            const int64_t stride = arguments_.batch * timed_stride;
#pragma unroll
            for (int state = 1; state < Cell::states; ++state) {
                device::store_global(arguments_.memory + (state - 1) * stride + offset,
                                     memory_[slot].value[state - 1]);
            }
#pragma unroll
            for (int i = 0; i < Cell::saved; ++i) {
                device::store_global(arguments_.saved + i * stride + offset, device::round_to<element>(saved[i]));
            }
        }
    }

    CONSTRINT_DEVICE void store_last(int slot, int64_t state_stride) const {
        float* last = arguments_.last + position(slot);
        device::store_global(last, hidden_[slot]);
#pragma unroll
        for (int state = 1; state < Cell::states; ++state) {
            device::store_global(last + state * state_stride, memory_[slot].value[state - 1]);
        }
    }

    const Arguments& arguments_;
    Slots slots_;
    int head_in_block_;
    uint32_t inside_;
    int64_t sequence_stride_;
    int64_t position_;
    int64_t timed_position_;
    float hidden_[owned_slots];
    typename Cell::Memory memory_[owned_slots];
    float bias_[bias_units][Cell::biases];
};

}  // namespace constrint::rnn_forward
