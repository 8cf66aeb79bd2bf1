namespace nce {}
