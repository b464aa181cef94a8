/* Answers occupancy queries by NVIDIA's own cuda_occupancy.h, a line each, so that the rules in src/hardware can be
 * compared with it. It needs the header and a C compiler, neither a GPU nor a driver.
 *
 *     cc -O2 -I DIRECTORY_OF_cuda_occupancy.h -o occupancy_header occupancy_header.c
 *
 * The lines are those of `constrint occupancy --batch`; src/hardware/batch.rs describes them.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_occupancy.h"

enum { KIB = 1024, WORD_LENGTH = 32, LINE_LENGTH = 512 };

/* What a device of the compute capability would report about itself. The SMs are those of one product. */
struct device {
    int code, threads_per_sm, shared_per_sm, shared_per_block, reserved, sms;
};
static const struct device DEVICES[] = {
    {70, 2048, 96 * KIB, 96 * KIB, 0, 80},
    {72, 2048, 96 * KIB, 96 * KIB, 0, 8},
    {75, 1024, 64 * KIB, 64 * KIB, 0, 40},
    {80, 2048, 164 * KIB, 163 * KIB, KIB, 108},
    {86, 1536, 100 * KIB, 99 * KIB, KIB, 82},
    {87, 1536, 164 * KIB, 163 * KIB, KIB, 16},
    {88, 1536, 100 * KIB, 99 * KIB, KIB, 16},
    {89, 1536, 100 * KIB, 99 * KIB, KIB, 128},
    {90, 2048, 228 * KIB, 227 * KIB, KIB, 132},
    {100, 2048, 228 * KIB, 227 * KIB, KIB, 148},
    {103, 2048, 228 * KIB, 227 * KIB, KIB, 148},
    {110, 1536, 228 * KIB, 227 * KIB, KIB, 20},
    {120, 1536, 100 * KIB, 99 * KIB, KIB, 170},
    {121, 1536, 100 * KIB, 99 * KIB, KIB, 48},
};

/* Ten times the major number plus the minor one, from 9.0, 90 or sm_90a; -1 if there is no number. */
static int code_of(const char *word)
{
    int major, minor;
    if (strncmp(word, "sm_", 3) == 0)
        word += 3;
    if (strchr(word, '.') == NULL)
        return atoi(word);
    return sscanf(word, "%d.%d", &major, &minor) == 2 ? 10 * major + minor : -1;
}

/* Fills the properties of the device; 0 if the compute capability is not in the table. */
static int describe(const char *word, cudaOccDeviceProp *properties)
{
    const int code = code_of(word);
    const struct device *device = DEVICES, *end = DEVICES + sizeof DEVICES / sizeof DEVICES[0];
    while (device != end && device->code != code)
        device++;
    if (device == end)
        return 0;
    *properties = (cudaOccDeviceProp){
        .computeMajor = code / 10,
        .computeMinor = code % 10,
        .maxThreadsPerBlock = 1024,
        .maxThreadsPerMultiprocessor = device->threads_per_sm,
        .regsPerBlock = 64 * KIB,
        .regsPerMultiprocessor = 64 * KIB,
        .warpSize = 32,
        .sharedMemPerBlock = 48 * KIB,
        .sharedMemPerMultiprocessor = (size_t)device->shared_per_sm,
        .numSms = device->sms,
        .sharedMemPerBlockOptin = (size_t)device->shared_per_block,
        .reservedSharedMemPerBlock = (size_t)device->reserved,
    };
    return 1;
}

static cudaOccFuncAttributes kernel(int registers, long static_bytes, size_t max_dynamic_bytes)
{
    return (cudaOccFuncAttributes){
        .maxThreadsPerBlock = INT_MAX,
        .numRegs = registers,
        .sharedSizeBytes = (size_t)static_bytes,
        .partitionedGCConfig = PARTITIONED_GC_OFF,
        .shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN,
        .maxDynamicSharedSizeBytes = max_dynamic_bytes,
        .numBlockBarriers = 1,
    };
}

static void refuse(cudaOccError error)
{
    const char *reason = "?";
    if (error == CUDA_OCC_ERROR_INVALID_INPUT)
        reason = "invalid-input";
    if (error == CUDA_OCC_ERROR_UNKNOWN_DEVICE)
        reason = "unknown-device";
    printf("ERR %d %s\n", (int)error, reason);
}

static void print_limit(int limit)
{
    if (limit == INT_MAX)
        printf("\tinf");
    else
        printf("\t%d", limit);
}

static void print_limiters(unsigned int flags)
{
    static const struct {
        unsigned int flag;
        const char *name;
    } NAMES[] = {
        {OCC_LIMIT_WARPS, "warps"},   {OCC_LIMIT_REGISTERS, "regs"},    {OCC_LIMIT_SHARED_MEMORY, "smem"},
        {OCC_LIMIT_BLOCKS, "blocks"}, {OCC_LIMIT_BARRIERS, "barriers"}, {OCC_LIMIT_VIRTUAL_RESOURCES, "virtual"},
    };
    const char *separator = "\t";
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if ((flags & NAMES[i].flag) == 0)
            continue;
        printf("%s%s", separator, NAMES[i].name);
        separator = "+";
    }
}

