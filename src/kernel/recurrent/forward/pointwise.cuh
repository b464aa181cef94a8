// The pointwise part: states and biases of a lane's slots, in registers for the whole sequence.
#pragma once

#include "../products.cuh"
#include "input_ring.cuh"

namespace constrint::rnn_forward {

using namespace recurrent::forward;

class Pointwise {
public:
    CONSTRINT_DEVICE Pointwise(const Arguments& arguments, const Place& place)
        : arguments_(arguments), slots_(place), head_in_block_(place.head_in_block) {
        const int unit = place.first_unit + slots_.first_unit;
        const int sequence = place.first_sequence + slots_.first_sequence;
        // Distances between elements of neighbouring sequences: without and with a time axis.
        sequence_stride_ = static_cast<int64_t>(arguments.heads) * head_dim;
        const int64_t first_step =
            static_cast<int64_t>(sequence) * arguments.sequence + place_of_first_step(arguments.sequence);
        const int64_t timed_position = first_step * sequence_stride_ + place.head * head_dim + unit;
#pragma unroll
        for (int kept = 0; kept < kept_outputs; ++kept) {
            const int sequences = keeps_outputs ? slots_.sequence_offset(kept * slot_width) : 0;
            outputs_[kept] = arguments.hidden + timed_position + sequences * (arguments.sequence * sequence_stride_);
        }
        inside_ = 0;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            const bool is_inside = slots_.is_owned(slot) && place.head < arguments.heads &&
                                   unit + slots_.unit_offset(slot) < head_dim &&
                                   sequence + slots_.sequence_offset(slot) < arguments.batch;
            inside_ |= static_cast<uint32_t>(is_inside) << slot;
        }
        load_biases(place, unit);
        load_states(position(place));
    }

    // Hands the initial h to the products.
    template <typename Hidden>
    CONSTRINT_DEVICE void store_initial(Hidden& hidden) const {
#pragma unroll
        for (int slot = 0; slot < owned_slots; slot += slot_width) {
            if (slots_.is_owned(slot)) store_factors(hidden, slot);
        }
        hidden.publish();
    }

    // The slots' step, with the sums that are the lane's own or, with several warps along k, in shared memory. h is handed to
    // the products as soon as it is there, before the last slots' outputs are stored.
    template <typename Hidden>
    CONSTRINT_DEVICE void step(const Sums& sums, const PartialSums& partial, const InputRing& inputs, Hidden& hidden) {
        // From a sequence to the next one; from here on unknown to the compiler, which would otherwise keep a multiple of it
        // in registers for each slot.
        uint64_t stride = static_cast<uint64_t>(arguments_.sequence * sequence_stride_);
        if constexpr (!keeps_outputs) device::forget_origin(stride);
        if constexpr (owned_slots > (warps_along_k == 1 ? 4 : slot_width)) slots_.forget_origin();
#pragma unroll
        for (int first = 0; first < owned_slots; first += slots_together) {
            step_together(first, sums, partial, inputs, hidden, static_cast<int64_t>(stride));
        }
#pragma unroll
        for (int kept = 0; kept < kept_outputs; ++kept) outputs_[kept] += next_step * sequence_stride_;
    }

    // The states after the last step, behind the loop: within it each slot would ask at each step whether it is the last.
    // Where they go is found anew, so that nothing of it is kept through the loop.
    CONSTRINT_DEVICE void store_last(const Place& place) const {
        if (arguments_.last == nullptr) return;
        const int64_t state_stride = arguments_.batch * sequence_stride_;
        float* const last = arguments_.last + position(place);
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            if (is_inside(slot)) store_last(slot, last + offset(slot), state_stride);
        }
    }

private:
    // Slots whose latencies overlap: all loads come before all stores, as the compiler must keep their order.
    static constexpr int slots_together = device::minimum(owned_slots, 4);

    // The addresses of a few slots' outputs, or of as many pairs, are kept; many are computed anew from the first.
    static constexpr bool keeps_outputs = owned_slots <= 2 * slot_width;
    static constexpr int kept_outputs = keeps_outputs ? owned_slots / slot_width : 1;

    // Neighbouring units are stored as one where all rows begin at a multiple of their size.
    static constexpr int output_width = head_dim % slot_width == 0 ? slot_width : 1;

    template <typename Hidden>
    CONSTRINT_DEVICE void step_together(int first, const Sums& sums, const PartialSums& partial,
                                        const InputRing& inputs, Hidden& hidden, int64_t timed_stride) {
        float recurrent[slots_together][gates];
        float input[slots_together / slot_width][gates][slot_width];
        float saved[slots_together][Cell::saved > 0 ? Cell::saved : 1];
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            if (i % slot_width == 0) {
                inputs.read(input[i / slot_width], head_in_block_, slots_.sequence(slot), slots_.unit(slot));
            }
            if constexpr (warps_along_k == 1) {
#pragma unroll
                for (int gate = 0; gate < gates; ++gate) recurrent[i][gate] = sums.gate_of_slot(slot, gate);
            } else {
                partial.add_up(recurrent[i], slots_.index(slot));
            }
        }
