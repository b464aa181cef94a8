// The pointwise part: a lane's slots, from the gradient of their states after a step to that of their gates and of the states
// before it. What passes from step to step beside R stays in registers, and so do the states, each of which is read once: those
// before a step are those after the step that comes next.
#pragma once

#include "../products.cuh"
#include "bias_sums.cuh"
#include "near.cuh"

namespace constrint::rnn_backward {

// With the gradient cut, nothing is handed over.
struct NotHandedOver {};

class Gradients {
public:
    // Asks for all that the last step reads.
    CONSTRINT_DEVICE Gradients(const Arguments& arguments, const Place& place) : arguments_(arguments), slots_(place) {
        const int unit = place.first_unit + slots_.first_unit;
        const int sequence = place.first_sequence + slots_.first_sequence;
        row_stride_ = static_cast<int64_t>(arguments.heads) * head_dim;
        inside_ = 0;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            const bool is_inside = slots_.is_owned(slot) && place.head < arguments.heads &&
                                   unit + slots_.unit_offset(slot) < head_dim &&
                                   sequence + slots_.sequence_offset(slot) < arguments.batch;
            inside_ |= static_cast<uint32_t>(is_inside) << slot;
        }
        const int64_t first_sequence = sequence + slots_.sequence_offset(0);
        const int64_t column = place.head * head_dim + unit + slots_.unit_offset(0);
        const int64_t row = (first_sequence * arguments.sequence + place_of_last_step(arguments.sequence)) * row_stride_;
        position_ = first_sequence * row_stride_ + column;
        asked_ = row + column;
        stored_ = row * gates + column;
        const int64_t stride = arguments.sequence * row_stride_;
#pragma unroll
        for (int slot = 0; slot < owned_slots; slot += slot_width) {
            load_after(slot, stride);
            load_carried(slot);
            if (arguments.sequence > 1) {
                load<true>(slot, true, stride);
            } else {
                load<false>(slot, false, stride);
            }
        }
        asked_ -= next_step * row_stride_;
        seldom_ = (arguments.of_memory != nullptr ? of_memory_is_given : 0) | is_last_step;
    }

    // Hands over zeros: what the product of the last step reads.
    template <typename Hidden>
    CONSTRINT_DEVICE void hand_over_nothing(Hidden& hidden) const {
        constexpr float nothing[slot_width][gates] = {};
#pragma unroll
        for (int slot = 0; slot < owned_slots; slot += slot_width) {
            if (slots_.is_owned(slot)) store_factors(hidden, slot, nothing);
        }
        hidden.publish();
    }

    // The slots' step, with the sums that are the lane's own or, with several warps along k, in shared memory. The gates'
    // gradients are handed to the products as soon as they are there, before the last slots' are stored.
    template <typename Hidden>
    CONSTRINT_DEVICE void step(int time, const Sums& sums, const PartialSums& partial, Hidden& hidden, BiasSums& biases) {
        // From a sequence to the next one; unknown to the compiler, which would otherwise keep a multiple of it in registers
        // for each slot.
        uint64_t stride = static_cast<uint64_t>(arguments_.sequence * row_stride_);
        device::forget_origin(stride);
        if constexpr (owned_slots > (warps_along_k == 1 ? 4 : slot_width)) slots_.forget_origin();
#pragma unroll
        for (int first = 0; first < owned_slots; first += slots_together) {
            step_together(first, time, sums, partial, hidden, biases, static_cast<int64_t>(stride));
        }
        asked_ -= next_step * row_stride_;
        stored_ -= next_step * row_stride_ * gates;
        seldom_ &= ~is_last_step;
    }

