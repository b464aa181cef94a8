// What constrint picked for a device and a shape: choose NAME MAJOR MINOR SMS M N K
//
// A program on a GPU has the device from cudaGetDeviceProperties, by `products::device_of(properties)`.
#include <cstdio>
#include <cstdlib>

#include "products_table.h"
#include "tiles_config.h"

namespace products = constrint::products_table;

static_assert(CONSTRINT_TILE * CONSTRINT_STAGES <= 512, "the budget that CMakeLists.txt sets");
// A table can be asked at compile time, too.
static_assert(products::find(0, products::shapes[0])->config >= 0, "each entry of this table has a configuration");

int main(int count, char** arguments) {
    if (count != 8) {
        std::fprintf(stderr, "usage: choose NAME MAJOR MINOR SMS M N K\n");
        return 2;
    }
    const auto number = [&](int index) { return std::atoi(arguments[index]); };
    const products::Device device{arguments[1], number(2), number(3), number(4), 0};
    products::Shape shape{};
    shape.m = number(5);
    shape.n = number(6);
    shape.k = number(7);
    const products::Entry* entry = products::find(device, shape);
    if (entry == nullptr) {
        std::printf("nothing fits\n");
        return 1;
    }
    const products::Shape& padded = products::shapes[entry->shape];
    const products::Config& config = products::configs[entry->config];
    std::printf("%lld x %lld x %lld on %s, configuration %d: tiles of %lld x %lld x %lld, %u blocks of %u threads, %lld bytes\n",
                static_cast<long long>(padded.m), static_cast<long long>(padded.n), static_cast<long long>(padded.k),
                products::gpus[entry->gpu].name, entry->config, static_cast<long long>(config.block_m),
                static_cast<long long>(config.block_n), static_cast<long long>(config.block_k), entry->launch.grid[0],
                entry->launch.block[0], static_cast<long long>(entry->launch.dynamic_shared_memory_bytes));
    return 0;
}
