// Warp-wide loads of 8x8 matrices of 16-bit elements from shared memory.
// PTX ISA, "Warp Level Matrix Load Instruction: ldmatrix".
//
// Lane 8 i + r gives the 16-byte aligned address of row r of matrix i. Lane l receives from matrix i, in register i,
// the elements [l / 4][2 (l % 4)] (lower half) and [l / 4][2 (l % 4) + 1]; transposed, the elements [2 (l % 4)][l / 4]
// and [2 (l % 4) + 1][l / 4]. Eight rows are read at once: they are free of bank conflicts when the eight 16-byte
// pieces lie in eight different groups of four banks, which an odd distance between rows, counted in 16 bytes, ensures.
//
// With 32-bit elements (tf32), a row of 16 bytes is four of them, and lane l receives [l / 4][l % 4], not transposed: the
// four matrices of an x4 load are then an A fragment of m16n8k8, two of an x2 load a B fragment held column by column.
//
// An x2 load uses the addresses of lanes 0 to 15, an x1 load those of lanes 0 to 7; the others may be anything.
#pragma once

#include "platform.cuh"

namespace constrint::device {

CONSTRINT_DEVICE void load_matrix_x4(uint32_t (&registers)[4], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 4, row_address, false);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                 : "r"(row_address)
                 : "memory");
#endif
}

CONSTRINT_DEVICE void load_matrix_x2(uint32_t (&registers)[2], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 2, row_address, false);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(registers[0]), "=r"(registers[1])
                 : "r"(row_address)
                 : "memory");
#endif
}

CONSTRINT_DEVICE void load_matrix_x1(uint32_t (&registers)[1], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 1, row_address, false);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                 : "=r"(registers[0])
                 : "r"(row_address)
                 : "memory");
#endif
}

CONSTRINT_DEVICE void load_matrix_transposed_x4(uint32_t (&registers)[4], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 4, row_address, true);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                 : "r"(row_address)
                 : "memory");
#endif
}

CONSTRINT_DEVICE void load_matrix_transposed_x2(uint32_t (&registers)[2], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 2, row_address, true);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(registers[0]), "=r"(registers[1])
                 : "r"(row_address)
                 : "memory");
#endif
}

CONSTRINT_DEVICE void load_matrix_transposed_x1(uint32_t (&registers)[1], uint32_t row_address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::load_matrix(registers, 1, row_address, true);
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                 : "=r"(registers[0])
                 : "r"(row_address)
                 : "memory");
#endif
}

}  // namespace constrint::device
