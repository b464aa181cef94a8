// The emulator itself, compiled once and linked with a kernel and its driver.
#include "approximate.h"
#include "buffer.h"
#include "launch.h"
#include "memory_instructions.h"
#include "warp_instructions.h"
