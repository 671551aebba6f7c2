// Changes bytes as a broken disk, a careless tool and an attacker would: the same input for the same number, on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lgv::fuzz {

// `other`: bytes of some other file, to be spliced in.
std::string mutated(const std::string& bytes, bool is_safetensors, const std::string& other, std::mt19937_64& random);

}  // namespace lgv::fuzz
