/* The part of a stand-in for NVIDIA's driver that runs kernels; with fake_libcuda.c it makes one library, and NVRTC and NVML too.
 *
 * Device memory is the host's. A kernel called `doubles` (x, y, n) really doubles numbers; the small kernels of
 * `calibrate` tell clocks as an H100 may; any other writes nothing. A launch takes
 * FAKE_PS picoseconds, 50,000,000 unless said, and setting memory 1,000; each launch is a line in the file that FAKE_LOG names.
 * FAKE_MODE:
 *
 *   hang        the first launch never comes back
 *   crash       the first launch ends the process
 *   illegal     the GPU reports an illegal address when somebody waits
 *   refuse      launches need more registers than there are
 *   wrong       doubles adds one
 *   throttle    NVML says that heat holds the clock down
 *
 * NVRTC refuses a source that says `no such tile`, and one that includes <cstdio>. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_driver.h"

static int is_mode(const char *mode) {
  const char *asked = getenv("FAKE_MODE");
  return asked && !strcmp(asked, mode);
}

/* Picoseconds since the start. */
static double now;
static int is_broken;
/* Of the block that runs. */
static unsigned threads;

#define EXPORT(name) __attribute__((alias(#name)))

static int bus_id(char *text, int length, int device) { return snprintf(text, (size_t)length, "0000:%02x:00.0", device) < 0; }
int cuDeviceGetPCIBusId(char *text, int length, int device) { return bus_id(text, length, device); }

static int context;
int fake_retain(void **to, int device) { *to = &context; return device < 40; }
int fake_current(void *of) { return of != &context; }

typedef struct { char name[200]; int shared; } Function;
int fake_load(void **module, const void *image) { *module = (void *)image; return memcmp(image, "\177ELF", 4) ? 200 : 0; }
int fake_function(void **to, void *module, const char *name) {
  Function *function = calloc(1, sizeof *function);
  (void)module;
  snprintf(function->name, sizeof function->name, "%s", name);
  *to = function;
  return 0;
}
int fake_set(void *of, int attribute, int value) {
  if (attribute == 8) ((Function *)of)->shared = value;
  return 0;
}

int fake_alloc(uint64_t *address, size_t bytes) {
  if (bytes > (size_t)1 << 31) return 2;
  *address = (uint64_t)(uintptr_t)aligned_alloc(256, (bytes + 255) / 256 * 256);
  return 0;
}
int fake_upload(uint64_t to, const void *from, size_t bytes) { memcpy((void *)(uintptr_t)to, from, bytes); return 0; }
int fake_download(void *to, uint64_t from, size_t bytes) { memcpy(to, (void *)(uintptr_t)from, bytes); return 0; }
int fake_fill(uint64_t to, unsigned char byte, size_t bytes, void *stream) {
  if (stream) return 1;
  /* Of what empties L2 the beginning is enough. */
  memset((void *)(uintptr_t)to, byte, bytes < 1 << 20 ? bytes : 1 << 20);
  now += 1000;
  return 0;
}

static void doubles(const unsigned char *parameters) {
  const float *x;
  float *y;
  int n;
  memcpy(&x, parameters, 8);
  memcpy(&y, parameters + 8, 8);
  memcpy(&n, parameters + 16, 4);
  for (int i = 0; i < n; i++) y[i] = 2 * x[i] + (is_mode("wrong") ? 1 : 0);
}

/* What a small kernel of `calibrate` tells: so many clocks for each step, at 1,700 MHz. */
static void tell(const Function *function, const unsigned char *parameters) {
  static const struct { const char *name; int first; double clocks; } TOLD[] = {
    {"chase_shared", 8, 29}, {"chase_distributed", 8, 190}, {"chain_products", 8, 24}, {"fences", 8, 600}, {"cluster_barriers", 8, 300}};
  uint64_t *to;
  int steps = 0, past_l1 = 0, warm = 0;
  double clocks = 0;
  memcpy(&to, parameters, 8);
  for (unsigned i = 0; i < sizeof TOLD / sizeof *TOLD; i++) {
    if (!strcmp(function->name, TOLD[i].name)) { memcpy(&steps, parameters + TOLD[i].first, 4); clocks = TOLD[i].clocks; }
  }
  if (!strcmp(function->name, "chase")) {
    memcpy(&steps, parameters + 16, 4);
    memcpy(&warm, parameters + 20, 4);
    memcpy(&past_l1, parameters + 24, 4);
    clocks = past_l1 ? warm ? 270 : 700 : 40;
  }
  if (!strcmp(function->name, "block_barriers")) { memcpy(&steps, parameters + 8, 4); clocks = threads == 32 ? 24 : 86; }
  if (!strncmp(function->name, "products_", 9) || !strcmp(function->name, "multiply_add")) { steps = 1; clocks = 1.7e6; }
  if (!steps) return;
  to[0] = (uint64_t)(steps * clocks);
  to[1] = (uint64_t)(steps * clocks / 1.7);
}

