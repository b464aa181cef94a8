// The plain recurrent cell of J. L. Elman, "Finding Structure in Time", 1990: h = tanh(R h + Wx + b).
#pragma once

#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {

struct Cell {
    static constexpr int gates = 1;
    static constexpr int biases = 1;
    static constexpr int states = 1;
    static constexpr int saved = 0;

    struct Memory {
        float value[1];  // not used: h is all that passes on
    };

    static CONSTRINT_DEVICE float step(Memory&, float, const float (&recurrent)[gates], const float (&input)[gates],
                                       const float (&bias)[biases], float*) {
        return device::Activation<element>::tanh(recurrent[0] + (input[0] + bias[0]));
    }
};

}  // namespace constrint::recurrent
