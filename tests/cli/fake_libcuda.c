/* A stand-in for NVIDIA's driver library: it answers for two or three devices that no machine needs to have.
 *
 * -DINIT=803           cuInit fails with that code
 * -DWITHOUT_TOTAL_MEM  cuDeviceTotalMem_v2 is missing
 * -DWITHOUT_ERRORS     cuGetErrorString is missing
 * -DATTRIBUTE=700      cuDeviceGetAttribute fails with that code
 * -DOLD                attributes 106 and 111 are not known
 *
 * As the driver does, it heeds CUDA_VISIBLE_DEVICES: indices between commas, up to the first that is none. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef INIT
#define INIT 0
#endif

typedef struct { const char *name; size_t memory; int values[130]; } Device;

static const Device DEVICES[] = {
  {"NVIDIA H100 80GB HBM3", 85028896768u, {
    [1] = 1024, [8] = 49152, [10] = 32, [12] = 65536, [13] = 1980000, [16] = 132, [36] = 2619000, [37] = 5120,
    [38] = 52428800, [39] = 2048, [75] = 9, [76] = 0, [81] = 233472, [82] = 65536, [97] = 232448, [106] = 32, [111] = 1024}},
  /* One of two boards of this name. */
  {"NVIDIA GeForce RTX 4060 Ti", 8585740288u, {
    [1] = 1024, [8] = 49152, [10] = 32, [12] = 65536, [13] = 2535000, [16] = 34, [36] = 9001000, [37] = 128,
    [38] = 33554432, [39] = 1536, [75] = 8, [76] = 9, [81] = 102400, [82] = 65536, [97] = 101376, [106] = 24, [111] = 1024}},
  /* A board that the catalog lacks. */
  {"NVIDIA RTX A5500", 25637945344u, {
    [1] = 1024, [8] = 49152, [10] = 32, [12] = 65536, [13] = 1665000, [16] = 80, [36] = 8001000, [37] = 384,
    [38] = 6291456, [39] = 1536, [75] = 8, [76] = 6, [81] = 102400, [82] = 65536, [97] = 101376, [106] = 16, [111] = 1024}},
  /* One that the table of compute capabilities lacks. */
  {"NVIDIA GeForce GTX 1080", 8589934592u, {
    [1] = 1024, [8] = 49152, [10] = 32, [12] = 65536, [13] = 1733500, [16] = 20, [36] = 5005000, [37] = 256,
    [38] = 2097152, [39] = 2048, [75] = 6, [76] = 1, [81] = 98304, [82] = 65536, [97] = 49152, [106] = 32, [111] = 0}},
};
#define COUNT ((int)(sizeof DEVICES / sizeof *DEVICES))

static int visible[COUNT], visible_count, started;

int cuInit(unsigned flags) {
  if (INIT || flags) return INIT ? INIT : 1;
  const char *order = getenv("CUDA_VISIBLE_DEVICES");
  visible_count = 0;
  if (!order) {
    for (; visible_count < COUNT; visible_count++) visible[visible_count] = visible_count;
  } else {
    while (visible_count < COUNT) {
      char *end;
      long index = strtol(order, &end, 10);
      if (end == order || index < 0 || index >= COUNT) break;
      visible[visible_count++] = (int)index;
      if (*end != ',') break;
      order = end + 1;
    }
  }
  started = 1;
  return visible_count ? 0 : 100;
}

int cuDeviceGetCount(int *count) { *count = visible_count; return started ? 0 : 3; }

int cuDeviceGet(int *device, int index) {
  if (index < 0 || index >= visible_count) return 101;
  *device = 40 + visible[index]; /* a handle is no index */
  return 0;
}

static const Device *find(int device) { return &DEVICES[device - 40]; }

int cuDeviceGetName(char *name, int length, int device) {
  strncpy(name, find(device)->name, (size_t)length);
  return 0;
}

int cuDeviceGetAttribute(int *value, int number, int device) {
#ifdef ATTRIBUTE
  return ATTRIBUTE;
#endif
#ifdef OLD
  if (number == 106 || number == 111) return 1;
#endif
  if (number < 1 || number >= 130) return 1;
  *value = find(device)->values[number];
  return 0;
}

#ifndef WITHOUT_TOTAL_MEM
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = find(device)->memory; return 0; }
#endif

#ifndef WITHOUT_ERRORS
int cuGetErrorString(int code, const char **text) {
  static const char *const MISMATCH = "system has unsupported display driver / cuda driver combination";
  *text = code == 803 ? MISMATCH : NULL;
  return code == 803 ? 0 : 1;
}
#endif
