// A producer that gives registers to consumers, each of which holds 180 sums: more than the launch gives to a thread.
// What it computes does not matter, only that the sums stay in registers.

static_assert(CONSTRINT_ROLES_PRODUCER_THREADS * CONSTRINT_ROLES_PRODUCER_REGISTERS_PER_THREAD +
                      CONSTRINT_ROLES_CONSUMER_THREADS * CONSTRINT_ROLES_CONSUMER_REGISTERS_PER_THREAD <=
                  CONSTRINT_ROLES_THREADS_PER_BLOCK * CONSTRINT_ROLES_REGISTERS_PER_THREAD,
              "the roles share the registers that the block is launched with");

constexpr int SUMS = 180;

extern "C" __global__ void __launch_bounds__(CONSTRINT_ROLES_THREADS_PER_BLOCK, CONSTRINT_ROLES_MIN_BLOCKS_PER_SM)
    roles(float *data) {
  if (threadIdx.x < CONSTRINT_ROLES_PRODUCER_THREADS) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(CONSTRINT_ROLES_PRODUCER_REGISTERS_PER_THREAD));
    data[threadIdx.x] = 1;
    return;
  }
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(CONSTRINT_ROLES_CONSUMER_REGISTERS_PER_THREAD));
  float sums[SUMS];
#pragma unroll
  for (int i = 0; i < SUMS; i++) sums[i] = data[i * CONSTRINT_ROLES_THREADS_PER_BLOCK + threadIdx.x];
  for (int step = 0; step < 64; step++) {
#pragma unroll
    for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * sums[(i + 7) % SUMS] + data[step];
  }
#pragma unroll
  for (int i = 0; i < SUMS; i++) data[i * CONSTRINT_ROLES_THREADS_PER_BLOCK + threadIdx.x] = sums[i];
}
