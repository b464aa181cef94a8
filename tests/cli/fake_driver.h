/* The structs of a launch, as fake_driver.c reads them; fake_driver_check.c holds them against the toolkit's. */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

typedef struct { int id; char pad[4]; union { char bytes[64]; unsigned words[16]; } value; } Attribute;
typedef struct {
  unsigned grid[3], block[3], shared;
  void *stream;
  Attribute *attributes;
  unsigned count;
} Config;

#endif