#pragma unroll
        for (int i = 0; i < slots_together; ++i) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            float of_unit[gates];
#pragma unroll
            for (int gate = 0; gate < gates; ++gate) of_unit[gate] = input[i / slot_width][gate][i % slot_width];
            hidden_[slot] = clipped(Cell::step(memory_[slot], hidden_[slot], recurrent[i], of_unit,
                                               bias_[unit_index(slot)], saved[i]));
        }
#pragma unroll
        for (int i = 0; i < slots_together; i += slot_width) {
            const int slot = first + i;
            if (slot >= owned_slots || !slots_.is_owned(slot)) continue;
            store_factors(hidden, slot);
        }
        if (first + slots_together >= owned_slots) hidden.publish();
#pragma unroll
        for (int i = 0; i < slots_together; i += output_width) {
            const int slot = first + i;
            if (slot < owned_slots && is_inside(slot)) store_step(slot, timed_stride, saved + i);
        }
    }

    // Slots of the same unit share its biases.
    static constexpr int bias_units = warps_along_k == 1 ? units_per_lane : owned_slots;
    static CONSTRINT_DEVICE int unit_index(int slot) {
        return warps_along_k == 1 ? lane_unit_of_slot(slot) : slot;
    }

    CONSTRINT_DEVICE bool is_inside(int slot) const { return (inside_ >> slot & 1) != 0; }

    // The first slot among the units of all sequences, and how far another one is from it.
    CONSTRINT_DEVICE int64_t position(const Place& place) const {
        const int unit = place.first_unit + slots_.first_unit;
        const int sequence = place.first_sequence + slots_.first_sequence;
        return static_cast<int64_t>(sequence) * sequence_stride_ + place.head * head_dim + unit;
    }
    CONSTRINT_DEVICE int64_t offset(int slot) const {
        return slots_.unit_offset(slot) + slots_.sequence_offset(slot) * sequence_stride_;
    }

    CONSTRINT_DEVICE void load_biases(const Place& place, int unit) {
#pragma unroll
        for (int index = 0; index < bias_units; ++index) {
            const int offset = warps_along_k == 1 ? offset_of_lane_unit(index) : slots_.unit_offset(index);
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

    CONSTRINT_DEVICE void load_states(int64_t position) {
        const int64_t state_stride = arguments_.batch * sequence_stride_;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            const bool is_given = arguments_.initial != nullptr && is_inside(slot);
            const float* initial = arguments_.initial + (is_given ? position + offset(slot) : 0);
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
    CONSTRINT_DEVICE void store_factors(const Hidden& hidden, int slot) const {
        float values[slot_width];
#pragma unroll
        for (int i = 0; i < slot_width; ++i) values[i] = hidden_[slot + i];
        hidden.store(slots_.sequence(slot), slots_.unit(slot), rounded<factor>(values));
    }

    // Where the step's h of a slot is stored.
    CONSTRINT_DEVICE element* output(int slot, int64_t timed_stride) const {
        if constexpr (keeps_outputs) return outputs_[slot / slot_width] + slots_.unit_offset(slot);
        return outputs_[0] + slots_.unit_offset(slot) + slots_.sequence_offset(slot) * timed_stride;
    }

    // What OUTPUT_WIDTH slots leave behind in a step.
    CONSTRINT_DEVICE void store_step(int slot, int64_t timed_stride,
                                     const float (*saved)[Cell::saved > 0 ? Cell::saved : 1]) const {
        element* address = output(slot, timed_stride);
        float values[output_width];
#pragma unroll
        for (int i = 0; i < output_width; ++i) values[i] = hidden_[slot + i];
        store(address, rounded<element>(values));
        if constexpr (is_training) {
            const int64_t bytes = reinterpret_cast<const unsigned char*>(address) -
                                  reinterpret_cast<const unsigned char*>(arguments_.hidden);
            const int64_t stride = arguments_.batch * timed_stride;
#pragma unroll
            for (int state = 1; state < Cell::states; ++state) {
#pragma unroll
                for (int i = 0; i < output_width; ++i) values[i] = memory_[slot + i].value[state - 1];
                store(advanced(arguments_.memory + (state - 1) * stride, bytes * (4 / element_bytes)),
                      rounded<float>(values));
            }
            if constexpr (saves) {
#pragma unroll
                for (int index = 0; index < Cell::saved; ++index) {
#pragma unroll
                    for (int i = 0; i < output_width; ++i) values[i] = saved[i][index];
                    store(advanced(arguments_.saved + index * stride, bytes), rounded<element>(values));
                }
            }
        }
    }

    // One number, or two neighbours.
    template <typename T, typename Value>
    static CONSTRINT_DEVICE void store(T* address, Value value) {
        device::store_global(reinterpret_cast<Value*>(address), value);
    }

    CONSTRINT_DEVICE void store_last(int slot, float* last, int64_t state_stride) const {
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
    element* outputs_[kept_outputs];  // the present step's h of some slots
    float hidden_[owned_slots];
    typename Cell::Memory memory_[owned_slots];
    float bias_[bias_units][Cell::biases];
};

}  // namespace constrint::rnn_forward