int fake_launch(const Config *config, void *of, void **parameters, void **extra) {
  const Function *function = of;
  if (parameters || extra[0] != (void *)1 || extra[2] != (void *)2 || extra[4]) return 1;
  if (is_mode("hang")) for (;;) pause();
  if (is_mode("crash")) abort();
  if (is_mode("refuse")) return 701;
  if ((int)config->shared > function->shared) return 1;
  unsigned cooperative = 0, cluster[3] = {1, 1, 1};
  for (unsigned i = 0; i < config->count; i++) {
    if (config->attributes[i].id == 2) cooperative = config->attributes[i].value.words[0];
    if (config->attributes[i].id == 4) memcpy(cluster, config->attributes[i].value.words, sizeof cluster);
  }
  const char *log = getenv("FAKE_LOG");
  FILE *file = log ? fopen(log, "a") : NULL;
  if (file) {
    fprintf(file, "%s grid %u %u %u block %u %u %u cluster %u %u %u shared %u cooperative %u parameters %zu\n", function->name,
            config->grid[0], config->grid[1], config->grid[2], config->block[0], config->block[1], config->block[2], cluster[0],
            cluster[1], cluster[2], config->shared, cooperative, *(size_t *)extra[3]);
    fclose(file);
  }
  threads = config->block[0];
  if (strstr(function->name, "doubles")) doubles(extra[1]);
  else if (strncmp(function->name, "constrint_", 10)) tell(function, extra[1]);
  const char *time = getenv("FAKE_PS");
  now += time ? strtod(time, NULL) : 5e7;
  is_broken = is_mode("illegal");
  return 0;
}

int fake_event(void **to, unsigned flags) { *to = calloc(1, sizeof(double)); return flags != 0; }
int fake_record(void *event, void *stream) { *(double *)event = now; return stream != NULL; }
int fake_wait(void *of) { (void)of; return is_broken ? 700 : 0; }
int fake_elapsed(float *ms, void *begin, void *end) { *ms = (float)((*(double *)end - *(double *)begin) / 1e9); return is_broken ? 700 : 0; }
int fake_error_name(int code, const char **text) { *text = code == 701 ? "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES" : "CUDA_ERROR"; return 0; }

int cuDevicePrimaryCtxRetain() EXPORT(fake_retain);
int cuCtxSetCurrent() EXPORT(fake_current);
int cuModuleLoadData() EXPORT(fake_load);
int cuModuleGetFunction() EXPORT(fake_function);
int cuFuncSetAttribute() EXPORT(fake_set);
int cuMemAlloc_v2() EXPORT(fake_alloc);
int cuMemcpyHtoD_v2() EXPORT(fake_upload);
int cuMemcpyDtoH_v2() EXPORT(fake_download);
int cuMemsetD8Async() EXPORT(fake_fill);
int cuLaunchKernelEx() EXPORT(fake_launch);
int cuEventCreate() EXPORT(fake_event);
int cuEventRecord() EXPORT(fake_record);
int cuEventSynchronize() EXPORT(fake_wait);
int cuEventElapsedTime() EXPORT(fake_elapsed);
int cuStreamSynchronize() EXPORT(fake_wait);
int cuGetErrorName() EXPORT(fake_error_name);

/* --- NVRTC */

typedef struct { char *source, *log; } Program;

int nvrtcCreateProgram(void **to, const char *source, const char *name, int headers, const char **texts, const char **names) {
  Program *program = calloc(1, sizeof *program);
  program->source = strdup(source);
  (void)name;
  for (int i = 0; i < headers; i++) if (!strlen(names[i]) || !strlen(texts[i])) return 3;
  *to = program;
  return 0;
}
int nvrtcCompileProgram(void *of, int count, const char **options) {
  Program *program = of;
  for (int i = 0; i < count; i++) {
    if (!strncmp(options[i], "-arch=sm_", 9)) program->log = "";
  }
  if (!program->log) { program->log = "no target"; return 6; }
  if (strstr(program->source, "no such tile")) { program->log = "error: static assertion failed with \"no such tile\""; return 6; }
  if (strstr(program->source, "<cstdio>")) { program->log = "error: cannot open source file \"cstdio\""; return 6; }
  return 0;
}
static const char CODE[] = "\177ELF code\0.text._Z7doublesPKfPfi\0";
int nvrtcGetProgramLogSize(void *of, size_t *size) { *size = strlen(((Program *)of)->log) + 1; return 0; }
int nvrtcGetProgramLog(void *of, char *to) { strcpy(to, ((Program *)of)->log); return 0; }
int nvrtcGetCUBINSize(void *of, size_t *size) { (void)of; *size = sizeof CODE; return 0; }
int nvrtcGetCUBIN(void *of, char *to) { (void)of; memcpy(to, CODE, sizeof CODE); return 0; }
const char *nvrtcGetErrorString(int code) { return code ? "NVRTC_ERROR_COMPILATION" : "NVRTC_SUCCESS"; }

/* --- NVML */

int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **device) { *device = &context; return strncmp(bus, "0000:", 5) != 0; }
int nvmlDeviceGetClockInfo(void *device, unsigned type, unsigned *mhz) { *mhz = type == 1 ? 1980 : 2619; return device != &context; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
  /* That the power limit holds it down is usual. */
  *reasons = is_mode("throttle") ? 0x40 : 0x4;
  return device != &context;
}
