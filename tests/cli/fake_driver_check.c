/* Where the toolkit is: what the stand-in, and src/device/cuda/libraries.rs, take a launch's structs and numbers for. */
#include "fake_driver.h"

#if defined(__has_include)
#if __has_include(<cuda.h>)
#include <cuda.h>
#include <stddef.h>

#define SAME(own, own_field, theirs, their_field) \
  _Static_assert(sizeof(own) == sizeof(theirs) && offsetof(own, own_field) == offsetof(theirs, their_field), #own)

SAME(Config, block, CUlaunchConfig, blockDimX);
SAME(Config, shared, CUlaunchConfig, sharedMemBytes);
SAME(Config, stream, CUlaunchConfig, hStream);
SAME(Config, attributes, CUlaunchConfig, attrs);
SAME(Config, count, CUlaunchConfig, numAttrs);
SAME(Attribute, value, CUlaunchAttribute, value);
SAME(Attribute, value.words[2], CUlaunchAttribute, value.clusterDim.z);
_Static_assert(CU_LAUNCH_ATTRIBUTE_COOPERATIVE == 2 && CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION == 4, "launch attributes");
_Static_assert(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES == 8, "shared memory");
_Static_assert(CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT == 9, "its part beside L1");
_Static_assert(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE == 38, "L2");
_Static_assert(CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT == 1 && CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT == 2, "parameters");
_Static_assert(CUDA_ERROR_LAUNCH_TIMEOUT == 702 && CUDA_ERROR_ILLEGAL_ADDRESS == 700 && CUDA_ERROR_LAUNCH_FAILED == 719, "errors");
#endif
#endif

typedef int not_empty;