    // The gradient of the states before the first step.
    CONSTRINT_DEVICE void store_initial(const Sums& sums, const PartialSums& partial) const {
        if (arguments_.of_initial == nullptr) return;
        const int64_t state_stride = arguments_.batch * row_stride_;
#pragma unroll
        for (int slot = 0; slot < owned_slots; ++slot) {
            if (!slots_.is_owned(slot)) continue;
            const float of_hidden = from_step_after(slot, sums, partial);
            if (!is_inside(slot)) continue;
            float* address = arguments_.of_initial + position(slot);
            device::store_global(address, of_hidden);
#pragma unroll
            for (int state = 1; state < Cell::states; ++state) {
                device::store_global(address + state * state_stride, carried_[slot][state - 1]);
            }
        }
    }

private:
    // Slots whose latencies overlap: all loads come before all stores, as the compiler must keep their order.
    static constexpr int slots_together = device::minimum(owned_slots, 4);

    static constexpr int memories = Cell::states - 1;
    static constexpr int some_memories = device::maximum(1, memories);
    static constexpr int some_saved = device::maximum(1, Cell::saved);
    static constexpr int groups = owned_slots / slot_width;

    // States of slots that are not there: all that follows from them is finite, so that their gradients are zero.
    static constexpr float absent = 1.0f;

    // What a step reads of SLOT_WIDTH slots, asked for while the step that runs before it does the rest of its work.
    struct Ahead {
        Near<element> of_hidden;
        Near<element> saved[some_saved];
        Near<element> hidden;  // before the step, but for the first one
        Near<float> memory[some_memories];
    };

    // What few steps have beside it, or few losses, of SLOT_WIDTH slots; else zeros.
    struct Seldom {
        float of_last[slot_width];                   // the gradient of the last h, in the last step
        float of_memory[some_memories][slot_width];  // those of c, n and m
        float hidden[slot_width];                    // h before the first step, which `Ahead` has for all others
    };

    template <typename Hidden>
    static constexpr bool is_handed_over = !std::is_same_v<Hidden, NotHandedOver>;

    // Bits of what there is of it.
    static constexpr uint32_t is_last_step = 1;
    static constexpr uint32_t of_memory_is_given = 2;

    template <typename Hidden>
    CONSTRINT_DEVICE void step_together(int first, int time, const Sums& sums, const PartialSums& partial, Hidden& hidden,
                                        BiasSums& biases, int64_t stride) {
        if constexpr (owned_slots == slot_width) {
            if (!slots_.is_owned(0)) {
                if constexpr (is_handed_over<Hidden>) hidden.publish();
                return;
            }
        }
        float of_bias[slots_together][Cell::biases];
        Seldom seldom[slots_together / slot_width] = {};
        if (seldom_ != 0 || (Cell::back_reads_before && time == 0)) {
#pragma unroll
            for (int i = 0; i < slots_together; i += slot_width) {
                const int slot = first + i;
                if (is_mine(slot)) load_seldom(slot, time, stride, seldom[i / slot_width]);
            }
        }
#pragma unroll
        for (int i = 0; i < slots_together; i += slot_width) {
            const int slot = first + i;
            if (!is_mine(slot)) continue;
            compute(slot, seldom[i / slot_width], sums, partial, of_bias + i);
        }
        if constexpr (is_handed_over<Hidden>) {
#pragma unroll
            for (int i = 0; i < slots_together; i += slot_width) {
                const int slot = first + i;
                if (!is_mine(slot)) continue;
                float factors[slot_width][gates];
#pragma unroll
                for (int j = 0; j < slot_width; ++j) {
#pragma unroll
                    for (int gate = 0; gate < gates; ++gate) factors[j][gate] = of_bias[i + j][gate];
                }
                store_factors(hidden, slot, factors);
            }
            if (first + slots_together >= owned_slots) hidden.publish();
        }
#pragma unroll
        for (int i = 0; i < slots_together; i += slot_width) {
            const int slot = first + i;
            if (!is_mine(slot)) continue;
            if (time > (memories > 0 ? 1 : 0)) {
                load<true>(slot, time > 1, stride);
            } else if (time == 1) {
                load<false>(slot, false, stride);
            }
        }
#pragma unroll
        for (int i = 0; i < slots_together; i += slot_width) {
            const int slot = first + i;
            if (!is_mine(slot)) continue;
            store_step(slot, stride, of_bias + i);
#pragma unroll
            for (int j = 0; j < slot_width; ++j) biases.add(slot + j, of_bias[i + j]);
        }
    }

