// The program nce: trains encoders with contrastive losses and measures them. `nce --help` lists its commands.
#include "program.h"

int main(int argc, char** argv) { return nce::cli::run_program(argc, argv); }
