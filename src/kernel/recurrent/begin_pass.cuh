// Begins a pass: forgets that the pass before has included the headers that both share, so that each pass has its own, with its own
// numbers, in its own namespace. A pass's config_header.cuh includes it once; it has no guard.
#undef CONSTRINT_RNN_PASS
#undef CONSTRINT_RNN_IS_BACKWARD
#undef CONSTRINT_RNN

#undef CONSTRINT_RNN_HAS_CELL
#undef CONSTRINT_RNN_HAS_CONFIG
#undef CONSTRINT_RNN_HAS_ELEMENT
#undef CONSTRINT_RNN_HAS_EXCHANGE
#undef CONSTRINT_RNN_HAS_HIDDEN_IN_BLOCK
#undef CONSTRINT_RNN_HAS_HIDDEN_IN_GRID
#undef CONSTRINT_RNN_HAS_HIDDEN_IN_WORDS
#undef CONSTRINT_RNN_HAS_PLACE
#undef CONSTRINT_RNN_HAS_PRODUCTS
#undef CONSTRINT_RNN_HAS_WEIGHTS