    // SLOT_WIDTH slots' gradients, and the states before the step in place of those after it.
    CONSTRINT_DEVICE void compute(int slot, const Seldom& seldom, const Sums& sums, const PartialSums& partial,
                                  float (*of_bias)[Cell::biases]) {
        const Ahead& ahead = ahead_[slot / slot_width];
        float of_hidden[slot_width];
        float hidden[slot_width] = {};
        float memory[some_memories][slot_width];
        float saved[some_saved][slot_width];
        ahead.of_hidden.read(of_hidden);
        if constexpr (loads_hidden) ahead.hidden.read(hidden);
#pragma unroll
        for (int state = 0; state < memories; ++state) ahead.memory[state].read(memory[state]);
#pragma unroll
        for (int index = 0; index < Cell::saved; ++index) ahead.saved[index].read(saved[index]);
#pragma unroll
        for (int j = 0; j < slot_width; ++j) {
            float d[Cell::states];
            if constexpr (Cell::back_reads_before) hidden[j] += seldom.hidden[j];
            d[0] = of_hidden[j] + seldom.of_last[j] + clipped(from_step_after(slot + j, sums, partial));
            if constexpr (is_clipped) {
                const float h = after_hidden_[slot + j];
                const float bound = device::to_float(device::round_to<element>(arguments_.clip));
                if (h >= bound || h <= -bound) d[0] = 0.0f;
            }
            float before[Cell::states];
            float after[Cell::states];
            before[0] = hidden[j];
            after[0] = keeps_hidden ? after_hidden_[slot + j] : 0.0f;
#pragma unroll
            for (int state = 0; state < memories; ++state) {
                d[state + 1] = seldom.of_memory[state][j] + carried_[slot + j][state];
                before[state + 1] = memory[state][j];
                after[state + 1] = after_[slot + j][state];
            }
            float values[some_saved];
#pragma unroll
            for (int index = 0; index < Cell::saved; ++index) values[index] = saved[index][j];
            Cell::back(d, before, after, values, of_bias[j]);
            if constexpr (passes_hidden) direct_[slot + j] = d[0];
            if constexpr (keeps_hidden) {
                after_hidden_[slot + j] = hidden[j];
                device::forget_origin(after_hidden_[slot + j]);
            }
#pragma unroll
            for (int state = 0; state < memories; ++state) {
                carried_[slot + j][state] = d[state + 1];
                after_[slot + j][state] = memory[state][j];
                device::forget_origin(after_[slot + j][state]);
            }
        }
    }

    // Whether a slot is the lane's; where it has but one access, `step_together` has asked.
    CONSTRINT_DEVICE bool is_mine(int slot) const {
        return slot < owned_slots && (owned_slots == slot_width || slots_.is_owned(slot));
    }

    CONSTRINT_DEVICE bool is_inside(int slot) const { return (inside_ >> slot & 1) != 0; }

    // How far a slot is from the first one: in a row, and in sequences. Of the first that is known, so that where a lane has but
    // one access all of its place is in what steps on from step to step.
    CONSTRINT_DEVICE int units_away(int slot) const {
        return slot < slot_width ? offset_of_lane_unit(lane_unit_of_slot(slot)) : slots_.unit_offset(slot) - slots_.unit_offset(0);
    }
    CONSTRINT_DEVICE int sequences_away(int slot) const {
        return slot < slot_width ? 0 : slots_.sequence_offset(slot) - slots_.sequence_offset(0);
    }

    CONSTRINT_DEVICE int64_t position(int slot) const {
        return position_ + units_away(slot) + sequences_away(slot) * row_stride_;
    }

    // From one state or saved value of all steps to the next one.
    CONSTRINT_DEVICE int64_t all_steps() const {
        return static_cast<int64_t>(arguments_.batch) * arguments_.sequence * row_stride_;
    }

