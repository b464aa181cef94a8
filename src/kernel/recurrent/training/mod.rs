//! `rnn_training`: both passes of a recurrent layer, configured together.
//!
//! `rnn_forward` with `pass` training and `rnn_backward` read and write the same saved values, so that what is saved is one choice;
//! everything else each pass chooses for itself. Names of a pass have `forward_` or `backward_` before them, in constraints and on
//! the command line: `forward_batch_tiles`, `backward_registers`. What both have stands once: `head_dim`, `saved_bytes`.
//!
//! The predicted time is that of one step of training: both passes after each other, without what lies between them.

mod rnn_training;

pub use rnn_training::RnnTraining;
