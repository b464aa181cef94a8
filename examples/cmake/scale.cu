// A kernel of one's own, compiled once for each configuration of a table: the numbers are constants of a type.
#include "products_table.h"

namespace products = constrint::products_table;

namespace {

template <typename Constants>
__global__ void __launch_bounds__(Constants::threads) scale(float* values, int count, float factor) {
    constexpr int stride = static_cast<int>(Constants::threads);
    for (int index = static_cast<int>(threadIdx.x); index < count; index += stride) values[index] *= factor;
}

template <int index>
void launch(float* values, int count, float factor, cudaStream_t stream) {
    using Constants = products::constants<index>;
    scale<Constants><<<1, static_cast<unsigned>(Constants::threads), 0, stream>>>(values, count, factor);
}

using Launch = void (*)(float*, int, float, cudaStream_t);
#define LAUNCH(index) &launch<index>,
constexpr Launch launches[] = {CONSTRINT_TABLE_PRODUCTS(LAUNCH)};
#undef LAUNCH

}  // namespace

// Whether there is a configuration for the device and the shape.
bool scale_on(const cudaDeviceProp& properties, const products::Shape& shape, float* values, int count, float factor,
              cudaStream_t stream) {
    const products::Entry* entry = products::find(products::device_of(properties), shape);
    if (entry == nullptr) return false;
    launches[entry->config](values, count, factor, stream);
    return true;
}