    // What the step after hands to h: through R, and directly.
    CONSTRINT_DEVICE float from_step_after(int slot, [[maybe_unused]] const Sums& sums,
                                           [[maybe_unused]] const PartialSums& partial) const {
        float direct = 0.0f;
        if constexpr (passes_hidden) direct = direct_[slot];
        if constexpr (is_cut) {
            return direct;
        } else if constexpr (warps_along_k == 1) {
            return direct + sums.gate_of_slot(slot, 0);
        } else {
            float sum[1];
            partial.add_up(sum, slots_.index(slot));
            return direct + sum[0];
        }
    }

    CONSTRINT_DEVICE float clipped(float gradient) const {
        if constexpr (!clips_gradient) return gradient;
        const float below = gradient < arguments_.gradient_clip ? gradient : arguments_.gradient_clip;
        return below > -arguments_.gradient_clip ? below : -arguments_.gradient_clip;
    }

    // Asks for what the step reads to which `asked_` has come, with HAS_BEFORE from where the states before a step are, else from where
    // the initial ones are; `has_hidden` says whether there is an h before it.
    template <bool has_before>
    CONSTRINT_DEVICE void load(int slot, [[maybe_unused]] bool has_hidden, int64_t stride) {
        const int64_t here = asked_ + units_away(slot) + sequences_away(slot) * stride;
        const uint32_t inside = inside_ >> slot;
        Ahead& ahead = ahead_[slot / slot_width];
        const element* of_hidden = arguments_.of_hidden + here;
        settle(of_hidden);
        ahead.of_hidden.load(of_hidden, inside, 0.0f);
        const element* saved = arguments_.saved + here;
#pragma unroll
        for (int index = 0; index < Cell::saved; ++index) {
            settle(saved);
            ahead.saved[index].load(saved, inside, 0.0f);
            saved += all_steps();
        }
        if constexpr (loads_hidden) {
            const element* hidden = arguments_.hidden + (here - next_step * row_stride_);
            if constexpr (has_before) settle(hidden);
            ahead.hidden.load(hidden, has_hidden ? inside : 0, 0.0f);
        }
        if constexpr (memories > 0) {
            const bool is_given = has_before || arguments_.initial != nullptr;
            const float* states = has_before ? arguments_.memory + (here - next_step * row_stride_) : initial(slot, 1);
#pragma unroll
            for (int state = 0; state < memories; ++state) {
                if constexpr (has_before) settle(states);
                // Without initial states zeros, also where no slot is.
                ahead.memory[state].load(states, is_given ? inside : 0, is_given ? absent : 0.0f);
                states += has_before ? all_steps() : arguments_.batch * row_stride_;
            }
        }
    }

    CONSTRINT_DEVICE const float* initial(int slot, int state) const {
        if (arguments_.initial == nullptr) return nullptr;
        return arguments_.initial + (state * arguments_.batch * row_stride_ + position(slot));
    }

    // The states after the last step.
    CONSTRINT_DEVICE void load_after(int slot, int64_t stride) {
        const int64_t here = asked_ + units_away(slot) + sequences_away(slot) * stride;
        if constexpr (keeps_hidden) {
            Near<element> states;
            float values[slot_width];
            states.load(arguments_.hidden + here, inside_ >> slot, 0.0f);
            states.read(values);
#pragma unroll
            for (int j = 0; j < slot_width; ++j) after_hidden_[slot + j] = values[j];
        }
#pragma unroll
        for (int state = 0; state < memories; ++state) {
            Near<float> states;
            float values[slot_width];
            states.load(arguments_.memory + (state * all_steps() + here), inside_ >> slot, absent);
            states.read(values);
#pragma unroll
            for (int j = 0; j < slot_width; ++j) after_[slot + j][state] = values[j];
        }
    }