static void print_occupancy(const cudaOccResult *result, int threads, int threads_per_sm)
{
    const int blocks = result->activeBlocksPerMultiprocessor;
    const int warps = blocks * ((threads + 31) / 32);
    printf("%d\t%d\t%.4f", blocks, warps, 32.0 * warps / threads_per_sm);
    print_limiters(result->limitingFactors);
    print_limit(result->blockLimitRegs);
    print_limit(result->blockLimitSharedMem);
    print_limit(result->blockLimitWarps);
    print_limit(result->blockLimitBlocks);
    print_limit(result->blockLimitBarriers);
    printf("\t%d\t%zu\n", result->allocatedRegistersPerBlock, result->allocatedSharedMemPerBlock);
}

/* CC REGISTERS THREADS DYNAMIC [STATIC [CARVEOUT [BARRIERS [OPT_IN]]]] */
static int answer_occupancy(const char *line)
{
    char word[WORD_LENGTH];
    int registers, threads, carveout = SHAREDMEM_CARVEOUT_DEFAULT, barriers = 1;
    long dynamic_bytes, static_bytes = 0, opt_in = -2;
    cudaOccDeviceProp properties;
    const int read = sscanf(line, "%31s %d %d %ld %ld %d %d %ld", word, &registers, &threads, &dynamic_bytes,
                            &static_bytes, &carveout, &barriers, &opt_in);
    if (read < 4 || !describe(word, &properties))
        return 0;

    cudaOccFuncAttributes attributes =
        kernel(registers, static_bytes, (size_t)(opt_in == -2 ? dynamic_bytes : opt_in));
    attributes.numBlockBarriers = barriers;
    if (opt_in == -1) {
        attributes.shmemLimitConfig = FUNC_SHMEM_LIMIT_DEFAULT;
        attributes.maxDynamicSharedSizeBytes = 0;
    }
    const cudaOccDeviceState state = {.carveoutConfig = carveout};
    cudaOccResult result = {0};
    const cudaOccError error = cudaOccMaxActiveBlocksPerMultiprocessor(&result, &properties, &attributes, &state,
                                                                       threads, (size_t)dynamic_bytes);
    if (error != CUDA_OCC_SUCCESS)
        refuse(error);
    else
        print_occupancy(&result, threads, properties.maxThreadsPerMultiprocessor);
    return 1;
}

/* dyn CC REGISTERS THREADS BLOCKS [STATIC] */
static int answer_dynamic(const char *line)
{
    char word[WORD_LENGTH];
    int registers, threads, blocks;
    long static_bytes = 0;
    cudaOccDeviceProp properties;
    const int read = sscanf(line, "%*s %31s %d %d %d %ld", word, &registers, &threads, &blocks, &static_bytes);
    if (read < 4 || !describe(word, &properties))
        return 0;

    const cudaOccFuncAttributes attributes =
        kernel(registers, static_bytes, properties.sharedMemPerBlockOptin - (size_t)static_bytes);
    const cudaOccDeviceState state = {.carveoutConfig = SHAREDMEM_CARVEOUT_DEFAULT};
    size_t bytes = 0;
    const cudaOccError error =
        cudaOccAvailableDynamicSMemPerBlock(&bytes, &properties, &attributes, &state, blocks, threads);
    if (error != CUDA_OCC_SUCCESS)
        refuse(error);
    else
        printf("%zu\n", bytes);
    return 1;
}

/* best CC REGISTERS DYNAMIC */
static int answer_best(const char *line)
{
    char word[WORD_LENGTH];
    int registers, grid = 0, threads = 0;
    long dynamic_bytes = 0;
    cudaOccDeviceProp properties;
    const int read = sscanf(line, "%*s %31s %d %ld", word, &registers, &dynamic_bytes);
    if (read < 2 || !describe(word, &properties))
        return 0;

    const cudaOccFuncAttributes attributes = kernel(registers, 0, (size_t)dynamic_bytes);
    const cudaOccDeviceState state = {.carveoutConfig = SHAREDMEM_CARVEOUT_DEFAULT};
    const cudaOccError error = cudaOccMaxPotentialOccupancyBlockSize(&grid, &threads, &properties, &attributes,
                                                                     &state, NULL, (size_t)dynamic_bytes);
    if (error != CUDA_OCC_SUCCESS)
        refuse(error);
    else
        printf("%d\t%d\n", threads, grid);
    return 1;
}

int main(void)
{
    char line[LINE_LENGTH], first[WORD_LENGTH];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "#")] = '\0';
        if (sscanf(line, "%31s", first) != 1)
            continue;
        int understood;
        if (strcmp(first, "dyn") == 0)
            understood = answer_dynamic(line);
        else if (strcmp(first, "best") == 0)
            understood = answer_best(line);
        else
            understood = answer_occupancy(line);
        if (!understood)
            puts("ERR parse");
    }
    return 0;
}