    // The gradient of the last states but h.
    CONSTRINT_DEVICE void load_carried(int slot) {
#pragma unroll
        for (int j = 0; j < slot_width; ++j) {
            if constexpr (passes_hidden) direct_[slot + j] = 0.0f;
#pragma unroll
            for (int state = 0; state < memories; ++state) {
                carried_[slot + j][state] = 0.0f;
                if (arguments_.of_last == nullptr || !is_inside(slot + j)) continue;
                const int64_t at = (state + 1) * arguments_.batch * row_stride_ + position(slot + j);
                carried_[slot + j][state] = device::load_global_read_only(arguments_.of_last + at);
            }
        }
    }

    // Few losses read c, n and m: these gradients are asked for when they are needed.
    CONSTRINT_DEVICE void load_seldom(int slot, [[maybe_unused]] int time, [[maybe_unused]] int64_t stride, Seldom& seldom) const {
        const uint32_t inside = inside_ >> slot;
        Near<float> numbers;
        if ((seldom_ & is_last_step) != 0 && arguments_.of_last != nullptr) {
            numbers.load(arguments_.of_last + position(slot), inside, 0.0f);
            numbers.read(seldom.of_last);
        }
        if constexpr (Cell::back_reads_before) {
            if (time == 0 && arguments_.initial != nullptr) {
                numbers.load(initial(slot, 0), inside, 0.0f);
                numbers.read(seldom.hidden);
            }
        }
        if constexpr (memories > 0) {
            if ((seldom_ & of_memory_is_given) == 0) return;
            // `asked_` has come to the step before.
            const float* of_memory =
                arguments_.of_memory + (asked_ + next_step * row_stride_ + units_away(slot) + sequences_away(slot) * stride);
            Near<float> states[some_memories];
#pragma unroll
            for (int state = 0; state < memories; ++state) states[state].load(of_memory + state * all_steps(), inside, 0.0f);
#pragma unroll
            for (int state = 0; state < memories; ++state) states[state].read(seldom.of_memory[state]);
        }
    }

    // Hands over the gradients of the gates of SLOT_WIDTH units, which lie beside each other.
    template <typename Hidden>
    CONSTRINT_DEVICE void store_factors(const Hidden& hidden, int slot, const float (&of_gates)[slot_width][gates]) const {
        constexpr int count = slot_width * gates;
        // The largest power of two that divides them, within an access.
        constexpr int together = device::minimum(count & -count, is_words ? 4 : 16 / static_cast<int>(sizeof(factor)));
        const int first = slots_.unit(slot) * gates;
#pragma unroll
        for (int i = 0; i < count; i += together) {
            float values[together];
#pragma unroll
            for (int j = 0; j < together; ++j) values[j] = of_gates[(i + j) / gates][(i + j) % gates];
            hidden.store(slots_.sequence(slot), first + i, packed<factor, together>(values));
        }
    }

    // The gradient of Wx of SLOT_WIDTH slots.
    CONSTRINT_DEVICE void store_step(int slot, int64_t stride, const float (*of_bias)[Cell::biases]) const {
        element* address =
            arguments_.of_input + (stored_ + units_away(slot) + sequences_away(slot) * stride * gates);
#pragma unroll
        for (int gate = 0; gate < gates; ++gate) {
            float values[slot_width];
#pragma unroll
            for (int j = 0; j < slot_width; ++j) values[j] = of_bias[j][Cell::input_bias(gate)];
            settle(address);
            store_near(address, inside_ >> slot, values);
            address += row_stride_;
        }
    }

    const Arguments& arguments_;
    Slots slots_;
    uint32_t inside_;
    int64_t row_stride_;  // elements of a row of all heads' units
    int64_t position_;    // of the first slot, without a time axis
    int64_t asked_;       // of the first slot, in the step that is asked for next
    int64_t stored_;      // of the first slot, in the gradient of Wx of the present step
    uint32_t seldom_;
    Ahead ahead_[groups];
    float after_[owned_slots][some_memories];
    float carried_[owned_slots][some_memories];
    float after_hidden_[keeps_hidden ? owned_slots : 1];
    float direct_[passes_hidden ? owned_slots : 1];
};

}  // namespace constrint::rnn_backward
